namespace NetCompiler.Runtime;

/// <summary>
/// One axis of a convolution or of its transpose: output <see cref="OutputFirst"/> + i · <see cref="OutputStep"/> sums, over t, its input at
/// i · <see cref="InputStep"/> + <see cref="Offset"/> + t · <see cref="OffsetStep"/> times the filter's tap <see cref="FirstTap"/> + t · <see cref="TapStep"/>.
/// </summary>
/// <remarks>
/// The transpose of a convolution of stride s falls apart in s phases: the outputs of one residue modulo s see every tap that reaches
/// them from a whole input position, which is a convolution of stride 1.
/// </remarks>
readonly struct BlockedAxis
{
    /// <summary>The input's positions.</summary>
    public nint Extent { get; private init; }

    /// <summary>The outputs of this phase.</summary>
    public nint Positions { get; private init; }

    public nint OutputFirst { get; private init; }

    public nint OutputStep { get; private init; }

    public nint InputStep { get; private init; }

    public nint Taps { get; private init; }

    public nint FirstTap { get; private init; }

    public nint TapStep { get; private init; }

    public nint Offset { get; private init; }

    public nint OffsetStep { get; private init; }

    /// <summary>The smallest offset of a tap.</summary>
    public nint Least => Taps == 0 ? 0 : Math.Min(Offset, OffsetStep * (Taps - 1) + Offset);

    /// <summary>The largest offset of a tap.</summary>
    public nint Greatest => Taps == 0 ? 0 : Math.Max(Offset, OffsetStep * (Taps - 1) + Offset);

    /// <summary>Positions before the input that are read.</summary>
    public nint Before => Math.Max(0, -Least);

    /// <summary>Positions behind the input that are read.</summary>
    public nint After => Taps == 0 || Positions == 0 ? 0 : Math.Max(0, (Positions - 1) * InputStep + Greatest + 1 - Extent);

    public static BlockedAxis Forward(nint extent, nint positions, nint kernel, nint stride, nint dilation, nint pad) => new()
    {
        Extent = extent, Positions = positions, OutputStep = 1, InputStep = stride, Taps = kernel, TapStep = 1, Offset = -pad, OffsetStep = dilation,
    };

    /// <summary>The outputs <paramref name="phase"/>, <paramref name="phase"/> + <paramref name="stride"/>, … of the transpose, which has <paramref name="outputs"/> in all.</summary>
    public static BlockedAxis Transpose(nint extent, nint outputs, nint kernel, nint stride, nint dilation, nint pad, nint phase)
    {
        nint divisor = Gcd(stride, dilation), period = stride / divisor, first = 0;
        while (first < period && (phase + pad - first * dilation) % stride != 0)
            first++;
        bool any = first < period && first < kernel;
        return new()
        {
            Extent = extent, Positions = phase < outputs ? (outputs - phase + stride - 1) / stride : 0, OutputFirst = phase, OutputStep = stride, InputStep = 1,
            Taps = any ? (kernel - first + period - 1) / period : 0, FirstTap = first, TapStep = period,
            Offset = any ? (phase + pad - first * dilation) / stride : 0, OffsetStep = -dilation / divisor,
        };
    }

    /// <summary>The taps First ≤ t &lt; End of an output that lie inside the input; the others meet zeros alone.</summary>
    public (nint First, nint End) Inside(nint position)
    {
        nint at = position * InputStep + Offset, first = 0, end = Taps;
        while (first < end && !IsInside(at + first * OffsetStep))
            first++;
        while (end > first && !IsInside(at + (end - 1) * OffsetStep))
            end--;
        return (first, end);
    }

    /// <summary>The outputs First ≤ i &lt; End for which tap <paramref name="tap"/> lies inside the input.</summary>
    public (nint First, nint End) Reached(nint tap)
    {
        nint at = Offset + tap * OffsetStep;
        nint first = at >= 0 ? 0 : (-at + InputStep - 1) / InputStep, end = at >= Extent ? 0 : Math.Min(Positions, (Extent - 1 - at) / InputStep + 1);
        return (first, Math.Max(first, end));
    }

    bool IsInside(nint input) => input >= 0 && input < Extent;

    static nint Gcd(nint a, nint b) => b == 0 ? a : Gcd(b, a % b);
}
