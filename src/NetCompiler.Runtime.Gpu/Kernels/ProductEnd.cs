using ILGPU;
using ILGPU.Runtime;

namespace NetCompiler.Runtime.Gpu;

/// <summary>Where elements of a product go.</summary>
interface IGpuProductEnd
{
    /// <summary>Takes the sum over one part of the terms, which is the element itself where there is one part.</summary>
    void Store(int part, int batch, int row, int column, float value);
}

/// <summary>Where elements of a product go, four of a row at a time.</summary>
interface IGpuTileEnd
{
    /// <summary>Takes the sums from <paramref name="column"/> on, a multiple of 4, of which those before <paramref name="columns"/> are within the product.</summary>
    void Store(int part, int batch, int row, int column, int columns, Float4 values);
}

/// <summary>Hands on one element after the other.</summary>
struct EndByElement<TEnd>(TEnd end) : IGpuTileEnd where TEnd : struct, IGpuProductEnd
{
    TEnd _end = end;

    public void Store(int part, int batch, int row, int column, int columns, Float4 values)
    {
        _end.Store(part, batch, row, column, values.X);
        if (column + 1 < columns)
            _end.Store(part, batch, row, column + 1, values.Y);
        if (column + 2 < columns)
            _end.Store(part, batch, row, column + 2, values.Z);
        if (column + 3 < columns)
            _end.Store(part, batch, row, column + 3, values.W);
    }
}

/// <summary>Stores matrices whose distances and columns are multiples of four.</summary>
struct StoreVectors(ArrayView<Float4> result, long stride, long batchStride, long partStride) : IGpuTileEnd
{
    readonly ArrayView<Float4> _result = result;
    readonly long _stride = stride / 4, _batchStride = batchStride / 4, _partStride = partStride / 4;

    public readonly void Store(int part, int batch, int row, int column, int columns, Float4 values) =>
        _result[batch * _batchStride + part * _partStride + row * _stride + column / 4] = values;
}

/// <summary>Stores a batch of matrices.</summary>
struct StoreMatrix(ArrayView<float> result, int stride, long batchStride) : IGpuProductEnd
{
    readonly ArrayView<float> _result = result;
    readonly int _stride = stride;
    readonly long _batchStride = batchStride;

    public readonly void Store(int part, int batch, int row, int column, float value) => _result[batch * _batchStride + (long)row * _stride + column] = value;

    /// <summary>Where it lies.</summary>
    public readonly StoredMatrix Stored => new(_result.LoadEffectiveAddressAsPtr(), true, _stride, _batchStride);

    /// <summary>The same in fours, where that is possible.</summary>
    public readonly StoreVectors? Vectors(int columns) =>
        Vector.IsAligned(_result) && Vector.AreMultiples(_stride, _batchStride, columns) ? new(_result.Cast<Float4>(), _stride, _batchStride, 0) : null;
}

/// <summary>Keeps the sums of the parts.</summary>
struct StoreParts(ArrayView<float> sums, int parts, int rows, int columns) : IGpuProductEnd
{
    readonly ArrayView<float> _sums = sums;
    readonly int _parts = parts, _rows = rows, _columns = columns;

    public readonly void Store(int part, int batch, int row, int column, float value) =>
        _sums[((batch * (long)_parts + part) * _rows + row) * _columns + column] = value;

    /// <inheritdoc cref="StoreMatrix.Vectors"/>
    public readonly StoreVectors? Vectors() =>
        Vector.AreMultiples(_columns) ? new(_sums.Cast<Float4>(), _columns, (long)_parts * _rows * _columns, (long)_rows * _columns) : null;
}

/// <summary>Adds the parts of a product's sums in their order, and hands each sum to the end.</summary>
struct AddPartsKernel<TEnd> : IGpuKernel<AddPartsKernel<TEnd>> where TEnd : struct, IGpuProductEnd
{
    public ArrayView<float> Sums; // [Batch, Parts, Rows, Columns]
    public TEnd End;
    public int Batch, Rows, Columns, Parts;

    public static void Run(AddPartsKernel<TEnd> kernel)
    {
        long element = Grid.GlobalLinearIndex;
        long size = (long)kernel.Rows * kernel.Columns;
        if (element >= kernel.Batch * size)
            return;
        int batch = (int)(element / size);
        long within = element - batch * size;
        float sum = 0f;
        for (int part = 0; part < kernel.Parts; part++)
            sum += kernel.Sums[(batch * (long)kernel.Parts + part) * size + within];
        int row = (int)(within / kernel.Columns);
        kernel.End.Store(0, batch, row, (int)(within - (long)row * kernel.Columns), sum);
    }
}
