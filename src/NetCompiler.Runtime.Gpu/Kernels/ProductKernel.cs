using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// A tile of a product for each group of 256 threads: a slab of terms at a time is brought into shared memory, from which each thread
/// multiplies blocks of 4 x 4 elements in registers, while the next slab is on its way. The terms of an element are added in their
/// order; with several parts each part of the sum is a product of its own, in <c>batch x parts</c>.
/// </summary>
struct ProductKernel<TTile, TLeft, TRight, TEnd> : IGpuKernel<ProductKernel<TTile, TLeft, TRight, TEnd>>
    where TTile : struct, IProductTile where TLeft : struct, ISlabSource where TRight : struct, ISlabSource where TEnd : struct, IGpuTileEnd
{
    public TLeft Left;
    public TRight Right;
    public TEnd End;
    public int Rows, Columns, Terms, Parts, TermsOfPart;

    public static int GroupsPerMultiprocessor => default(TTile).GroupsPerMultiprocessor;

    public static void Run(ProductKernel<TTile, TLeft, TRight, TEnd> product)
    {
        TTile tile = default;
        var leftSlabs = tile.AllocateLeft();
        var rightSlabs = tile.AllocateRight();
        int leftSlab = tile.Depth * (tile.Rows + ProductThreads.Padding), rightSlab = tile.Depth * (tile.Columns + ProductThreads.Padding);

        int thread = Group.IdxX;
        var group = ProductGroup.Own(product.Rows, tile.Rows, product.Columns, tile.Columns, product.Parts);
        int row0 = group.Row * tile.Rows, column0 = group.Column * tile.Columns, batch = group.Batch, part = group.Part;
        int first = part * product.TermsOfPart, end = IntrinsicMath.Min(first + product.TermsOfPart, product.Terms);
        int rowQuad = ProductThreads.RowQuad(thread), columnQuad = ProductThreads.ColumnQuad(thread);

        // A second cursor costs nothing where the first fetches a slab: its uses are never reached.
        TLeft left0 = product.Left, left1 = product.Left;
        TRight right0 = product.Right, right1 = product.Right;
        left0.Begin(batch, row0, product.Rows, first, thread, tile.Rows, tile.Depth);
        right0.Begin(batch, column0, product.Columns, first, thread, tile.Columns, tile.Depth);
        if (tile.Rows * tile.Depth > 4 * ProductThreads.Count)
            left1.Begin(batch, row0, product.Rows, first, thread + ProductThreads.Count, tile.Rows, tile.Depth);
        if (tile.Columns * tile.Depth > 4 * ProductThreads.Count)
            right1.Begin(batch, column0, product.Columns, first, thread + ProductThreads.Count, tile.Columns, tile.Depth);

        Float4 nextLeft0 = left0.Fetch(end, tile.Rows, tile.Depth), nextRight0 = right0.Fetch(end, tile.Columns, tile.Depth);
        Float4 nextLeft1 = default, nextRight1 = default;
        if (tile.Rows * tile.Depth > 4 * ProductThreads.Count)
            nextLeft1 = left1.Fetch(end, tile.Rows, tile.Depth);
        if (tile.Columns * tile.Depth > 4 * ProductThreads.Count)
            nextRight1 = right1.Fetch(end, tile.Columns, tile.Depth);

        int leftAt = 0, rightAt = 0;
        while (true)
        {
            left0.Put(leftSlabs, leftAt, nextLeft0, tile.Rows, tile.Depth);
            right0.Put(rightSlabs, rightAt, nextRight0, tile.Columns, tile.Depth);
            if (tile.Rows * tile.Depth > 4 * ProductThreads.Count)
                left1.Put(leftSlabs, leftAt, nextLeft1, tile.Rows, tile.Depth);
            if (tile.Columns * tile.Depth > 4 * ProductThreads.Count)
                right1.Put(rightSlabs, rightAt, nextRight1, tile.Columns, tile.Depth);
            // One barrier for a slab: who passes it has done with the slab before, which is the next to be overwritten.
            Group.Barrier();

            first += tile.Depth;
            nextLeft0 = left0.Fetch(end, tile.Rows, tile.Depth);
            nextRight0 = right0.Fetch(end, tile.Columns, tile.Depth);
            if (tile.Rows * tile.Depth > 4 * ProductThreads.Count)
                nextLeft1 = left1.Fetch(end, tile.Rows, tile.Depth);
            if (tile.Columns * tile.Depth > 4 * ProductThreads.Count)
                nextRight1 = right1.Fetch(end, tile.Columns, tile.Depth);

            int leftQuad = leftAt / 4 + rowQuad, rightQuad = rightAt / 4 + columnQuad;
            for (int step = 0; step < tile.Depth; step += tile.Steps)
            {
                tile.Multiply(leftSlabs, leftQuad, rightSlabs, rightQuad);
                leftQuad += tile.Steps * ((tile.Rows + ProductThreads.Padding) / 4);
                rightQuad += tile.Steps * ((tile.Columns + ProductThreads.Padding) / 4);
            }
            if (first >= end)
                break;
            leftAt = leftSlab - leftAt;
            rightAt = rightSlab - rightAt;
        }
        tile.Store(product.End, part, batch, row0 + 4 * rowQuad, column0 + 4 * columnQuad, product.Rows, product.Columns);
    }
}
