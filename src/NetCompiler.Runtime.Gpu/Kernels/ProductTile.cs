using ILGPU;
using ILGPU.Runtime;

namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// The part of a product that a group of 256 threads computes, and in it the sums of one thread: blocks of 4 x 4, 64 apart. What is
/// named here is constant in kernels, which ILGPU does not unroll: that is why blocks are fields and steps are written out. Not all steps
/// of a slab are: ILGPU orders what lies between branches by sum, so that the factors of all its steps wait in registers.
/// </summary>
interface IProductTile
{
    /// <summary>Rows and columns of a group: powers of two from 64 on.</summary>
    int Rows { get; }

    /// <inheritdoc cref="Rows"/>
    int Columns { get; }

    /// <summary>Terms of the sum that are brought into shared memory at a time: a power of two.</summary>
    int Depth { get; }

    /// <summary>Shared memory for two slabs of the left factor, one being multiplied while the other arrives.</summary>
    ArrayView<Float4> AllocateLeft();

    /// <inheritdoc cref="AllocateLeft"/>
    ArrayView<Float4> AllocateRight();

    /// <inheritdoc cref="IGpuKernel{TSelf}.GroupsPerMultiprocessor"/>
    int GroupsPerMultiprocessor { get; }

    /// <summary>Terms that <see cref="Multiply"/> takes.</summary>
    int Steps { get; }

    /// <summary>Adds the products of some terms: the places are the thread's in the first one's lines of shared memory.</summary>
    void Multiply(ArrayView<Float4> left, int leftAt, ArrayView<Float4> right, int rightAt);

    /// <summary>Hands the sums to the end; the thread's first row and column are given.</summary>
    void Store<TEnd>(TEnd end, int part, int batch, int row, int column, int rows, int columns) where TEnd : struct, IGpuTileEnd;
}

/// <summary>How threads share a tile.</summary>
static class ProductThreads
{
    /// <summary>Threads of a group.</summary>
    public const int Count = 256;

    /// <summary>Lines of shared memory are so much longer than a tile: then transposing stores of a warp meet different banks.</summary>
    public const int Padding = 4;

    /// <summary>Float4s between the blocks of a thread: 64 lines.</summary>
    public const int NextBlock = 16;

    // Remainders by powers of two are written with &: neither ILGPU nor NVIDIA's assembler replaces %, which takes twenty instructions.

    // A warp covers 4 x 8 blocks: its loads of a term are 64 and 128 bytes, without conflicts of banks.

    /// <summary>The thread's block among the rows, in fours.</summary>
    public static int RowQuad(int thread) => (thread & 31) / 8 + thread / 64 * 4;

    /// <summary>The thread's block among the columns, in fours.</summary>
    public static int ColumnQuad(int thread) => (thread & 7) + (thread / 32 & 1) * 8;

    /// <summary>What lies from <paramref name="at"/> on: elements at constant places of it are loaded with one address, as vectors.</summary>
    public static ArrayView<Float4> From(ArrayView<Float4> slab, int at) => slab.SubView(at).AsAligned(16);
}

/// <summary>64 x 64: 16 sums a thread, for small products, which need many groups.</summary>
struct Tile64x64 : IProductTile
{
    Block4x4 _sums;

    public int Rows => 64;

    public int Columns => 64;

    public int Depth => 16;

    public ArrayView<Float4> AllocateLeft() => SharedMemory.Allocate<Float4>(2 * 16 * (64 + ProductThreads.Padding) / 4);

    public ArrayView<Float4> AllocateRight() => SharedMemory.Allocate<Float4>(2 * 16 * (64 + ProductThreads.Padding) / 4);

    public int GroupsPerMultiprocessor => 3;

    public int Steps => 4;

    public void Multiply(ArrayView<Float4> left, int leftAt, ArrayView<Float4> right, int rightAt)
    {
        const int line = (64 + ProductThreads.Padding) / 4;
        left = ProductThreads.From(left, leftAt);
        right = ProductThreads.From(right, rightAt);
        _sums.MultiplyAdd(left[0], right[0]);
        _sums.MultiplyAdd(left[line], right[line]);
        _sums.MultiplyAdd(left[2 * line], right[2 * line]);
        _sums.MultiplyAdd(left[3 * line], right[3 * line]);
    }

    public void Store<TEnd>(TEnd end, int part, int batch, int row, int column, int rows, int columns) where TEnd : struct, IGpuTileEnd =>
        TileStore.Block(end, part, batch, row, column, rows, columns, _sums);
}

/// <summary>128 x 64: 32 sums a thread, for products of few columns.</summary>
struct Tile128x64 : IProductTile
{
    Block4x4 _upper, _lower;

    public int Rows => 128;

    public int Columns => 64;

    public int Depth => 16;

    public ArrayView<Float4> AllocateLeft() => SharedMemory.Allocate<Float4>(2 * 16 * (128 + ProductThreads.Padding) / 4);

    public ArrayView<Float4> AllocateRight() => SharedMemory.Allocate<Float4>(2 * 16 * (64 + ProductThreads.Padding) / 4);

    public int GroupsPerMultiprocessor => 2;

    public int Steps => 4;

    public void Multiply(ArrayView<Float4> left, int leftAt, ArrayView<Float4> right, int rightAt)
    {
        const int leftLine = (128 + ProductThreads.Padding) / 4, rightLine = (64 + ProductThreads.Padding) / 4;
        left = ProductThreads.From(left, leftAt);
        right = ProductThreads.From(right, rightAt);
        MultiplyOne(left, 0, right, 0);
        MultiplyOne(left, leftLine, right, rightLine);
        MultiplyOne(left, 2 * leftLine, right, 2 * rightLine);
        MultiplyOne(left, 3 * leftLine, right, 3 * rightLine);
    }

    void MultiplyOne(ArrayView<Float4> left, int leftAt, ArrayView<Float4> right, int rightAt)
    {
        var b = right[rightAt];
        _upper.MultiplyAdd(left[leftAt], b);
        _lower.MultiplyAdd(left[leftAt + ProductThreads.NextBlock], b);
    }

    public void Store<TEnd>(TEnd end, int part, int batch, int row, int column, int rows, int columns) where TEnd : struct, IGpuTileEnd
    {
        TileStore.Block(end, part, batch, row, column, rows, columns, _upper);
        TileStore.Block(end, part, batch, row + 64, column, rows, columns, _lower);
    }
}

/// <summary>
/// 128 x 128: 64 sums a thread. Depth 8 keeps a thread within 128 registers (64 sums, 16 factors, 8 on their way, addresses), so that
/// two groups share a multiprocessor.
/// </summary>
struct Tile128x128 : IProductTile
{
    Block4x4 _upperLeft, _upperRight, _lowerLeft, _lowerRight;

    public int Rows => 128;

    public int Columns => 128;

    public int Depth => 8;

    public ArrayView<Float4> AllocateLeft() => SharedMemory.Allocate<Float4>(2 * 8 * (128 + ProductThreads.Padding) / 4);

    public ArrayView<Float4> AllocateRight() => SharedMemory.Allocate<Float4>(2 * 8 * (128 + ProductThreads.Padding) / 4);

    public int GroupsPerMultiprocessor => 2;

    public int Steps => 2;

    public void Multiply(ArrayView<Float4> left, int leftAt, ArrayView<Float4> right, int rightAt)
    {
        const int line = (128 + ProductThreads.Padding) / 4;
        left = ProductThreads.From(left, leftAt);
        right = ProductThreads.From(right, rightAt);
        MultiplyOne(left, 0, right, 0);
        MultiplyOne(left, line, right, line);
    }

    void MultiplyOne(ArrayView<Float4> left, int leftAt, ArrayView<Float4> right, int rightAt)
    {
        var a0 = left[leftAt];
        var a1 = left[leftAt + ProductThreads.NextBlock];
        var b0 = right[rightAt];
        var b1 = right[rightAt + ProductThreads.NextBlock];
        _upperLeft.MultiplyAdd(a0, b0);
        _upperRight.MultiplyAdd(a0, b1);
        _lowerLeft.MultiplyAdd(a1, b0);
        _lowerRight.MultiplyAdd(a1, b1);
    }

    public void Store<TEnd>(TEnd end, int part, int batch, int row, int column, int rows, int columns) where TEnd : struct, IGpuTileEnd
    {
        TileStore.Block(end, part, batch, row, column, rows, columns, _upperLeft);
        TileStore.Block(end, part, batch, row, column + 64, rows, columns, _upperRight);
        TileStore.Block(end, part, batch, row + 64, column, rows, columns, _lowerLeft);
        TileStore.Block(end, part, batch, row + 64, column + 64, rows, columns, _lowerRight);
    }
}

/// <summary>Hands the elements of a block that are within the product to its end.</summary>
static class TileStore
{
    public static void Block<TEnd>(TEnd end, int part, int batch, int row, int column, int rows, int columns, Block4x4 sums) where TEnd : struct, IGpuTileEnd
    {
        if (column >= columns)
            return;
        if (row < rows)
            end.Store(part, batch, row, column, columns, sums.Row0);
        if (row + 1 < rows)
            end.Store(part, batch, row + 1, column, columns, sums.Row1);
        if (row + 2 < rows)
            end.Store(part, batch, row + 2, column, columns, sums.Row2);
        if (row + 3 < rows)
            end.Store(part, batch, row + 3, column, columns, sums.Row3);
    }
}
