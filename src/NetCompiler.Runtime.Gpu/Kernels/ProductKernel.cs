using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// A tile of 64 x 64 elements of a product for each group of 256 threads: 16 terms of the sum at a time are brought into shared memory,
/// from which each thread multiplies 4 x 4 elements in registers. The terms of an element are added in their order; with several parts
/// each part of the sum is a product of its own, in <c>batch x parts</c>.
/// </summary>
struct ProductKernel<TLeft, TRight, TEpilogue> : IGpuKernel<ProductKernel<TLeft, TRight, TEpilogue>>
    where TLeft : struct, IGpuOperand where TRight : struct, IGpuOperand where TEpilogue : struct, IGpuProductEnd
{
    public TLeft Left;
    public TRight Right;
    public TEpilogue End;
    public int Rows, Columns, Terms, Parts, TermsOfPart;

    public static void Run(ProductKernel<TLeft, TRight, TEpilogue> product)
    {
        // Lines of shared memory are 4 longer than a tile, so that threads of a warp write into different banks.
        const int line = ProductTile.Side + 4;
        var left4 = SharedMemory.Allocate<Float4>(ProductTile.Depth * line / 4);
        var right4 = SharedMemory.Allocate<Float4>(ProductTile.Depth * line / 4);
        var left = left4.Cast<float>();
        var right = right4.Cast<float>();

        int thread = Group.IdxX;
        int row0 = Grid.IdxY * ProductTile.Side, column0 = Grid.IdxX * ProductTile.Side;
        int batch = Grid.IdxZ / product.Parts, part = Grid.IdxZ % product.Parts;
        int begin = part * product.TermsOfPart, end = IntrinsicMath.Min(begin + product.TermsOfPart, product.Terms);
        int rowOfThread = thread / 16 * 4, columnOfThread = thread % 16 * 4;

        Float4 sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        for (int first = begin; first < end; first += ProductTile.Depth)
        {
            Load(product.Left, batch, row0, product.Rows, first, end, thread, left, line);
            Load(product.Right, batch, column0, product.Columns, first, end, thread, right, line);
            Group.Barrier();
            for (int k = 0; k < ProductTile.Depth; k++)
            {
                var a = left4[(k * line + rowOfThread) / 4];
                var b = right4[(k * line + columnOfThread) / 4];
                sum0.Add(a.X, b);
                sum1.Add(a.Y, b);
                sum2.Add(a.Z, b);
                sum3.Add(a.W, b);
            }
            Group.Barrier();
        }
        Store(product, part, batch, row0 + rowOfThread, column0 + columnOfThread, sum0);
        Store(product, part, batch, row0 + rowOfThread + 1, column0 + columnOfThread, sum1);
        Store(product, part, batch, row0 + rowOfThread + 2, column0 + columnOfThread, sum2);
        Store(product, part, batch, row0 + rowOfThread + 3, column0 + columnOfThread, sum3);
    }

    // 16 places of 64 lines, by 256 threads: four elements each, zeros beyond the matrix.
    static void Load<T>(T operand, int batch, int line0, int lines, int first, int end, int thread, ArrayView<float> shared, int stride)
        where T : struct, IGpuOperand
    {
        for (int i = 0; i < 4; i++)
        {
            int line = operand.IsContiguousInSum ? thread / ProductTile.Depth + 16 * i : thread % ProductTile.Side;
            int place = operand.IsContiguousInSum ? thread % ProductTile.Depth : thread / ProductTile.Side + 4 * i;
            bool isInside = line0 + line < lines && first + place < end;
            shared[place * stride + line] = isInside ? operand.At(batch, line0 + line, first + place) : 0f;
        }
    }

    static void Store(ProductKernel<TLeft, TRight, TEpilogue> product, int part, int batch, int row, int column, Float4 sums)
    {
        if (row >= product.Rows)
            return;
        if (column < product.Columns)
            product.End.Store(part, batch, row, column, sums.X);
        if (column + 1 < product.Columns)
            product.End.Store(part, batch, row, column + 1, sums.Y);
        if (column + 2 < product.Columns)
            product.End.Store(part, batch, row, column + 2, sums.Z);
        if (column + 3 < product.Columns)
            product.End.Store(part, batch, row, column + 3, sums.W);
    }
}

/// <summary>The sizes of a group's tile.</summary>
static class ProductTile
{
    /// <summary>Rows and columns.</summary>
    public const int Side = 64;

    /// <summary>Terms of the sum at a time.</summary>
    public const int Depth = 16;

    /// <summary>Threads of a group.</summary>
    public const int Threads = 256;
}

/// <summary>Where elements of a product go.</summary>
interface IGpuProductEnd
{
    /// <summary>Takes the sum over one part of the terms, which is the element itself where there is one part.</summary>
    void Store(int part, int batch, int row, int column, float value);
}

/// <summary>Adds the parts of a product's sums in their order, and hands each sum to the end.</summary>
struct AddPartsKernel<TEpilogue> : IGpuKernel<AddPartsKernel<TEpilogue>> where TEpilogue : struct, IGpuProductEnd
{
    public ArrayView<float> Sums; // [Batch, Parts, Rows, Columns]
    public TEpilogue End;
    public int Batch, Rows, Columns, Parts;

    public static void Run(AddPartsKernel<TEpilogue> kernel)
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

/// <summary>Keeps the sums of the parts.</summary>
struct StoreParts(ArrayView<float> sums, int parts, int rows, int columns) : IGpuProductEnd
{
    readonly ArrayView<float> _sums = sums;
    readonly int _parts = parts, _rows = rows, _columns = columns;

    public void Store(int part, int batch, int row, int column, float value) =>
        _sums[((batch * (long)_parts + part) * _rows + row) * _columns + column] = value;
}
