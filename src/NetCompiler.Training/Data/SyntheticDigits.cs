using System.Numerics;
using NetCompiler.Runtime;

namespace NetCompiler.Training;

/// <summary>
/// Digits drawn by our own code, for when MNIST is not at hand: one of several ways of writing the digit, bent, turned,
/// sheared, scaled and shifted at random, drawn with a pen of random width, with a little noise. Sample i is a function of
/// (seed, split, i) alone. Columns as of <see cref="Mnist"/>.
/// </summary>
public static class SyntheticDigits
{
    /// <summary>Rows and columns of an image.</summary>
    public const int Size = 28;

    const int TrainingCount = 10_000, TestCount = 2_000;

    /// <summary>Draws one split; sample i shows the digit i mod 10.</summary>
    /// <param name="split">Which; the splits share no sample.</param>
    /// <param name="count">How many samples: 10,000 for training and 2,000 for the test unless given.</param>
    /// <param name="seed">Determines all samples.</param>
    public static Dataset Create(Split split, int? count = null, ulong seed = 1)
    {
        var samples = count ?? (split == Split.Training ? TrainingCount : TestCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(samples, nameof(count));
        var pixels = new float[samples * Size * Size];
        var labels = new int[samples];
        Parallel.For(0, samples, sample =>
        {
            labels[sample] = sample % Mnist.Classes;
            var random = new Philox4x32(seed, stream: (ulong)split << 32 | (uint)sample);
            Draw(labels[sample], random, pixels.AsSpan(sample * Size * Size, Size * Size));
        });
        return new Dataset(new Column<float>("image", pixels, 1, Size, Size), new Column<int>("label", labels));
    }

    static void Draw(int digit, Philox4x32 random, Span<float> image)
    {
        float Between(float low, float high) => low + (high - low) * random.NextSingle();

        var variants = DigitGlyphs.All[digit];
        var strokes = variants[random.Next(variants.Count)];
        var halfHeight = Between(7, 10); // pixels
        var transform =
            new Matrix3x2(1, 0, Between(-0.35f, 0.2f), 1, 0, 0) // most people lean to the right
            * Matrix3x2.CreateScale(halfHeight * Between(0.8f, 1.25f), halfHeight)
            * Matrix3x2.CreateRotation(float.DegreesToRadians(Between(-16, 16)))
            * Matrix3x2.CreateTranslation((Size - 1) / 2f + Between(-2.2f, 2.2f), (Size - 1) / 2f + Between(-2.2f, 2.2f));
        // Slow waves bend straight lines and round corners a little, as hands do.
        var (waveX, waveY) = (Between(-0.14f, 0.14f), Between(-0.1f, 0.1f));
        var (phaseX, phaseY) = (Between(0, MathF.Tau), Between(0, MathF.Tau));
        var halfWidth = Between(0.8f, 1.7f); // of the pen, in pixels
        var ink = Between(0.85f, 1);

        Span<float> squaredDistance = stackalloc float[Size * Size];
        squaredDistance.Fill(float.PositiveInfinity);
        foreach (var stroke in strokes)
        {
            var previous = Place(stroke[0]);
            foreach (var point in stroke.AsSpan(1))
            {
                var next = Place(point);
                Approach(squaredDistance, previous, next, reach: halfWidth + 1);
                previous = next;
            }
        }
        for (var pixel = 0; pixel < image.Length; pixel++)
        {
            // Ink fades over one pixel at the pen's edge: antialiasing.
            var cover = Math.Clamp(halfWidth + 0.5f - MathF.Sqrt(squaredDistance[pixel]), 0, 1);
            image[pixel] = Math.Clamp(ink * cover + Between(-0.08f, 0.08f), 0, 1);
        }

        Vector2 Place(Vector2 point) => Vector2.Transform(new Vector2(
            point.X + waveX * MathF.Sin(2.5f * point.Y + phaseX),
            point.Y + waveY * MathF.Sin(3 * point.X + phaseY)), transform);
    }

    /// <summary>Lowers the distances of pixels near the line from <paramref name="start"/> to <paramref name="end"/> to their distance from it.</summary>
    static void Approach(Span<float> squaredDistance, Vector2 start, Vector2 end, float reach)
    {
        var (low, high) = (Vector2.Min(start, end) - new Vector2(reach), Vector2.Max(start, end) + new Vector2(reach));
        int top = Math.Max(0, (int)low.Y), bottom = Math.Min(Size - 1, (int)high.Y);
        int left = Math.Max(0, (int)low.X), right = Math.Min(Size - 1, (int)high.X);
        var along = end - start;
        var squaredLength = Math.Max(along.LengthSquared(), 1e-12f);
        for (var y = top; y <= bottom; y++)
            for (var x = left; x <= right; x++)
            {
                var fromStart = new Vector2(x, y) - start;
                var nearest = Math.Clamp(Vector2.Dot(fromStart, along) / squaredLength, 0, 1) * along;
                ref var distance = ref squaredDistance[y * Size + x];
                distance = Math.Min(distance, (fromStart - nearest).LengthSquared());
            }
    }
}
