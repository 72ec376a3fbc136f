using NetCompiler.Runtime;

namespace NetCompiler.Training;

/// <summary>Changes that leave an image what it is, so that a network sees more than the data has.</summary>
public static class Augmentation
{
    /// <summary>
    /// Moves each image by up to <paramref name="shift"/> pixels both ways, with zeros where nothing was, and mirrors every
    /// second one on average (the usual scheme for CIFAR-10, after Lee et al., "Deeply-Supervised Nets", 2015).
    /// </summary>
    /// <param name="images">Images [channels, height, width], one after another; changed in place.</param>
    /// <param name="channels">Planes of an image.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="shift">The largest distance in pixels.</param>
    /// <param name="random">Where the choices come from.</param>
    public static void ShiftAndMirror(Span<float> images, int channels, int height, int width, int shift, Philox4x32 random)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfNegative(shift);
        int size = channels * height * width;
        if (size <= 0 || images.Length % size != 0)
            throw new ArgumentException($"{images.Length} values are no whole number of images [{channels}, {height}, {width}]", nameof(images));
        var source = new float[size];
        for (var start = 0; start < images.Length; start += size)
        {
            var image = images.Slice(start, size);
            image.CopyTo(source);
            int down = random.Next(2 * shift + 1) - shift, right = random.Next(2 * shift + 1) - shift;
            bool mirror = random.Next(2) == 1;
            for (var row = 0; row < channels * height; row++)
            {
                int y = row % height - down;
                for (var column = 0; column < width; column++)
                {
                    int x = (mirror ? width - 1 - column : column) - right;
                    bool inside = y >= 0 && y < height && x >= 0 && x < width;
                    image[row * width + column] = inside ? source[(row - down) * width + x] : 0;
                }
            }
        }
    }
}
