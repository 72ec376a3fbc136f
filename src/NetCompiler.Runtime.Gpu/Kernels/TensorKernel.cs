using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// 128 x 128 elements of a product for each group of 256 threads, by units that multiply small matrices: each of 8 warps has 64 x 32
/// of them in 64 registers a thread. Of three slabs in shared memory one is multiplied while two arrive. Results leave through shared
/// memory as well, so that they are stored in rows.
/// </summary>
struct TensorKernel<TUnit, TLeft, TRight, TEnd> : IGpuKernel<TensorKernel<TUnit, TLeft, TRight, TEnd>>
    where TUnit : struct, IMatrixUnit where TLeft : struct, ITensorSource where TRight : struct, ITensorSource where TEnd : struct, IGpuTileEnd
{
    public TUnit Unit;
    public TLeft Left;
    public TRight Right;
    public TEnd End;
    public int Rows, Columns, Terms, Parts, TermsOfPart;

    public static int GroupsPerMultiprocessor => 2;

    public static void Run(TensorKernel<TUnit, TLeft, TRight, TEnd> product)
    {
        // The only shared memory, which inline assembly knows by its name.
        var shared4 = SharedMemory.Allocate<Float4>(2 * TensorLayout.Stages * TensorLayout.Slab / 4);
        var shared = shared4.Cast<int>();
        const int slabs = TensorLayout.Stages * TensorLayout.Slab;

        int thread = Group.IdxX;
        var group = ProductGroup.Own(product.Rows, TensorLayout.Side, product.Columns, TensorLayout.Side, product.Parts);
        int row0 = group.Row * TensorLayout.Side, column0 = group.Column * TensorLayout.Side, batch = group.Batch, part = group.Part;
        int first = part * product.TermsOfPart, end = IntrinsicMath.Min(first + product.TermsOfPart, product.Terms);
        var unit = product.Unit;
        TLeft left = product.Left;
        TRight right = product.Right;
        int places = unit.PlacesOfWord * TensorLayout.Words;
        unit.Begin(thread);
        left.Begin(batch, row0, product.Rows, first, end, thread, unit.PlacesOfWord);
        right.Begin(batch, column0, product.Columns, first, end, thread, unit.PlacesOfWord);

        // The thread's lines and words in fragments: g is a row of 8, t a place of 4.
        int g = (thread & 31) / 4, t = thread & 3, warpRow = thread / 128, warpColumn = thread / 32 & 3;
        int left0 = left.IsByLine ? TensorLayout.ByLine(8 * warpRow + g, t) : TensorLayout.ByWord(8 * warpRow + g, t);
        int left1 = left.IsByLine ? TensorLayout.ByLine(8 * warpRow + g, t + 4) : TensorLayout.ByWord(8 * warpRow + g + 16, t);
        int right0 = slabs + (right.IsByLine ? TensorLayout.ByLine(8 * warpColumn + g, t) : TensorLayout.ByWord(8 * warpColumn + g, t));
        int right1 = slabs + (right.IsByLine ? TensorLayout.ByLine(8 * warpColumn + g, t + 4) : TensorLayout.ByWord(8 * warpColumn + g, t + 4));

        left.Request(ref unit, shared, 0);
        right.Request(ref unit, shared, slabs);
        left.Deliver(ref unit, shared, 0);
        right.Deliver(ref unit, shared, slabs);
        unit.Commit();
        left.Request(ref unit, shared, TensorLayout.Slab);
        right.Request(ref unit, shared, slabs + TensorLayout.Slab);
        left.Deliver(ref unit, shared, TensorLayout.Slab);
        right.Deliver(ref unit, shared, slabs + TensorLayout.Slab);
        unit.Commit();

        int slab = 0, target = 2 * TensorLayout.Slab;
        for (; first < end; first += places)
        {
            // Who passes the barrier has its own words of this slab there, and has done with the slab before, which is the next target.
            unit.Wait(shared);
            Group.Barrier();
            left.Request(ref unit, shared, target);
            right.Request(ref unit, shared, slabs + target);
            unit.Commit();

            // The second step is 8 words on: the third and fourth chunk of a line, or 8 rows of words.
            Load(ref unit, shared, left.IsByLine, left0, left1, right.IsByLine, right0, right1);
            unit.Multiply();
            Load(
                ref unit, shared,
                left.IsByLine, Second(left.IsByLine, left0), Second(left.IsByLine, left1),
                right.IsByLine, Second(right.IsByLine, right0), Second(right.IsByLine, right1));
            unit.Multiply();

            left.Deliver(ref unit, shared, target);
            right.Deliver(ref unit, shared, slabs + target);
            // Addresses are carried from slab to slab: what is not, ILGPU computes anew in each.
            int next = slab == 2 * TensorLayout.Slab ? -2 * TensorLayout.Slab : TensorLayout.Slab;
            slab += next;
            left0 += next;
            left1 += next;
            right0 += next;
            right1 += next;
            target = target == 2 * TensorLayout.Slab ? 0 : target + TensorLayout.Slab;
        }

        // Slabs beyond the last were requested as zeros: they must not arrive among the results.
        unit.WaitForAll(shared);
        Group.Barrier();
        int result = (8 * warpRow + g) * TensorLayout.ResultPitch + 8 * warpColumn + 2 * t;
        unit.StoreUpper(shared, result);
        Group.Barrier();
        Store(product, part, batch, row0, column0, thread, shared4);
        Group.Barrier();
        unit.StoreLower(shared, result);
        Group.Barrier();
        Store(product, part, batch, row0 + 64, column0, thread, shared4);
    }

    static int Second(bool isByLine, int place) => isByLine ? place ^ 8 : place + 8 * TensorLayout.Side;

    static void Load(ref TUnit unit, ArrayView<int> shared, bool isLeftByLine, int left0, int left1, bool isRightByLine, int right0, int right1)
    {
        if (isLeftByLine)
            unit.LoadLeftLines(shared, left0, left1);
        else
            unit.LoadLeftWords(shared, left0, left1);
        if (isRightByLine)
            unit.LoadRightLines(shared, right0, right1);
        else
            unit.LoadRightWords(shared, right0, right1);
    }

    // 64 rows from shared memory, of which a warp stores one at a time.
    static void Store(TensorKernel<TUnit, TLeft, TRight, TEnd> product, int part, int batch, int row0, int column0, int thread, ArrayView<Float4> results)
    {
        int column = thread & 31;
        if (column0 + 4 * column >= product.Columns)
            return;
        for (int row = thread / 32; row < 64; row += 8)
        {
            if (row0 + row < product.Rows)
                product.End.Store(part, batch, row0 + row, column0 + 4 * column, product.Columns, results[row * (TensorLayout.ResultPitch / 4) + column]);
        }
    }
}
