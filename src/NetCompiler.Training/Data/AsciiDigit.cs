using System.Text;

namespace NetCompiler.Training;

/// <summary>Images as text for the terminal: light characters on a dark ground.</summary>
public static class AsciiDigit
{
    const string Shades = " ░▒▓█";

    /// <summary>Draws an image of 28×28 pixels in 14 lines of 28 characters, each showing two pixels, one above the other.</summary>
    /// <param name="pixels">Row by row, from 0 (ground) to 1 (ink).</param>
    /// <exception cref="ArgumentException">There are not 784 pixels.</exception>
    public static string Render(ReadOnlySpan<float> pixels)
    {
        const int size = SyntheticDigits.Size;
        if (pixels.Length != size * size)
            throw new ArgumentException($"an image has {size * size} pixels, not {pixels.Length}");
        var text = new StringBuilder(size / 2 * (size + 1));
        for (var row = 0; row < size; row += 2)
        {
            for (var column = 0; column < size; column++)
                text.Append(Character(pixels[row * size + column], pixels[(row + 1) * size + column]));
            text.Append('\n');
        }
        return text.ToString();
    }

    static char Character(float upper, float lower)
    {
        // Where the halves differ much a half block shows the edge, elsewhere a shade shows their mean.
        const float edge = 0.5f;
        if (upper - lower > edge)
            return '▀';
        if (lower - upper > edge)
            return '▄';
        // Full ink from three quarters on: the pen's own unevenness would otherwise look like dirt.
        const float steps = 5.5f;
        return Shades[Math.Clamp((int)((upper + lower) / 2 * steps), 0, Shades.Length - 1)];
    }
}
