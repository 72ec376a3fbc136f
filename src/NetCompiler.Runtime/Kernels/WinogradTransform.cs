using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NetCompiler.Runtime;

/// <summary>A one-dimensional scheme applied to columns and then to rows (Lavin and Gray, 2015), for square filters.</summary>
readonly unsafe struct WinogradTransform<TScheme> : ITileTransform where TScheme : struct, IWinogradScheme
{
    readonly int _taps;
    readonly float[] _filterMatrix; // [Extent, taps]

    /// <summary>The transform of filters of <paramref name="taps"/> by as many weights.</summary>
    public WinogradTransform(int taps)
    {
        _taps = taps;
        _filterMatrix = Matrices[taps] ??= FilterMatrix(taps);
    }

    static readonly float[]?[] Matrices = new float[]?[TScheme.Extent + 1];

    public nint Slots => TScheme.Extent * TScheme.Extent;

    public nint Extent => TScheme.Extent;

    public nint StepHeight => TScheme.Extent - _taps + 1;

    public nint StepWidth => TScheme.Extent - _taps + 1;

    public nint ScratchLength => TScheme.Extent * TScheme.Extent * 16;

    // Row j: powers of point j, divided by the product of its distances from the others, which the input's transform leaves out.
    static float[] FilterMatrix(int taps)
    {
        double[] points = TScheme.Points;
        var matrix = new float[TScheme.Extent * taps];
        for (int j = 0; j < points.Length; j++)
        {
            double scale = 1;
            for (int i = 0; i < points.Length; i++)
                if (i != j)
                    scale *= points[j] - points[i];
            for (int tap = 0; tap < taps; tap++)
                matrix[j * taps + tap] = (float)(Math.Pow(points[j], tap) / scale);
        }
        matrix[^1] = 1;
        return matrix;
    }

    [MethodImpl(Simd.Optimised)]
    public void Input<TOperations, TVector>(float* x, nint rowStride, float* v, nint slotStride, float* scratch)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        int extent = TScheme.Extent;
        for (int lane = 0; lane < 16; lane += TOperations.Lanes)
        {
            for (int j = 0; j < extent; j++)
                TScheme.Input<TOperations, TVector>(x + lane + j * 16, rowStride, scratch + j * 16, extent * 16);
            for (int i = 0; i < extent; i++)
                TScheme.Input<TOperations, TVector>(scratch + i * extent * 16, 16, v + lane + i * extent * slotStride, slotStride);
        }
    }

    [MethodImpl(Simd.Optimised)]
    public void Output<TOperations, TVector>(float* m, nint slotStride, float* y, nint rowStride, float* scratch)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        int extent = TScheme.Extent, steps = extent - _taps + 1;
        for (int lane = 0; lane < 16; lane += TOperations.Lanes)
        {
            for (int j = 0; j < extent; j++)
                TScheme.Output<TOperations, TVector>(m + lane + j * slotStride, extent * slotStride, scratch + j * 16, extent * 16, steps);
            for (int i = 0; i < steps; i++)
                TScheme.Output<TOperations, TVector>(scratch + i * extent * 16, 16, y + lane + i * rowStride, 16, steps);
        }
    }

    [MethodImpl(Simd.Optimised)]
    public void Filter<TOperations, TVector>(float* w, float* u, nint slotStride, float* scratch)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        int extent = TScheme.Extent, taps = _taps;
        for (int lane = 0; lane < 16; lane += TOperations.Lanes)
        {
            for (int j = 0; j < taps; j++)
                FilterColumn<TOperations, TVector>(w + lane + j * 16, taps * 16, scratch + j * 16, extent * 16);
            for (int i = 0; i < extent; i++)
                FilterColumn<TOperations, TVector>(scratch + i * extent * 16, 16, u + lane + i * extent * slotStride, slotStride);
        }
    }

    // The points are 0 and pairs ±a, whose rows differ in the signs of odd powers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void FilterColumn<TOperations, TVector>(float* g, nint gStride, float* t, nint tStride)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        int taps = _taps;
        ref float row = ref MemoryMarshal.GetArrayDataReference(_filterMatrix);
        TVector zero = default, minus = TOperations.Splat(-1f);
        TVector g0 = TOperations.Load(g), g1 = TOperations.Load(g + gStride);
        TVector g2 = taps > 2 ? TOperations.Load(g + 2 * gStride) : zero, g3 = taps > 3 ? TOperations.Load(g + 3 * gStride) : zero;
        TVector g4 = taps > 4 ? TOperations.Load(g + 4 * gStride) : zero, g5 = taps > 5 ? TOperations.Load(g + 5 * gStride) : zero;
        TOperations.Store(t, TOperations.MultiplyAdd(TOperations.Splat(row), g0, zero));
        for (int j = 1; j < TScheme.Extent - 1; j += 2)
        {
            row = ref Unsafe.Add(ref row, j == 1 ? taps : 2 * taps);
            TVector even = TOperations.MultiplyAdd(TOperations.Splat(row), g0, zero), odd = TOperations.MultiplyAdd(TOperations.Splat(Unsafe.Add(ref row, 1)), g1, zero);
            if (taps > 2)
                even = TOperations.MultiplyAdd(TOperations.Splat(Unsafe.Add(ref row, 2)), g2, even);
            if (taps > 3)
                odd = TOperations.MultiplyAdd(TOperations.Splat(Unsafe.Add(ref row, 3)), g3, odd);
            if (taps > 4)
                even = TOperations.MultiplyAdd(TOperations.Splat(Unsafe.Add(ref row, 4)), g4, even);
            if (taps > 5)
                odd = TOperations.MultiplyAdd(TOperations.Splat(Unsafe.Add(ref row, 5)), g5, odd);
            TOperations.Store(t + j * tStride, TOperations.Add(even, odd));
            TOperations.Store(t + (j + 1) * tStride, TOperations.MultiplyAdd(minus, odd, even));
        }
        TOperations.Store(t + (TScheme.Extent - 1) * tStride, TOperations.Load(g + (taps - 1) * gStride));
    }
}
