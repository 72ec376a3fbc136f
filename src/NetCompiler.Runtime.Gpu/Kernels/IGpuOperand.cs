using ILGPU;
using ILGPU.Runtime;

namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// A factor of a product, as the kernel reads it: a matrix, or one that is never stored, such as the patches of an image. Its lines are
/// the rows of a left factor or the columns of a right one; elements of a line follow one another in the product's sum.
/// </summary>
interface IGpuOperand
{
    /// <summary>Whether neighbours in memory are neighbours in the sum rather than neighbouring lines: threads share out loads accordingly.</summary>
    bool IsContiguousInSum { get; }

    /// <summary>The element of a line at a place of the sum. Both are within the product.</summary>
    float At(int batch, int line, int place);
}

/// <summary>A matrix whose lines are contiguous.</summary>
readonly struct ContiguousLines(ArrayView<float> values, int stride, long batchStride) : IGpuOperand
{
    readonly ArrayView<float> _values = values;
    readonly int _stride = stride, _batchStride = checked((int)batchStride);

    public bool IsContiguousInSum => true;

    public float At(int batch, int line, int place) => _values[batch * _batchStride + line * _stride + place];

    /// <summary>The same in fours, where that is possible.</summary>
    public ContiguousVectors? Vectors(int places) =>
        Vector.IsAligned(_values) && Vector.AreMultiples(_stride, _batchStride, places) ? new(_values.Cast<Float4>(), _stride, _batchStride) : null;

    /// <summary>The same for products with few rows or columns.</summary>
    public VectorLine? Line(int places) =>
        Vector.IsAligned(_values) && Vector.AreMultiples(_stride, _batchStride, places) ? new(_values.Cast<Float4>(), _stride, _batchStride) : null;

    /// <summary>Where it lies.</summary>
    public StoredMatrix Stored => new(_values.LoadEffectiveAddressAsPtr(), true, _stride, _batchStride);

    /// <summary>The same for units of matrices.</summary>
    public TensorLines? Tensor(int places) =>
        Vector.IsAligned(_values) && Vector.AreMultiples(_stride, _batchStride, places)
            ? new(_values.Cast<Float4>(), _values.LoadEffectiveAddressAsPtr(), _stride, _batchStride)
            : null;

    /// <summary>The same as lines of one segment each, where they do not overlap.</summary>
    public SegmentedLines? Segments(int places) => places <= _stride ? new(_values, _stride, 0, _batchStride) : null;
}

/// <summary>A matrix in which each element of a line is <c>stride</c> after the one before, and neighbouring lines are beside each other.</summary>
readonly struct InterleavedLines(ArrayView<float> values, int stride, long batchStride) : IGpuOperand
{
    readonly ArrayView<float> _values = values;
    readonly int _stride = stride, _batchStride = checked((int)batchStride);

    public bool IsContiguousInSum => false;

    public float At(int batch, int line, int place) => _values[batch * _batchStride + place * _stride + line];

    /// <inheritdoc cref="ContiguousLines.Vectors"/>
    public InterleavedVectors? Vectors(int lines) =>
        Vector.IsAligned(_values) && Vector.AreMultiples(_stride, _batchStride, lines) ? new(_values.Cast<Float4>(), _stride, _batchStride) : null;

    /// <summary>The same for products with few rows or columns.</summary>
    public VectorQuads? Quads(int lines) =>
        Vector.IsAligned(_values) && Vector.AreMultiples(_stride, _batchStride, lines) ? new(_values.Cast<Float4>(), _stride, _batchStride) : null;

    /// <summary>The first line as one of a contiguous matrix, where it is that: the elements of a single column follow one another.</summary>
    public ContiguousLines? OneLine => _stride == 1 ? new(_values, 0, _batchStride) : null;

    /// <summary>Where it lies.</summary>
    public StoredMatrix Stored => new(_values.LoadEffectiveAddressAsPtr(), false, _stride, _batchStride);

    /// <summary>The same for units of matrices.</summary>
    public TensorWords? Tensor(int lines) =>
        Vector.IsAligned(_values) && Vector.AreMultiples(_stride, _batchStride, lines)
            ? new(_values.Cast<Float4>(), _values.LoadEffectiveAddressAsPtr(), _stride, _batchStride)
            : null;
}

/// <summary>When matrices can be accessed in fours.</summary>
static class Vector
{
    /// <summary>Whether the first element lies on a boundary of 16 bytes.</summary>
    public static bool IsAligned(ArrayView<float> values) => values.LoadEffectiveAddressAsPtr() % 16 == 0;

    /// <summary>Whether all are multiples of four.</summary>
    public static bool AreMultiples(params ReadOnlySpan<long> numbers)
    {
        foreach (long number in numbers)
        {
            if (number % 4 != 0)
                return false;
        }
        return true;
    }
}
