using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NetCompiler.Runtime;

/// <summary>
/// The matrix whose product with the filters is the convolution, never stored: element (filter element, output position) is the input
/// that the two meet in, and lies at a sum of two offsets into the padded image.
/// </summary>
/// <param name="image">One image's group with its padding.</param>
/// <param name="filterOffsets">The offset of each filter element: channel, kernel row, kernel column.</param>
/// <param name="positionOffsets">The offset of each output position, and <see cref="ExtraPositions"/> more of any position.</param>
readonly unsafe struct ImageMatrix<T>(T* image, int* filterOffsets, int* positionOffsets) where T : unmanaged
{
    /// <summary>Positions beyond the last that may be read.</summary>
    public const int ExtraPositions = 32;

    static int GroupSize => Vector256<byte>.Count / sizeof(T);

    /// <summary>
    /// target[f · stride + i] = element (filter + f, position + i), for f &lt; filters and i &lt; positions; positions that fill no vector are left to
    /// vectors that reach up to <see cref="GemmPacking.Slack"/> elements further.
    /// </summary>
    [MethodImpl(Simd.Optimised)]
    public void CopyTo(nint filter, nint filters, nint position, nint positions, T* target, nint stride)
    {
        int* offsets = positionOffsets + position;
        if (!Avx2.IsSupported)
        {
            for (nint f = 0; f < filters; f++)
                for (nint i = 0; i < positions; i++)
                    target[f * stride + i] = image[filterOffsets[filter + f] + offsets[i]];
            return;
        }
        for (nint i = 0; i < positions; i += GroupSize)
        {
            if (offsets[i + GroupSize - 1] - offsets[i] == GroupSize - 1)
                CopyRun(filter, filters, offsets[i], target + i, stride);
            else if (typeof(T) == typeof(float))
                GatherSingle(filter, filters, offsets + i, (float*)target + i, stride);
            else
                GatherDouble(filter, filters, offsets + i, (double*)target + i, stride);
        }
    }

    // Neighbouring positions of one output row.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void CopyRun(nint filter, nint filters, int offset, T* target, nint stride)
    {
        for (nint f = 0; f < filters; f++)
            Vector256.Load((byte*)(image + filterOffsets[filter + f] + offset)).Store((byte*)(target + f * stride));
    }

    // Positions of two rows, or with a stride.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void GatherSingle(nint filter, nint filters, int* offsets, float* target, nint stride)
    {
        var indices = Vector256.Load(offsets);
        for (nint f = 0; f < filters; f++)
            Avx2.GatherVector256((float*)image + filterOffsets[filter + f], indices, sizeof(float)).Store(target + f * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void GatherDouble(nint filter, nint filters, int* offsets, double* target, nint stride)
    {
        var indices = Vector128.Load(offsets);
        for (nint f = 0; f < filters; f++)
            Avx2.GatherVector256((double*)image + filterOffsets[filter + f], indices, sizeof(double)).Store(target + f * stride);
    }
}

/// <summary>The image's matrix as B of the convolution: columns are output positions, the depth runs over filter elements.</summary>
readonly unsafe struct PositionColumns<T>(ImageMatrix<T> matrix) : IGemmOperand<T> where T : unmanaged
{
    public nint StepsPackedAtOnce => nint.MaxValue;

    public void Pack(nint start, int count, int padded, nint p, nint depth, T* panel) => matrix.CopyTo(p, depth, start, padded, panel, padded);

    public T* InPlace(out nint stride, out bool alongDepth)
    {
        (stride, alongDepth) = (0, false);
        return null;
    }
}

/// <summary>The image's matrix as B of the filter's gradient: columns are filter elements, the depth runs over output positions.</summary>
readonly unsafe struct FilterColumns<T>(ImageMatrix<T> matrix) : IGemmOperand<T> where T : unmanaged
{
    public nint StepsPackedAtOnce => nint.MaxValue;

    public void Pack(nint start, int count, int padded, nint p, nint depth, T* panel)
    {
        // Rows of the matrix first, while they are in the first-level cache then their transpose.
        nint stride = (depth + GemmPacking.Slack - 1) / GemmPacking.Slack * GemmPacking.Slack;
        var rows = (T*)Scratch.Get<T>(ScratchUse.MatrixRows, count * stride + GemmPacking.Slack).Address;
        matrix.CopyTo(start, count, p, depth, rows, stride);
        GemmPacking.Transpose(rows, stride, count, padded, depth, panel);
    }

    public T* InPlace(out nint stride, out bool alongDepth)
    {
        (stride, alongDepth) = (0, false);
        return null;
    }
}
