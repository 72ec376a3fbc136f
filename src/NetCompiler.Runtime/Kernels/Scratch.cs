using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>What a thread needs working memory for. Kernels nest (a convolution multiplies matrices), so each use has a buffer of its own.</summary>
enum ScratchUse
{
    BlockedPhases,
    BlockedRuns,
    BlockedBand,
    BlockedGradient,
    PackedA,
    PackedB,
    EdgeTile,
    Vector,
    MatrixRows,
    PackedFilter,
    PaddedImage,
    Offsets,
    Columns,
    SortKeys,
    SortIndices,
    TransformedInput,
    TransformedProduct,
    TransformTile,
    Partials,
}

/// <summary>Per-thread working memory that grows to the largest size asked for and is then reused.</summary>
static class Scratch
{
    [ThreadStatic]
    static PinnedBuffer?[]? _buffers;

    /// <summary>At least <paramref name="count"/> elements with any content, valid on this thread until the next request for the same use.</summary>
    public static Pointer<T> Get<T>(ScratchUse use, nint count) where T : unmanaged
    {
        var buffers = _buffers ??= new PinnedBuffer?[(int)ScratchUse.Partials + 1];
        var buffer = buffers[(int)use] ??= new PinnedBuffer();
        buffer.EnsureCapacity((long)count * Unsafe.SizeOf<T>());
        return buffer.At<T>();
    }
}
