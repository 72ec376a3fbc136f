using NetCompiler.Runtime;

namespace NetCompiler.Training;

/// <summary>
/// Coloured shapes of ten kinds on coloured grounds, for when CIFAR-10 is not at hand: disc, square, diamond, ring, cross, two kinds of
/// bars, triangle, frame and chequers, of random size, place, turn and colour, with noise. Sample i is a function of (seed, split, i)
/// alone. Columns as of <see cref="Cifar10"/>.
/// </summary>
public static class SyntheticShapes
{
    const int Size = 32, TrainingCount = 10_000, TestCount = 2_000;

    /// <summary>What the labels stand for.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["disc", "square", "diamond", "ring", "cross", "bar", "two bars", "triangle", "frame", "chequers"];

    // Each tells whether the point (x, y) is covered, in units of the shape's half size.
    static readonly Func<float, float, bool>[] s_kinds =
    [
        (x, y) => x * x + y * y < 1,
        (x, y) => Math.Max(Math.Abs(x), Math.Abs(y)) < 0.85f,
        (x, y) => Math.Abs(x) + 0.55f * Math.Abs(y) < 0.7f,
        (x, y) => x * x + y * y is < 1 and > 0.36f,
        (x, y) => Math.Min(Math.Abs(x), Math.Abs(y)) < 0.3f && Math.Max(Math.Abs(x), Math.Abs(y)) < 1,
        (x, y) => Math.Abs(y) < 0.3f && Math.Abs(x) < 1.1f,
        (x, y) => Math.Abs(Math.Abs(y) - 0.55f) < 0.25f && Math.Abs(x) < 1,
        (x, y) => y < 0.8f && y > 1.9f * Math.Abs(x) - 1,
        (x, y) => Math.Max(Math.Abs(x), Math.Abs(y)) is < 0.95f and > 0.6f,
        (x, y) => Math.Max(Math.Abs(x), Math.Abs(y)) < 0.95f && (x > 0) == (y > 0),
    ];

    /// <summary>Draws one split; sample i shows the kind i mod 10.</summary>
    /// <param name="split">Which; the splits share no sample.</param>
    /// <param name="count">How many samples: 10,000 for training and 2,000 for the test unless given.</param>
    /// <param name="seed">Determines all samples.</param>
    public static Dataset Create(Split split, int? count = null, ulong seed = 1)
    {
        var samples = count ?? (split == Split.Training ? TrainingCount : TestCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(samples, nameof(count));
        const int pixels = 3 * Size * Size;
        var images = new float[samples * pixels];
        var labels = new int[samples];
        Parallel.For(0, samples, sample =>
        {
            labels[sample] = sample % s_kinds.Length;
            var random = new Philox4x32(seed, stream: (ulong)split << 32 | (uint)sample);
            Draw(s_kinds[labels[sample]], random, images.AsSpan(sample * pixels, pixels));
        });
        return new Dataset(new Column<float>("image", images, 3, Size, Size), new Column<int>("label", labels));
    }

    static void Draw(Func<float, float, bool> isCovered, Philox4x32 random, Span<float> image)
    {
        float Between(float low, float high) => low + (high - low) * random.NextSingle();

        float half = Between(6, 12); // pixels
        var (centreX, centreY) = (Between(half, Size - half), Between(half, Size - half));
        var (sine, cosine) = MathF.SinCos(Between(-0.35f, 0.35f));
        float contrast = Between(0.25f, 0.6f) * (random.Next(2) == 0 ? 1 : -1);
        for (var channel = 0; channel < 3; channel++)
        {
            float ground = Between(0.35f, 0.65f), slopeX = Between(-0.006f, 0.006f), slopeY = Between(-0.006f, 0.006f);
            float ink = contrast * Between(0.6f, 1.2f);
            for (var y = 0; y < Size; y++)
            {
                for (var x = 0; x < Size; x++)
                {
                    float dx = (x - centreX) / half, dy = (y - centreY) / half;
                    bool covered = isCovered(cosine * dx + sine * dy, cosine * dy - sine * dx);
                    float value = ground + slopeX * (x - 16) + slopeY * (y - 16) + (covered ? ink : 0) + Between(-0.08f, 0.08f);
                    image[(channel * Size + y) * Size + x] = Math.Clamp(value, 0, 1);
                }
            }
        }
    }
}
