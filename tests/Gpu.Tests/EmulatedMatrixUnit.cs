using ILGPU;
using NetCompiler.Runtime.Gpu;

namespace NetCompiler.Gpu.Tests;

/// <summary>What a word of shared memory holds.</summary>
interface IWord
{
    int Places { get; }

    int Pack(float first, float second);

    /// <summary>A place of the word as the unit multiplies it.</summary>
    float Place(int word, int place);
}

/// <summary>A float that is rounded to 11 bits when it is used, ties away from zero.</summary>
struct Tf32Word : IWord
{
    public readonly int Places => 1;

    public readonly int Pack(float first, float second) => (int)Interop.FloatAsInt(first);

    public readonly float Place(int word, int place) => Interop.IntAsFloat((uint)((word + 0x1000) & ~0x1FFF));
}

/// <summary>Two bfloat16, ties to even.</summary>
struct BF16Word : IWord
{
    public readonly int Places => 2;

    public readonly int Pack(float first, float second) => (Round(first) >> 16 & 0xFFFF) | (Round(second) & ~0xFFFF);

    public readonly float Place(int word, int place) => Interop.IntAsFloat((uint)(place == 0 ? word << 16 : word & ~0xFFFF));

    static int Round(float value)
    {
        int bits = (int)Interop.FloatAsInt(value);
        return bits + 0x7FFF + (bits >> 16 & 1);
    }
}

/// <summary>Two float16, ties to even.</summary>
struct F16Word : IWord
{
    public readonly int Places => 2;

    public readonly int Pack(float first, float second) => Interop.FloatAsInt((ILGPU.Half)first) | Interop.FloatAsInt((ILGPU.Half)second) << 16;

    public readonly float Place(int word, int place) => (float)Interop.IntAsFloat((ushort)(place == 0 ? word : word >> 16));
}

/// <summary>
/// A tensor core in plain code: threads of a warp exchange fragments, which are those that PTX documents for mma.m16n8k8 and m16n8k16,
/// through memory, and what is requested arrives when it is waited for, not before.
/// </summary>
struct EmulatedMatrixUnit<TWord>(ArrayView<int> memory) : IMatrixUnit where TWord : struct, IWord
{
    // Of each thread: 16 and 8 words of fragments, 64 sums, and 16 requests of a place and four words.
    const int Right = 16, Sums = 24, Requests = 88, RequestSize = 5, MostRequests = 16;

    public const int Size = Requests + MostRequests * RequestSize;

    readonly ArrayView<int> _memory = memory;
    readonly TWord _word = new();
    int _thread, _own, _requested, _arrived, _endOfGroup, _endOfLast;

    public readonly int PlacesOfWord => _word.Places;

    public void Begin(int thread)
    {
        _thread = thread;
        _own = (((Grid.IdxZ * Grid.DimY + Grid.IdxY) * Grid.DimX + Grid.IdxX) * 256 + thread) * Size;
        for (int i = 0; i < 64; i++)
            _memory[_own + Sums + i] = 0;
    }

    public void Copy(ArrayView<int> shared, int at, ArrayView<Float4> values, int index, long address, int isInside)
    {
        Float4 four = default;
        if (isInside != 0)
            four = values[index];
        int request = _own + Requests + _requested % MostRequests * RequestSize;
        _memory[request] = at;
        _memory[request + 1] = _word.Pack(four.X, 0f);
        _memory[request + 2] = _word.Pack(four.Y, 0f);
        _memory[request + 3] = _word.Pack(four.Z, 0f);
        _memory[request + 4] = _word.Pack(four.W, 0f);
        // Until it arrives, what is there is wrong.
        for (int i = 0; i < 4; i++)
            shared[at + i] = 0x7F000000;
        _requested++;
    }

    public void Commit()
    {
        _endOfLast = _endOfGroup;
        _endOfGroup = _requested;
    }

    public void Wait(ArrayView<int> shared) => Arrive(shared, _endOfLast);

    public void WaitForAll(ArrayView<int> shared) => Arrive(shared, _requested);

    void Arrive(ArrayView<int> shared, int end)
    {
        for (; _arrived < end; _arrived++)
        {
            int request = _own + Requests + _arrived % MostRequests * RequestSize;
            for (int i = 0; i < 4; i++)
                shared[_memory[request] + i] = _memory[request + 1 + i];
        }
    }

    public readonly void Put(ArrayView<int> shared, int at, float first, float second) => shared[at] = _word.Pack(first, second);

    public readonly void Put4(ArrayView<int> shared, int at, Float4 first, Float4 second)
    {
        shared[at] = _word.Pack(first.X, second.X);
        shared[at + 1] = _word.Pack(first.Y, second.Y);
        shared[at + 2] = _word.Pack(first.Z, second.Z);
        shared[at + 3] = _word.Pack(first.W, second.W);
    }

    public readonly void LoadLeftLines(ArrayView<int> shared, int at0, int at1)
    {
        for (int i = 0; i < 16; i++)
            _memory[_own + i] = shared[(i / 2 % 2 == 0 ? at0 : at1) + MatrixFragments.LeftLines(i)];
    }

    public readonly void LoadLeftWords(ArrayView<int> shared, int at0, int at1)
    {
        for (int i = 0; i < 16; i++)
            _memory[_own + i] = shared[(i % 2 == 0 ? at0 : at1) + MatrixFragments.LeftWords(i)];
    }

    public readonly void LoadRightLines(ArrayView<int> shared, int at0, int at1)
    {
        for (int i = 0; i < 8; i++)
            _memory[_own + Right + i] = shared[(i % 2 == 0 ? at0 : at1) + MatrixFragments.RightLines(i)];
    }

    public readonly void LoadRightWords(ArrayView<int> shared, int at0, int at1)
    {
        for (int i = 0; i < 8; i++)
            _memory[_own + Right + i] = shared[(i % 2 == 0 ? at0 : at1) + MatrixFragments.RightWords(i)];
    }

    public readonly void Multiply()
    {
        Group.Barrier();
        int g = _thread % 32 / 4, t = _thread % 4, warp = _own - _thread % 32 * Size;
        for (int i = 0; i < 4; i++)
        {
            for (int j = 0; j < 4; j++)
            {
                for (int element = 0; element < 4; element++)
                {
                    // c0 and c1 are in row g, c2 and c3 in row g + 8, in columns 2 t and 2 t + 1.
                    int upper = element / 2, column = 2 * t + element % 2;
                    int at = _own + Sums + (4 * i + j) * 4 + element;
                    float sum = Interop.IntAsFloat((uint)_memory[at]);
                    for (int word = 0; word < 8; word++)
                    {
                        // a0 is word t of row g, a1 of row g + 8, a2 and a3 are word t + 4 of the same; b0 is word t of column g, b1 word t + 4.
                        int left = _memory[warp + (4 * g + word % 4) * Size + 4 * i + upper + word / 4 * 2];
                        int right = _memory[warp + (4 * column + word % 4) * Size + Right + 2 * j + word / 4];
                        for (int place = 0; place < _word.Places; place++)
                            sum += _word.Place(left, place) * _word.Place(right, place);
                    }
                    _memory[at] = (int)Interop.FloatAsInt(sum);
                }
            }
        }
        Group.Barrier();
    }

    public readonly void StoreUpper(ArrayView<int> shared, int at) => Store(shared, at, 0);

    public readonly void StoreLower(ArrayView<int> shared, int at) => Store(shared, at, 2);

    readonly void Store(ArrayView<int> shared, int at, int first)
    {
        for (int i = 0; i < 2; i++)
        {
            for (int j = 0; j < 4; j++)
            {
                for (int element = 0; element < 4; element++)
                    shared[at + MatrixFragments.Result(i, j, element)] = _memory[_own + Sums + (4 * (first + i) + j) * 4 + element];
            }
        }
    }
}

/// <summary>The distances, in words, from a thread's places in shared memory to the words of its fragments.</summary>
static class MatrixFragments
{
    // Fragment i / 4 has every fourth octet of lines; odd words are two octets further, words 2 and 3 four words.
    public static int LeftLines(int i) => (4 * (i / 4) + 2 * (i % 2)) * 8 * TensorLayout.Words;

    public static int LeftWords(int i) => 4 * (i / 4) * 8 + i / 2 % 2 * 4 * TensorLayout.Side;

    public static int RightLines(int i) => 4 * (i / 2) * 8 * TensorLayout.Words;

    public static int RightWords(int i) => 4 * (i / 2) * 8;

    public static int Result(int i, int j, int element) => (4 * i + 2 * (element / 2)) * 8 * TensorLayout.ResultPitch + 4 * j * 8 + element % 2;
}
