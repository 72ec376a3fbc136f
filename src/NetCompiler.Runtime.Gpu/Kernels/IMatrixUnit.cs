using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// What multiplies small matrices for the 32 threads of a warp together, as tensor cores of NVIDIA do: 16 x 8 sums at a time, of which
/// each thread holds fragments as PTX documents them for mma.m16n8k8 and m16n8k16. A warp has 4 x 4 of them. Shared memory holds words
/// of 32 bits, one or two places of a sum each; a step is 8 words deep.
/// </summary>
interface IMatrixUnit
{
    /// <summary>Places of the sum in a word: 1, or 2 of 16 bits.</summary>
    int PlacesOfWord { get; }

    /// <summary>Sets the sums to 0.</summary>
    void Begin(int thread);

    /// <summary>Requests four floats, or zeros, for the words from <paramref name="at"/> on: element <paramref name="index"/> of <paramref name="values"/>, whose first is at <paramref name="address"/>; an element outside is not read.</summary>
    void Copy(ArrayView<int> shared, int at, ArrayView<Float4> values, int index, long address, int isInside);

    /// <summary>Ends a group of requests.</summary>
    void Commit();

    /// <summary>Waits for the thread's requests of all groups but the last.</summary>
    void Wait(ArrayView<int> shared);

    /// <summary>Waits for all of the thread's requests.</summary>
    void WaitForAll(ArrayView<int> shared);

    /// <summary>Stores a word: one place, or a second one in its upper half.</summary>
    void Put(ArrayView<int> shared, int at, float first, float second);

    /// <summary>Stores four words.</summary>
    void Put4(ArrayView<int> shared, int at, Float4 first, Float4 second);

    /// <summary>Loads the left factor's fragments of a step: from <see cref="TensorLayout"/>'s two places for lines.</summary>
    void LoadLeftLines(ArrayView<int> shared, int at0, int at1);

    /// <summary>The same from the two places for words.</summary>
    void LoadLeftWords(ArrayView<int> shared, int at0, int at1);

    /// <inheritdoc cref="LoadLeftLines"/>
    void LoadRightLines(ArrayView<int> shared, int at0, int at1);

    /// <inheritdoc cref="LoadLeftWords"/>
    void LoadRightWords(ArrayView<int> shared, int at0, int at1);

    /// <summary>Adds the products of the loaded fragments to the sums.</summary>
    void Multiply();

    /// <summary>Stores the sums of the group's upper 64 rows, from the thread's place on in rows of <see cref="TensorLayout.ResultPitch"/>.</summary>
    void StoreUpper(ArrayView<int> shared, int at);

    /// <summary>The same for the lower 64 rows.</summary>
    void StoreLower(ArrayView<int> shared, int at);
}

/// <summary>
/// Where the words of a slab of 128 lines x 16 words lie in shared memory: line by line, or word by word. Exclusive ors spread what a warp
/// loads at once, 8 lines x 4 words, over all 32 banks, and so what it stores.
/// </summary>
/// <remarks>
/// By lines, a thread's words of line g are in bank 16 (g mod 2) + 4 (chunk xor (g / 2)) + t, by words in 8 (octet xor t) + g, for g = 0 .. 7
/// and t = 0 .. 3. Octets of 8 lines go around: warp rows have octets a, a + 2, a + 4 .., warp columns b, b + 4, b + 8 .., so that fragments
/// are at constant distances.
/// </remarks>
static class TensorLayout
{
    /// <summary>Rows and columns of a group.</summary>
    public const int Side = 128;

    /// <summary>Words of a line in a slab.</summary>
    public const int Words = 16;

    /// <summary>Words of a slab.</summary>
    public const int Slab = Side * Words;

    /// <summary>Slabs of a factor: one is multiplied, two are on their way. With those of the other factor they are 48 KB.</summary>
    public const int Stages = 3;

    /// <summary>From a row of results to the next in shared memory: 8 more than a multiple of 32, so that 4 rows of pairs do not meet in a bank.</summary>
    public const int ResultPitch = 136;

    /// <summary>The place of a word by lines.</summary>
    public static int ByLine(int line, int word) => line * Words + (word / 4 ^ (line / 2 & 3)) * 4 + (word & 3);

    /// <summary>The place of a word by words.</summary>
    public static int ByWord(int line, int word) => word * Side + ((line / 8 & 3) ^ (word & 3)) * 8 + (line & 7) + line / 32 * 32;
}
