using ILGPU;
using ILGPU.Runtime;

namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// Products with few rows or few columns: the side that has them is short, and the other one, which takes all the time, is read once. As
/// many threads share it as it takes to keep the memory busy.
/// </summary>
static class ThinProducts
{
    /// <summary>The most rows or columns of a short side: a thread has four sums for each, and these wait in registers.</summary>
    public const int Most = 8;

    /// <summary>Whether the product of such sizes has a short side.</summary>
    public static bool Admits(int rows, int columns) => Math.Min(rows, columns) <= Most;

    public static void Multiply<TLeft, TRight, TEnd>(in ProductSizes sizes, in TLeft left, in TRight right, in TEnd end)
        where TLeft : struct, IGpuOperand where TRight : struct, IGpuOperand where TEnd : struct, IGpuProductEnd
    {
        if (!Admits(sizes.Rows, sizes.Columns))
            throw new ArgumentException($"products of {sizes.Rows} x {sizes.Columns} elements are not thin: {ProductMethod.Thin} computes those of at most {Most} rows or columns");
        if ((long)sizes.Batch * sizes.Rows * sizes.Columns == 0)
            return;
        if (sizes.Rows <= sizes.Columns)
            Multiply(new ThinSizes(sizes, true), left, right, end);
        else
            Multiply(new ThinSizes(sizes, false), right, left, end);
    }

    static void Multiply<TShort, TLong, TEnd>(in ThinSizes sizes, in TShort few, in TLong many, in TEnd end)
        where TShort : struct, IGpuOperand where TLong : struct, IGpuOperand where TEnd : struct, IGpuProductEnd
    {
        if (sizes.Few == 1 && few is InterleavedLines interleaved && interleaved.OneLine is { } line)
        {
            Multiply(sizes, line, many, end);
            return;
        }
        var product = sizes.Product;
        var layout = ThinLayout.Of(product.Batch, sizes.Many, product.Terms, many.IsContiguousInSum);
        // Where neighbouring threads have neighbouring places, those of the short side must lie side by side as well.
        bool copies = many.IsContiguousInSum && !few.IsContiguousInSum;
        int pitch = (product.Terms + 3) / 4 * 4;
        long copied = copies ? (long)product.Batch * sizes.Few * pitch : 0;
        long kept = layout.Parts > 1 ? (long)product.Batch * layout.Parts * product.Rows * product.Columns : 0;
        var workspace = copied + kept > 0 ? product.Device.Workspace<float>(copied + kept).View : default;
        if (copies)
        {
            var copy = workspace.SubView(0, copied);
            product.Device.LaunchFor(copied, new CopyLinesKernel<TShort> { From = few, To = copy, Batch = product.Batch, Lines = new(sizes.Few), Places = product.Terms, Pitch = new(pitch) });
            End(sizes, layout, new VectorLine(copy.Cast<Float4>(), pitch, (long)sizes.Few * pitch), many, end, kept > 0 ? workspace.SubView(copied, kept) : default);
        }
        else if (few is ContiguousLines contiguous && contiguous.Line(product.Terms) is { } vectors)
            End(sizes, layout, vectors, many, end, workspace);
        else
            End(sizes, layout, new ElementLine<TShort>(few), many, end, workspace);
    }

    static void End<TShort, TLong, TEnd>(in ThinSizes sizes, ThinLayout layout, in TShort few, in TLong many, in TEnd end, ArrayView<float> kept)
        where TShort : struct, ILineSource where TLong : struct, IGpuOperand where TEnd : struct, IGpuProductEnd
    {
        if (layout.Parts == 1)
        {
            Many(sizes, layout, few, many, end);
            return;
        }
        var product = sizes.Product with { Parts = layout.Parts };
        Many(sizes with { Product = product }, layout, few, many, new StoreParts(kept, product.Parts, product.Rows, product.Columns));
        Products.AddParts(product, kept, end);
    }

    static void Many<TShort, TLong, TEnd>(in ThinSizes sizes, ThinLayout layout, in TShort few, in TLong many, in TEnd end)
        where TShort : struct, ILineSource where TLong : struct, IGpuOperand where TEnd : struct, IGpuProductEnd
    {
        if (many is ContiguousLines contiguous && contiguous.Line(sizes.Product.Terms) is { } line)
            Sums(sizes, layout, few, new FourLines<VectorLine>(line), end);
        else if (many is InterleavedLines interleaved && interleaved.Quads(sizes.Many) is { } quads)
            Sums(sizes, layout, few, quads, end);
        else if (many is Patches patches)
            Sums(sizes, layout, few, new FourPatches<Patches>(patches), end);
        else if (many is GradientPatches gradients)
            Sums(sizes, layout, few, new FourPatches<GradientPatches>(gradients), end);
        else if (many is PatchesOfFilter ofFilter)
            Sums(sizes, layout, few, new FourPlacesOfPatches(ofFilter), end);
        else if (many.IsContiguousInSum)
            Sums(sizes, layout, few, new FourLines<ElementLine<TLong>>(new(many)), end);
        else
            Sums(sizes, layout, few, new ElementQuads<TLong>(many), end);
    }

    static void Sums<TShort, TLong, TEnd>(in ThinSizes sizes, ThinLayout layout, in TShort few, in TLong many, in TEnd end)
        where TShort : struct, ILineSource where TLong : struct, IQuadSource where TEnd : struct, IGpuProductEnd
    {
        if (sizes.Few == 1)
            Launch<OneLine<TShort>, TShort, TLong, TEnd>(sizes, layout, few, many, end);
        else if (sizes.Few == 2)
            Launch<TwoOf<OneLine<TShort>, TShort>, TShort, TLong, TEnd>(sizes, layout, few, many, end);
        else if (sizes.Few <= 4)
            Launch<TwoOf<TwoOf<OneLine<TShort>, TShort>, TShort>, TShort, TLong, TEnd>(sizes, layout, few, many, end);
        else
            Launch<TwoOf<TwoOf<TwoOf<OneLine<TShort>, TShort>, TShort>, TShort>, TShort, TLong, TEnd>(sizes, layout, few, many, end);
    }

    static void Launch<TSums, TShort, TLong, TEnd>(in ThinSizes sizes, ThinLayout layout, in TShort few, in TLong many, in TEnd end)
        where TSums : struct, IThinSums<TShort> where TShort : struct, ILineSource where TLong : struct, IQuadSource where TEnd : struct, IGpuProductEnd
    {
        var product = sizes.Product;
        product.Device.Launch(
            ProductGroup.All(1, 1, sizes.Many, 4 << layout.QuadBits, (long)product.Batch * product.Parts),
            new Index3D(layout.Threads, 1, 1),
            new ThinKernel<TSums, TShort, TLong, TEnd>
            {
                Short = few, Long = many, End = end,
                IsShortLeft = sizes.IsShortLeft ? 1 : 0, Few = sizes.Few, Many = sizes.Many,
                Terms = product.Terms, Parts = product.Parts, TermsOfPart = product.TermsOfPart,
                QuadBits = layout.QuadBits, SlotBits = layout.SlotBits,
            });
    }
}

/// <summary>A product and which side of it is short.</summary>
readonly record struct ThinSizes(ProductSizes Product, bool IsShortLeft)
{
    /// <summary>The lines of the short side.</summary>
    public int Few => IsShortLeft ? Product.Rows : Product.Columns;

    /// <summary>The lines of the other one.</summary>
    public int Many => IsShortLeft ? Product.Columns : Product.Rows;
}

/// <summary>
/// How a group of threads shares the long side: 2^<paramref name="QuadBits"/> times four neighbouring lines, and 2^<paramref name="SlotBits"/>
/// threads for each four, which take their terms in turn, four at a time. It depends on sizes alone.
/// </summary>
readonly record struct ThinLayout(int QuadBits, int SlotBits, int Parts)
{
    // Each thread has 64 bytes on their way, and a large GPU (NVIDIA H100) moves some 2.3 MB in the time that the first of them takes.
    const long EnoughThreads = 1 << 16;

    // Threads of a group: 256 at most, and a warp at least.
    const int MostBits = 8, FewestBits = 5;

    // Neighbouring threads read 128 bytes of a line; or 64 of a place, as what the slots have must be added up.
    const int SlotsOfLine = 3, QuadsOfPlace = 2;

    // A part of a sum has four steps for each thread: below, it costs more to store and read again than it gains.
    const int FewestTerms = 16, MostParts = 64;

    public int Threads => 1 << (QuadBits + SlotBits);

    public static ThinLayout Of(long batch, int lines, int terms, bool isContiguousInSum)
    {
        long quads = (lines + 3L) / 4;
        int quadBits = Bits(quads), blockBits = Bits((terms + 3L) / 4), slotBits = 0;
        while (slotBits < Math.Min(MostBits, blockBits) && batch * quads << slotBits < EnoughThreads)
            slotBits++;
        slotBits = isContiguousInSum
            ? Math.Max(slotBits, Math.Min(SlotsOfLine, blockBits))
            : Math.Min(slotBits, MostBits - Math.Min(QuadsOfPlace, quadBits));
        quadBits = Math.Max(Math.Min(quadBits, MostBits - slotBits), FewestBits - slotBits);
        long threads = Math.Max(1, batch * ((quads + (1L << quadBits) - 1) >> quadBits)) << (quadBits + slotBits);
        return new(quadBits, slotBits, (int)Math.Clamp(Math.Min(EnoughThreads / threads, terms / (FewestTerms << slotBits)), 1, MostParts));
    }

    // The logarithm of the next power of two.
    static int Bits(long count)
    {
        int bits = 0;
        while (1L << bits < count)
            bits++;
        return bits;
    }
}

/// <summary>Copies lines to where those of each batch follow one another, with zeros up to a multiple of four places.</summary>
struct CopyLinesKernel<TOperand> : IGpuKernel<CopyLinesKernel<TOperand>> where TOperand : struct, IGpuOperand
{
    public TOperand From;
    public ArrayView<float> To; // [Batch, Lines, Pitch]
    public int Batch, Places;
    public Divisor Lines, Pitch;

    public static void Run(CopyLinesKernel<TOperand> kernel)
    {
        int element = GpuThread.Element;
        int rest = kernel.Lines.Quotient(element), line = element - rest * kernel.Lines.Value;
        int batch = kernel.Pitch.Quotient(rest), place = rest - batch * kernel.Pitch.Value;
        if (batch >= kernel.Batch)
            return;
        float value = 0f;
        if (place < kernel.Places)
            value = kernel.From.At(batch, line, place);
        kernel.To[((long)batch * kernel.Lines.Value + line) * kernel.Pitch.Value + place] = value;
    }
}
