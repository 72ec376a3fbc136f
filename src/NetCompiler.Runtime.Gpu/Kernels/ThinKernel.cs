using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// The sums of a few lines of a product with four lines of the long side for each thread, over the terms of its slot: blocks of four
/// lines by four terms are read at once, so that there are many loads on their way. The slots' sums are then added in shared memory, by
/// halves: the order depends on sizes alone. With several parts each part of the sum is a product of its own, in <c>batch x parts</c>.
/// </summary>
struct ThinKernel<TSums, TShort, TLong, TEnd> : IGpuKernel<ThinKernel<TSums, TShort, TLong, TEnd>>
    where TSums : struct, IThinSums<TShort> where TShort : struct, ILineSource where TLong : struct, IQuadSource where TEnd : struct, IGpuProductEnd
{
    public TShort Short;
    public TLong Long;
    public TEnd End;
    public int IsShortLeft, Few, Many, Terms, Parts, TermsOfPart, QuadBits, SlotBits;

    public static void Run(ThinKernel<TSums, TShort, TLong, TEnd> product)
    {
        TSums sums = default;
        var shared = SharedMemory.Allocate<Float4>(ThinSums.Pitch * sums.Lines);

        int thread = Group.IdxX, quads = 1 << product.QuadBits, slots = 1 << product.SlotBits, threads = quads << product.SlotBits;
        var group = ProductGroup.Own(1, 1, product.Many, 4 * quads, product.Parts);
        var source = product.Long;
        // Threads of a warp read neighbours in memory.
        int quad = source.IsByLine ? thread >> product.SlotBits : thread & (quads - 1);
        int slot = source.IsByLine ? thread & (slots - 1) : thread >> product.QuadBits;
        int line0 = group.Column * 4 * quads, line = line0 + 4 * quad;
        int first = group.Part * product.TermsOfPart, end = IntrinsicMath.Min(first + product.TermsOfPart, product.Terms);
        if (line >= product.Many)
            end = first;
        int step = 4 * slots, place = first + 4 * slot;
        source.Begin(group.Batch, line, product.Many, place);
        sums.Begin(product.Short, group.Batch, 0, product.Few, place);
        for (; place < end; place += step)
            sums.MultiplyAdd(source.Next(place, end, step), source.IsByLine, place, end, step);

        sums.Put(shared, (slot << product.QuadBits) + quad);
        for (int bits = product.QuadBits + product.SlotBits - 1; bits >= product.QuadBits; bits--)
        {
            Group.Barrier();
            int half = 1 << bits;
            for (int i = thread >> bits; i < sums.Lines; i += threads >> bits)
            {
                int at = i * ThinSums.Pitch + (thread & (half - 1));
                var sum = shared[at];
                sum.Add(shared[at + half]);
                shared[at] = sum;
            }
        }
        Group.Barrier();

        var floats = shared.Cast<float>();
        var result = product.End;
        for (int i = thread; i < 4 * quads * sums.Lines; i += threads)
        {
            // Neighbouring threads store neighbours of a row.
            int few = product.IsShortLeft != 0 ? i >> (product.QuadBits + 2) : i & (sums.Lines - 1);
            int ofGroup = product.IsShortLeft != 0 ? i & (4 * quads - 1) : i / sums.Lines;
            int many = line0 + ofGroup;
            if (few < product.Few & many < product.Many)
            {
                float value = floats[few * (4 * ThinSums.Pitch) + ofGroup];
                result.Store(group.Part, group.Batch, product.IsShortLeft != 0 ? few : many, product.IsShortLeft != 0 ? many : few, value);
            }
        }
    }
}

/// <summary>A thread's sums: of one or several lines of the short side with four of the long one. Lines beyond the last are sums of that one again.</summary>
interface IThinSums<TShort> where TShort : struct, ILineSource
{
    /// <summary>The lines, a constant and a power of two.</summary>
    int Lines { get; }

    /// <summary>Goes to a place of the lines from <paramref name="line"/> on, of <paramref name="lines"/>.</summary>
    void Begin(TShort source, int batch, int line, int lines, int place);

    /// <summary>Adds the products of four places with a block of the long side, and goes on by <paramref name="step"/> places.</summary>
    void MultiplyAdd(Block4x4 block, bool isByLine, int place, int end, int step);

    /// <summary>Stores the sums, those of a line <see cref="ThinSums.Pitch"/> after those of the one before.</summary>
    void Put(ArrayView<Float4> shared, int at);
}

static class ThinSums
{
    /// <summary>Threads of a group at most.</summary>
    public const int Pitch = 256;
}

struct OneLine<TShort> : IThinSums<TShort> where TShort : struct, ILineSource
{
    TShort _line;
    Float4 _sums;

    public readonly int Lines => 1;

    public void Begin(TShort source, int batch, int line, int lines, int place)
    {
        _line = source;
        _line.Begin(batch, IntrinsicMath.Min(line, lines - 1), place);
    }

    public void MultiplyAdd(Block4x4 block, bool isByLine, int place, int end, int step)
    {
        var values = _line.Next(place, end, step);
        if (isByLine)
        {
            _sums.X = AddDot(_sums.X, values, block.Row0);
            _sums.Y = AddDot(_sums.Y, values, block.Row1);
            _sums.Z = AddDot(_sums.Z, values, block.Row2);
            _sums.W = AddDot(_sums.W, values, block.Row3);
        }
        else
        {
            _sums.Add(values.X, block.Row0);
            _sums.Add(values.Y, block.Row1);
            _sums.Add(values.Z, block.Row2);
            _sums.Add(values.W, block.Row3);
        }
    }

    public readonly void Put(ArrayView<Float4> shared, int at) => shared[at] = _sums;

    static float AddDot(float sum, Float4 x, Float4 y)
    {
        sum += x.X * y.X;
        sum += x.Y * y.Y;
        sum += x.Z * y.Z;
        sum += x.W * y.W;
        return sum;
    }
}

struct TwoOf<THalf, TShort> : IThinSums<TShort> where THalf : struct, IThinSums<TShort> where TShort : struct, ILineSource
{
    THalf _first, _second;

    public readonly int Lines => 2 * _first.Lines;

    public void Begin(TShort source, int batch, int line, int lines, int place)
    {
        (_first, _second) = (default, default);
        _first.Begin(source, batch, line, lines, place);
        _second.Begin(source, batch, line + _first.Lines, lines, place);
    }

    public void MultiplyAdd(Block4x4 block, bool isByLine, int place, int end, int step)
    {
        _first.MultiplyAdd(block, isByLine, place, end, step);
        _second.MultiplyAdd(block, isByLine, place, end, step);
    }

    public readonly void Put(ArrayView<Float4> shared, int at)
    {
        _first.Put(shared, at);
        _second.Put(shared, at + ThinSums.Pitch * _first.Lines);
    }
}
