using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>What a thread needs working memory for. Kernels nest (a convolution multiplies matrices), so each use has a buffer of its own.</summary>
enum ScratchUse
{
    BlockedPhases,
    BlockedRuns,
    BlockedBand,
    BlockedGradient,
    FoldedRow,
    ConvolvedRows,
    PackedA,
    PackedB,
    ProductRows,
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
    Strassen,
    Partials,
    AttentionScores,
    AttentionRows,
    ChannelAverages,
    RowMaxima,
}

/// <summary>Per-thread working memory that grows to the largest size asked for and is then reused.</summary>
sealed class Scratch
{
    [ThreadStatic]
    static Scratch? _ofThisThread;

    readonly PinnedBuffer?[] _buffers = new PinnedBuffer?[Enum.GetValues<ScratchUse>().Length];

    /// <summary>That of the calling thread.</summary>
    public static Scratch OfThisThread => _ofThisThread ??= new Scratch();

    /// <summary>What has been asked for so far, in bytes. Other threads may ask, and see what was there at some time.</summary>
    public long Bytes => _buffers.Sum(buffer => buffer?.Capacity ?? 0);

    /// <summary>At least <paramref name="count"/> elements with any content, valid on this thread until the next request for the same use.</summary>
    public static Pointer<T> Get<T>(ScratchUse use, nint count) where T : unmanaged
    {
        var buffer = OfThisThread._buffers[(int)use] ??= new PinnedBuffer();
        buffer.EnsureCapacity((long)count * Unsafe.SizeOf<T>());
        return buffer.At<T>();
    }
}
