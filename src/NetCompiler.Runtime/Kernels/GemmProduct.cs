namespace NetCompiler.Runtime;

/// <summary>
/// The operands of one product, and the blocked algorithm of Goto and van de Geijn, "Anatomy of High-Performance Matrix
/// Multiplication" (2008), on a rectangle of C.
/// </summary>
/// <remarks>
/// Every element of C is a sum in the order of the depth within blocks of <see cref="DepthBlock"/>, added block by block. The depth is
/// never split otherwise, so the result does not depend on the rectangle or on threads.
/// </remarks>
readonly unsafe struct GemmProduct<T, TA, TB>
    where T : unmanaged
    where TA : struct, IGemmOperand<T>
    where TB : struct, IGemmOperand<T>
{
    // A packed panel of A stays in the first-level cache while the panels of B pass by from the second.
    const int DepthBlockBytes = 256 * 4;

    // The packed blocks of A and B share the second-level cache.
    const int BlockBytesA = 256 << 10;
    const int BlockBytesB = 1 << 20;

    public required nint M { get; init; }

    public required nint N { get; init; }

    public required nint K { get; init; }

    public required TA A { get; init; }

    public required TB B { get; init; }

    public required Pointer<T> C { get; init; }

    public required nint StrideC { get; init; }

    public required bool Accumulate { get; init; }

    /// <summary>All of A as <see cref="PrepackA{TLanes}"/> left it, if many products share it; else null.</summary>
    public Pointer<T> PackedA { get; init; }

    // Blocks of nearly equal size, so that no short one is left over; whole lines, so that operands are cut where vectors are.
    nint DepthBlock
    {
        get
        {
            nint largest = DepthBlockBytes / sizeof(T), blocks = (K + largest - 1) / largest;
            return ((K + blocks - 1) / blocks + 15) / 16 * 16;
        }
    }

    /// <summary>The elements that <see cref="PrepackA{TLanes}"/> writes at most.</summary>
    public nint PackedSizeA => M * K + GemmPacking.Slack;

    /// <summary>Packs all of A, for products over all rows of C that have the same A, M and K.</summary>
    public void PrepackA<TLanes>(Pointer<T> packed) where TLanes : struct, ILanes<TLanes, T>
    {
        nint depthBlock = DepthBlock, rowBlock = RowBlock<TLanes>(depthBlock);
        for (nint p = 0; p < K; p += depthBlock)
            for (nint i = 0; i < M; i += rowBlock)
            {
                nint depth = Math.Min(depthBlock, K - p);
                PackA<TLanes>(p, depth, i, Math.Min(rowBlock, M - i), (T*)packed.Address + p * M + i * depth);
            }
    }

    /// <summary>Computes rows <paramref name="row"/> … and columns <paramref name="column"/> … of C, for a depth of at least 1.</summary>
    public void Run<TLanes>(nint row, nint rows, nint column, nint columns) where TLanes : struct, ILanes<TLanes, T>
    {
        int lanes = TLanes.Count, panelWidth = lanes * GemmTiles<TLanes, T>.MaximumVectors;
        nint depthBlock = DepthBlock, rowBlock = RowBlock<TLanes>(depthBlock);
        nint columnBlock = Math.Max(1, BlockBytesB / sizeof(T) / depthBlock / panelWidth) * panelWidth;

        // With few rows each panel of B is used too seldom for its copy to pay.
        bool inPlaceB = rows <= 5 * GemmTiles<TLanes, T>.MaximumRows && B.InPlace(0, 0, out _) != null;
        bool prepackedA = PackedA.Address != 0;
        T* packedA = prepackedA ? null : (T*)Scratch.Get<T>(ScratchUse.PackedA, Math.Min(rowBlock, rows) * depthBlock + GemmPacking.Slack).Address;
        var packedB = (T*)Scratch.Get<T>(ScratchUse.PackedB, (Math.Min(columnBlock, columns) + lanes) * depthBlock + GemmPacking.Slack).Address;

        for (nint j = 0; j < columns; j += columnBlock)
        {
            nint width = Math.Min(columnBlock, columns - j);
            for (nint p = 0; p < K; p += depthBlock)
            {
                nint depth = Math.Min(depthBlock, K - p);
                PackB<TLanes>(p, depth, column + j, width, packedB, inPlaceB);
                for (nint i = 0; i < rows; i += rowBlock)
                {
                    nint height = Math.Min(rowBlock, rows - i);
                    if (prepackedA)
                        packedA = (T*)PackedA.Address + p * M + i * depth;
                    else
                        PackA<TLanes>(p, depth, row + i, height, packedA);
                    MultiplyBlock<TLanes>(row + i, height, column + j, width, p, depth, packedA, packedB, inPlaceB);
                }
            }
        }
    }

    static nint RowBlock<TLanes>(nint depthBlock) where TLanes : struct, ILanes<TLanes, T>
    {
        int rows = GemmTiles<TLanes, T>.MaximumRows;
        return Math.Max(1, BlockBytesA / sizeof(T) / depthBlock / rows) * rows;
    }

    void PackA<TLanes>(nint p, nint depth, nint row, nint height, T* packed) where TLanes : struct, ILanes<TLanes, T>
    {
        var panels = new Panels(height, GemmTiles<TLanes, T>.MaximumRows);
        for (nint panel = 0; panel < panels.Count; panel++)
        {
            nint start = panels.Start(panel);
            int rows = panels.Size(panel);
            A.Pack(row + start, rows, rows, p, depth, packed + start * depth);
        }
    }

    // Only what cannot be read in place, if the rest can.
    void PackB<TLanes>(nint p, nint depth, nint column, nint width, T* packed, bool onlyEdge) where TLanes : struct, ILanes<TLanes, T>
    {
        int lanes = TLanes.Count, panelWidth = lanes * GemmTiles<TLanes, T>.MaximumVectors;
        nint firstPanel = onlyEdge ? width / lanes * lanes : 0, stepsAtOnce = Math.Min(depth, B.StepsPackedAtOnce);
        for (nint done = 0; done < depth; done += stepsAtOnce)
        {
            nint steps = Math.Min(stepsAtOnce, depth - done);
            for (nint start = firstPanel; start < width; start += panelWidth)
            {
                int columns = (int)Math.Min(panelWidth, width - start), padded = (columns + lanes - 1) / lanes * lanes;
                B.Pack(column + start, columns, padded, p + done, steps, packed + start * depth + done * padded);
            }
        }
    }

    void MultiplyBlock<TLanes>(nint row, nint height, nint column, nint width, nint p, nint depth, T* packedA, T* packedB, bool inPlaceB)
        where TLanes : struct, ILanes<TLanes, T>
    {
        int lanes = TLanes.Count;
        bool accumulate = Accumulate || p > 0;
        var panels = new Panels(height, GemmTiles<TLanes, T>.MaximumRows);
        for (nint panel = 0; panel < panels.Count; panel++)
        {
            nint first = panels.Start(panel);
            int rows = panels.Size(panel), vectors;
            T* a = packedA + first * depth;
            T* c = (T*)C.Address + (row + first) * StrideC + column;
            for (nint start = 0; start < width; start += vectors * lanes)
            {
                // In place, whole vectors and the packed rest never share a panel.
                nint left = width - start, strideB;
                vectors = left > lanes && (left >= 2 * lanes || !inPlaceB) ? 2 : 1;
                int columns = (int)Math.Min(vectors * lanes, left);
                bool whole = columns == vectors * lanes;
                T* b = packedB + start * depth;
                strideB = vectors * lanes;
                if (inPlaceB && whole)
                    b = B.InPlace(column + start, p, out strideB);
                if (whole)
                    GemmTiles<TLanes, T>.Of(rows, vectors)(depth, a, b, strideB, c + start, StrideC, accumulate);
                else
                    MultiplyEdge<TLanes>(depth, a, b, strideB, c + start, rows, columns, vectors, accumulate);
            }
        }
    }

    // Columns that do not fill their vectors: the tile goes to memory of its own, from which C takes what it has.
    void MultiplyEdge<TLanes>(nint depth, T* a, T* b, nint strideB, T* c, int rows, int columns, int vectors, bool accumulate)
        where TLanes : struct, ILanes<TLanes, T>
    {
        int width = vectors * TLanes.Count;
        var tile = (T*)Scratch.Get<T>(ScratchUse.EdgeTile, rows * width).Address;
        if (accumulate)
            for (int r = 0; r < rows; r++)
                new Span<T>(c + r * StrideC, columns).CopyTo(new Span<T>(tile + r * width, columns));
        GemmTiles<TLanes, T>.Of(rows, vectors)(depth, a, b, strideB, tile, width, accumulate);
        for (int r = 0; r < rows; r++)
            new Span<T>(tile + r * width, columns).CopyTo(new Span<T>(c + r * StrideC, columns));
    }

    // Rows cut into panels of nearly equal height: a lone low panel would waste the registers of a high one.
    readonly struct Panels(nint rows, int maximum)
    {
        public nint Count { get; } = (rows + maximum - 1) / maximum;

        public nint Start(nint panel) => rows / Count * panel + Math.Min(panel, rows % Count);

        public int Size(nint panel) => (int)(rows / Count + (panel < rows % Count ? 1 : 0));
    }
}
