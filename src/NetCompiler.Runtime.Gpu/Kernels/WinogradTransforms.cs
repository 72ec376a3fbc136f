using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>Up to six numbers in registers: kernels have no arrays there. Those that a transform does not take or give are never made.</summary>
struct WinogradLine
{
    public float V0, V1, V2, V3, V4, V5;
}

/// <summary>A transform of the numbers of one line of a tile.</summary>
interface ILineTransform
{
    /// <summary>How many numbers it takes.</summary>
    int Taken { get; }

    /// <summary>How many it gives.</summary>
    int Given { get; }

    WinogradLine Of(WinogradLine line);
}

/// <summary>Up to six lines.</summary>
struct WinogradTile
{
    public WinogradLine L0, L1, L2, L3, L4, L5;

    /// <summary>The transform of all lines, and then of all columns.</summary>
    public WinogradTile Apply<TTransform>() where TTransform : struct, ILineTransform => Each<TTransform>().Transposed().Each<TTransform>().Transposed();

    WinogradTile Each<TTransform>() where TTransform : struct, ILineTransform
    {
        TTransform transform = default;
        return new()
        {
            L0 = transform.Of(L0), L1 = transform.Of(L1), L2 = transform.Of(L2),
            L3 = transform.Of(L3), L4 = transform.Of(L4), L5 = transform.Of(L5),
        };
    }

    WinogradTile Transposed() => new()
    {
        L0 = new() { V0 = L0.V0, V1 = L1.V0, V2 = L2.V0, V3 = L3.V0, V4 = L4.V0, V5 = L5.V0 },
        L1 = new() { V0 = L0.V1, V1 = L1.V1, V2 = L2.V1, V3 = L3.V1, V4 = L4.V1, V5 = L5.V1 },
        L2 = new() { V0 = L0.V2, V1 = L1.V2, V2 = L2.V2, V3 = L3.V2, V4 = L4.V2, V5 = L5.V2 },
        L3 = new() { V0 = L0.V3, V1 = L1.V3, V2 = L2.V3, V3 = L3.V3, V4 = L4.V3, V5 = L5.V3 },
        L4 = new() { V0 = L0.V4, V1 = L1.V4, V2 = L2.V4, V3 = L3.V4, V4 = L4.V4, V5 = L5.V4 },
        L5 = new() { V0 = L0.V5, V1 = L1.V5, V2 = L2.V5, V3 = L3.V5, V4 = L4.V5, V5 = L5.V5 },
    };

    /// <summary>The numbers that a transform takes, which lie <paramref name="step"/> apart from <paramref name="at"/> on, line by line.</summary>
    public static WinogradTile Load<TTransform>(ArrayView<float> values, long at, long step) where TTransform : struct, ILineTransform
    {
        TTransform transform = default;
        long line = transform.Taken * step;
        WinogradTile tile = default;
        tile.L0 = LoadLine<TTransform>(values, at, step);
        tile.L1 = LoadLine<TTransform>(values, at + line, step);
        tile.L2 = LoadLine<TTransform>(values, at + 2 * line, step);
        if (transform.Taken > 3)
            tile.L3 = LoadLine<TTransform>(values, at + 3 * line, step);
        if (transform.Taken > 4)
        {
            tile.L4 = LoadLine<TTransform>(values, at + 4 * line, step);
            tile.L5 = LoadLine<TTransform>(values, at + 5 * line, step);
        }
        return tile;
    }

    static WinogradLine LoadLine<TTransform>(ArrayView<float> values, long at, long step) where TTransform : struct, ILineTransform
    {
        TTransform transform = default;
        WinogradLine line = default;
        line.V0 = values[at];
        line.V1 = values[at + step];
        line.V2 = values[at + 2 * step];
        if (transform.Taken > 3)
            line.V3 = values[at + 3 * step];
        if (transform.Taken > 4)
        {
            line.V4 = values[at + 4 * step];
            line.V5 = values[at + 5 * step];
        }
        return line;
    }

    /// <summary>Stores the numbers that a transform gives, as <see cref="Load{TTransform}"/> reads them.</summary>
    public static void Store<TTransform>(WinogradTile tile, ArrayView<float> values, long at, long step) where TTransform : struct, ILineTransform
    {
        TTransform transform = default;
        long line = transform.Given * step;
        StoreLine<TTransform>(tile.L0, values, at, step);
        StoreLine<TTransform>(tile.L1, values, at + line, step);
        StoreLine<TTransform>(tile.L2, values, at + 2 * line, step);
        if (transform.Given > 3)
            StoreLine<TTransform>(tile.L3, values, at + 3 * line, step);
        if (transform.Given > 4)
        {
            StoreLine<TTransform>(tile.L4, values, at + 4 * line, step);
            StoreLine<TTransform>(tile.L5, values, at + 5 * line, step);
        }
    }

    static void StoreLine<TTransform>(WinogradLine line, ArrayView<float> values, long at, long step) where TTransform : struct, ILineTransform
    {
        TTransform transform = default;
        values[at] = line.V0;
        values[at + step] = line.V1;
        values[at + 2 * step] = line.V2;
        if (transform.Given > 3)
            values[at + 3 * step] = line.V3;
        if (transform.Given > 4)
        {
            values[at + 4 * step] = line.V4;
            values[at + 5 * step] = line.V5;
        }
    }
}

// The transforms are those of the processor: by interpolation (Toom and Cook) at 0, ±1 and infinity for four numbers, at 0, ±5/8, ±3/2 and
// infinity for six. Rows are scaled to need no division; those of filters take the factors up, rounded once.

/// <summary>Of four inputs.</summary>
struct InputOf4 : ILineTransform
{
    public int Taken => 4;

    public int Given => 4;

    public WinogradLine Of(WinogradLine d) => new() { V0 = d.V2 - d.V0, V1 = d.V2 + d.V1, V2 = d.V2 - d.V1, V3 = d.V3 - d.V1 };
}

/// <summary>Of a filter of three weights to four numbers.</summary>
struct FilterOf4 : ILineTransform
{
    public int Taken => 3;

    public int Given => 4;

    public WinogradLine Of(WinogradLine w)
    {
        float even = 0.5f * (w.V0 + w.V2), odd = 0.5f * w.V1;
        return new() { V0 = -w.V0, V1 = even + odd, V2 = even - odd, V3 = w.V2 };
    }
}

/// <summary>Of two gradients of results, which are the filter in the gradient of filters.</summary>
struct ResultFilterOf4 : ILineTransform
{
    public int Taken => 2;

    public int Given => 4;

    public WinogradLine Of(WinogradLine w)
    {
        float even = 0.5f * w.V0, odd = 0.5f * w.V1;
        return new() { V0 = -w.V0, V1 = even + odd, V2 = even - odd, V3 = w.V1 };
    }
}

/// <summary>Of four numbers to two results.</summary>
struct OutputOf4 : ILineTransform
{
    public int Taken => 4;

    public int Given => 2;

    public WinogradLine Of(WinogradLine m) => new() { V0 = m.V0 + (m.V1 + m.V2), V1 = m.V1 - m.V2 + m.V3 };
}

/// <summary>Of four numbers to the gradients of three weights.</summary>
struct FilterGradientOf4 : ILineTransform
{
    public int Taken => 4;

    public int Given => 3;

    public WinogradLine Of(WinogradLine m)
    {
        float sum = m.V1 + m.V2;
        return new() { V0 = m.V0 + sum, V1 = m.V1 - m.V2, V2 = sum + m.V3 };
    }
}

/// <summary>The points of the transforms of six numbers, and what follows from them.</summary>
static class PointsOf6
{
    public const float A = 0.625f, B = 1.5f, A2 = A * A, B2 = B * B, A3 = A2 * A, B3 = B2 * B;

    // One over the product of a point's distances from the others.
    const double Scale0 = 1.0 / (0.390625 * 2.25), ScaleA = 1.0 / (2 * 0.390625 * (0.390625 - 2.25)), ScaleB = 1.0 / (2 * 2.25 * (2.25 - 0.390625));

    public const float Zero = (float)Scale0;
    public const float EvenA0 = (float)ScaleA, OddA1 = (float)(0.625 * ScaleA), EvenA2 = (float)(0.390625 * ScaleA), OddA3 = (float)(0.390625 * 0.625 * ScaleA);
    public const float EvenB0 = (float)ScaleB, OddB1 = (float)(1.5 * ScaleB), EvenB2 = (float)(2.25 * ScaleB), OddB3 = (float)(2.25 * 1.5 * ScaleB);
}

/// <summary>Of six inputs.</summary>
struct InputOf6 : ILineTransform
{
    public int Taken => 6;

    public int Given => 6;

    public WinogradLine Of(WinogradLine d)
    {
        const float product = PointsOf6.A2 * PointsOf6.B2, sum = PointsOf6.A2 + PointsOf6.B2;
        float evenA = d.V4 - PointsOf6.B2 * d.V2, oddA = d.V3 - PointsOf6.B2 * d.V1;
        float evenB = d.V4 - PointsOf6.A2 * d.V2, oddB = d.V3 - PointsOf6.A2 * d.V1;
        return new()
        {
            V0 = product * d.V0 + (d.V4 - sum * d.V2),
            V1 = evenA + PointsOf6.A * oddA, V2 = evenA - PointsOf6.A * oddA,
            V3 = evenB + PointsOf6.B * oddB, V4 = evenB - PointsOf6.B * oddB,
            V5 = product * d.V1 + (d.V5 - sum * d.V3),
        };
    }
}

/// <summary>Of a filter of three weights to six numbers.</summary>
struct FilterOf6 : ILineTransform
{
    public int Taken => 3;

    public int Given => 6;

    public WinogradLine Of(WinogradLine w)
    {
        float evenA = PointsOf6.EvenA0 * w.V0 + PointsOf6.EvenA2 * w.V2, oddA = PointsOf6.OddA1 * w.V1;
        float evenB = PointsOf6.EvenB0 * w.V0 + PointsOf6.EvenB2 * w.V2, oddB = PointsOf6.OddB1 * w.V1;
        return new() { V0 = PointsOf6.Zero * w.V0, V1 = evenA + oddA, V2 = evenA - oddA, V3 = evenB + oddB, V4 = evenB - oddB, V5 = w.V2 };
    }
}

/// <summary>Of four gradients of results, which are the filter in the gradient of filters.</summary>
struct ResultFilterOf6 : ILineTransform
{
    public int Taken => 4;

    public int Given => 6;

    public WinogradLine Of(WinogradLine w)
    {
        float evenA = PointsOf6.EvenA0 * w.V0 + PointsOf6.EvenA2 * w.V2, oddA = PointsOf6.OddA1 * w.V1 + PointsOf6.OddA3 * w.V3;
        float evenB = PointsOf6.EvenB0 * w.V0 + PointsOf6.EvenB2 * w.V2, oddB = PointsOf6.OddB1 * w.V1 + PointsOf6.OddB3 * w.V3;
        return new() { V0 = PointsOf6.Zero * w.V0, V1 = evenA + oddA, V2 = evenA - oddA, V3 = evenB + oddB, V4 = evenB - oddB, V5 = w.V3 };
    }
}

/// <summary>Of six numbers to four results.</summary>
struct OutputOf6 : ILineTransform
{
    public int Taken => 6;

    public int Given => 4;

    public WinogradLine Of(WinogradLine m)
    {
        float evenA = m.V1 + m.V2, oddA = m.V1 - m.V2, evenB = m.V3 + m.V4, oddB = m.V3 - m.V4;
        return new()
        {
            V0 = m.V0 + (evenA + evenB),
            V1 = PointsOf6.A * oddA + PointsOf6.B * oddB,
            V2 = PointsOf6.A2 * evenA + PointsOf6.B2 * evenB,
            V3 = PointsOf6.A3 * oddA + m.V5 + PointsOf6.B3 * oddB,
        };
    }
}

/// <summary>Of six numbers to the gradients of three weights.</summary>
struct FilterGradientOf6 : ILineTransform
{
    public int Taken => 6;

    public int Given => 3;

    public WinogradLine Of(WinogradLine m)
    {
        float evenA = m.V1 + m.V2, oddA = m.V1 - m.V2, evenB = m.V3 + m.V4, oddB = m.V3 - m.V4;
        return new()
        {
            V0 = m.V0 + (evenA + evenB),
            V1 = PointsOf6.A * oddA + PointsOf6.B * oddB,
            V2 = PointsOf6.A2 * evenA + m.V5 + PointsOf6.B2 * evenB,
        };
    }
}
