namespace NetCompiler.Runtime;

/// <summary>
/// The operands of one product, and the blocked algorithm of Goto and van de Geijn, "Anatomy of High-Performance Matrix
/// Multiplication" (2008), on a rectangle of C. An operand is read where it lies if its rows do not fight for the same places in the
/// cache; else it is copied into panels.
/// </summary>
/// <remarks>
/// Every element of C is a sum in the order of the depth within blocks of <see cref="DepthOfBlocks(nint)"/>, added block by block. Blocks depend
/// on the depth alone, so the result depends on neither the rectangle nor threads nor on who packed the operands.
/// </remarks>
readonly unsafe struct GemmProduct<T, TA, TB>
    where T : unmanaged
    where TA : struct, IGemmOperand<T>
    where TB : struct, IGemmOperand<T>
{
    // Long sums read and write C seldom; a panel of A of this depth still leaves room for one of B in the first-level cache.
    const int DepthBlockBytes = 512 * 4;

    // The packed blocks of A and B share the second-level cache.
    const int BlockBytesA = 512 << 10;
    const int BlockBytesB = 1 << 20;

    // Where the ways to read B change.
    const int SmallBytesB = 512 << 10;
    const int LargeBytesB = 32 << 20;
    const int CopyingRows = 400;

    public required nint M { get; init; }

    public required nint N { get; init; }

    public required nint K { get; init; }

    public required TA A { get; init; }

    public required TB B { get; init; }

    /// <summary>The result; null if the epilogue owns it.</summary>
    public required Pointer<T> C { get; init; }

    public required nint StrideC { get; init; }

    public required bool Accumulate { get; init; }

    /// <summary>How to cut it; by default as the sizes suggest. All of an operand that is packed has its own order.</summary>
    public GemmBlocking Blocking { get; init; }

    nint DepthBlock => Blocking.Depth == 0 ? DepthOfBlocks(K) : DepthOfBlocks(K, Blocking.Depth);

    /// <summary>All of A as <see cref="PrepackA{TLanes}"/> left it, if many products share it; else null.</summary>
    public Pointer<T> PackedA { get; init; }

    /// <summary>All of B as <see cref="PrepackB{TLanes}"/> left it; else null, and then B itself is read.</summary>
    public Pointer<T> PackedB { get; init; }

    /// <summary>The elements that <see cref="PrepackA{TLanes}"/> writes at most.</summary>
    public nint PackedSizeA => M * K + GemmPacking.Slack;

    /// <summary>The depth of the blocks that a sum of <paramref name="k"/> terms is cut into: nearly equal, in whole cache lines.</summary>
    public static nint DepthOfBlocks(nint k) => DepthOfBlocks(k, DepthBlockBytes / sizeof(T));

    static nint DepthOfBlocks(nint k, nint largest)
    {
        nint blocks = (k + largest - 1) / largest;
        return ((k + blocks - 1) / blocks + 15) / 16 * 16;
    }

    /// <summary>The elements that <see cref="PrepackB{TLanes}"/> writes for a depth of 1.</summary>
    public static nint PackedWidthB<TLanes>(nint n) where TLanes : struct, ILanes<TLanes, T> => (n + TLanes.Count - 1) / TLanes.Count * TLanes.Count;

    /// <summary>Packs all of A, for products over all rows of C that have the same A, M and K.</summary>
    public void PrepackA<TLanes>(Pointer<T> packed) where TLanes : struct, ILanes<TLanes, T>
    {
        nint depthBlock = DepthOfBlocks(K);
        var panels = PanelsOfPackedA<TLanes>(M);
        for (nint p = 0; p < K; p += depthBlock)
            PackA(0, panels, 0, panels.Count, p, Math.Min(depthBlock, K - p), (T*)packed.Address + p * M);
    }

    /// <summary>
    /// Packs columns <paramref name="column"/> … of B, a multiple of <see cref="GemmTiles{TLanes, T}.PackedColumns"/>, for products of any M: block by
    /// block of the depth, and in it by panels of the widest tile, of which narrower ones take a part.
    /// </summary>
    public void PrepackB<TLanes>(nint column, nint columns, Pointer<T> packed) where TLanes : struct, ILanes<TLanes, T>
    {
        nint depthBlock = DepthOfBlocks(K), paddedN = PackedWidthB<TLanes>(N);
        var panels = GemmCut.Every((columns + TLanes.Count - 1) / TLanes.Count, GemmTiles<TLanes, T>.MaximumVectors);
        for (nint p = 0; p < K; p += depthBlock)
        {
            nint depth = Math.Min(depthBlock, K - p);
            PackB<TLanes>(p, depth, column, columns, (T*)packed.Address + p * paddedN + column * depth, panels);
        }
    }

    /// <summary>Computes rows <paramref name="row"/> … and columns <paramref name="column"/> … of C, for a depth of at least 1.</summary>
    public void Run<TLanes, TEpilogue>(nint row, nint rows, nint column, nint columns, in TEpilogue epilogue)
        where TLanes : struct, ILanes<TLanes, T>
        where TEpilogue : struct, ITileEpilogue
    {
        // All rows read a panel of packed columns before the next one: so many that they stay in the cache meanwhile.
        nint most = Math.Max(1, BlockBytesA / 2 / sizeof(T) / Math.Min(K, DepthBlock));
        if (PackedB.Address == 0 || rows <= most || StaysInCache(columns))
        {
            RunRows<TLanes, TEpilogue>(row, rows, column, columns, columnsOfPackedFirst: rows <= most, epilogue);
            return;
        }
        var slabs = GemmCut.Evenly(rows, most);
        for (nint slab = 0; slab < slabs.Count; slab++)
            RunRows<TLanes, TEpilogue>(row + slabs.Start(slab), slabs.Size(slab), column, columns, columnsOfPackedFirst: true, epilogue);
    }

    bool StaysInCache(nint columns) => columns * K * sizeof(T) <= BlockBytesB;

    void RunRows<TLanes, TEpilogue>(nint row, nint rows, nint column, nint columns, bool columnsOfPackedFirst, in TEpilogue epilogue)
        where TLanes : struct, ILanes<TLanes, T>
        where TEpilogue : struct, ITileEpilogue
    {
        int lanes = TLanes.Count;
        nint depthBlock = DepthBlock, vectors = (columns + lanes - 1) / lanes;
        bool prepackedA = PackedA.Address != 0, prepackedB = PackedB.Address != 0;
        int tileVectors = prepackedA ? 2 : prepackedB ? GemmTiles<TLanes, T>.VectorsOfPacked(rows)
            : Blocking.Vectors > 0 ? (int)Math.Min(Blocking.Vectors, vectors) : GemmTiles<TLanes, T>.VectorsFor(rows, vectors);
        var panels = prepackedA ? PanelsOfPackedA<TLanes>(rows) : GemmCut.Evenly(rows, GemmTiles<TLanes, T>.MaximumRows(tileVectors));
        nint widest = Math.Max(1, BlockBytesB / sizeof(T) / depthBlock / lanes / MaximumVectors<TLanes>()) * MaximumVectors<TLanes>();

        T* a = A.InPlace(out nint strideA, out bool alongDepthA), b = B.InPlace(out nint strideB, out bool alongDepthB);
        bool inPlaceA = !prepackedA && a != null && ReadsInPlaceA(strideA, alongDepthA, panels, vectors);
        bool wholeA = !inPlaceA && !prepackedA && rows * depthBlock * sizeof(T) <= BlockBytesA;
        bool anyA = inPlaceA || prepackedA || wholeA;
        bool runsAcrossB = !prepackedB && b != null && !alongDepthB;
        bool copiesB = !TEpilogue.OwnsResult && runsAcrossB && anyA && Blocking.Vectors == 0 && CopiesB(strideB, rows, columns, panels);
        bool inPlaceB = copiesB || (runsAcrossB && (Blocking.Vectors > 0 ? !Blocking.CopiesB : ReadsInPlaceB(strideB, Math.Min(depthBlock, K), columns, panels)));

        // Packed weights may come from memory: each of their panels is read once, by all rows, while the next is fetched.
        bool columnsFirst = (prepackedB && anyA && columnsOfPackedFirst) || copiesB;
        var blocks = columnsFirst || inPlaceB ? GemmCut.Every(vectors, vectors) : prepackedB ? GemmCut.Every(vectors, widest) : GemmCut.Evenly(vectors, widest);
        T* packedA = prepackedA || inPlaceA ? null : (T*)Scratch.Get<T>(ScratchUse.PackedA, (wholeA ? rows : panels.Largest) * depthBlock + GemmPacking.Slack).Address;
        T* packedB = prepackedB || (inPlaceB && !copiesB) ? null : (T*)Scratch.Get<T>(ScratchUse.PackedB, (copiesB ? tileVectors : blocks.Largest) * lanes * depthBlock + GemmPacking.Slack).Address;

        var tiles = new GemmBlock<TLanes, T>
        {
            ReadsRows = inPlaceA && alongDepthA, StrideA = inPlaceA ? strideA : 0, StrideC = StrideC,
            StrideB = inPlaceB ? strideB : 0, PackedWidthB = prepackedB ? PackedWidthB<TLanes>(N) : 0, CopyB = copiesB ? packedB : null, Fetches = prepackedB && columnsFirst && tileVectors == GemmTiles<TLanes, T>.MaximumVectors && N * K * sizeof(T) > BlockBytesB,
        };

        // Of a result that nobody else sees one panel is there at a time, unless more is added to it later.
        bool panelsOnly = TEpilogue.OwnsResult && K <= depthBlock;
        T* c = TEpilogue.OwnsResult ? (T*)Scratch.Get<T>(ScratchUse.ProductRows, (panelsOnly ? panels.Largest : rows) * StrideC).Address : (T*)C.Address + row * StrideC;
        for (nint p = 0; p < K; p += depthBlock)
        {
            nint depth = Math.Min(depthBlock, K - p);
            bool last = p + depth == K;
            tiles.Depth = depth;
            tiles.Accumulate = Accumulate || p > 0;
            if (wholeA)
                PackA(row, panels, 0, panels.Count, p, depth, packedA);
            tiles.PitchA = inPlaceA ? alongDepthA ? strideA : 1 : anyA ? depth : 0;
            tiles.A = prepackedA ? (T*)PackedA.Address + p * M : !inPlaceA ? packedA : alongDepthA ? a + row * strideA + p : a + p * strideA + row;
            for (nint block = 0; block < blocks.Count; block++)
            {
                nint start = column + blocks.Start(block) * lanes, blockVectors = blocks.Size(block), width = Math.Min(column + columns - start, blockVectors * lanes);
                var tileCut = prepackedB ? GemmCut.Every(blockVectors, tileVectors) : GemmCut.Evenly(blockVectors, tileVectors);
                if (packedB != null && !copiesB)
                    PackB<TLanes>(p, depth, start, width, packedB, tileCut);
                tiles.B = prepackedB ? (T*)PackedB.Address + p * tiles.PackedWidthB : inPlaceB ? b + p * strideB + start : packedB;
                tiles.C = c + start;
                tiles.FirstColumn = start;
                tiles.Width = width;
                if (columnsFirst)
                {
                    for (nint j = 0; j < tileCut.Count; j++)
                    {
                        for (nint i = 0; i < panels.Count; i++)
                            tiles.Multiply(panels, i, tileCut, j);
                        if (!TEpilogue.IsNone && last)
                            epilogue.Run(row, rows, start + tileCut.Start(j) * lanes, Math.Min(tileCut.Size(j) * lanes, width - tileCut.Start(j) * lanes));
                    }
                    continue;
                }
                for (nint i = 0; i < panels.Count; i++)
                {
                    if (!anyA)
                        PackA(row, panels, i, i + 1, p, depth, packedA);
                    nint first = row + panels.Start(i);
                    if (panelsOnly)
                        tiles.C = c + start - panels.Start(i) * StrideC;
                    for (nint j = 0; j < tileCut.Count; j++)
                    {
                        // Read from memory while this is computed.
                        if (TEpilogue.OwnsResult && last)
                            epilogue.Fetch(first, panels.Size(i), start + tileCut.Start(j) * lanes, Math.Min(tileCut.Size(j) * lanes, width - tileCut.Start(j) * lanes));
                        tiles.Multiply(panels, i, tileCut, j);
                    }
                    if (TEpilogue.IsNone || !last)
                        continue;
                    if (TEpilogue.OwnsResult)
                        epilogue.Take((nint)(c - (panelsOnly ? first : row) * StrideC), first, panels.Size(i), start, width);
                    else
                        epilogue.Run(first, panels.Size(i), start, width);
                }
            }
        }
    }

    static int MaximumVectors<TLanes>() where TLanes : struct, ILanes<TLanes, T> => GemmTiles<TLanes, T>.MaximumVectors;

    static GemmCut PanelsOfPackedA<TLanes>(nint rows) where TLanes : struct, ILanes<TLanes, T> => GemmCut.Evenly(rows, GemmTiles<TLanes, T>.MaximumRows(2));

    // Lines that lie a page apart share their places in the first-level cache, which holds a dozen of them.
    static bool Collides(nint stride) => stride * sizeof(T) % 4096 == 0;

    // Each row of A that is transposed into a panel costs about as much as multiplying it by a few vectors of B.
    static bool ReadsInPlaceA(nint stride, bool alongDepth, in GemmCut panels, nint vectors) =>
        alongDepth ? vectors <= 64 && (panels.Largest <= 6 || !Collides(stride)) : vectors <= 8;

    // Few rows: the first panel copies the columns that it reads for the others, which fetch the next meanwhile. Each step of the depth is
    // on a page of its own, so that a large matrix, whose pages the processor forgets, is better copied row by row.
    bool CopiesB(nint stride, nint rows, nint columns, in GemmCut panels) =>
        panels.Count > 2 && rows <= CopyingRows && !Collides(stride) && columns * K * sizeof(T) is > SmallBytesB and <= LargeBytesB;

    static bool ReadsInPlaceB(nint stride, nint depth, nint columns, in GemmCut panels) =>
        panels.Count <= 2 || (!Collides(stride) && columns * depth * sizeof(T) <= BlockBytesB);

    void PackA(nint row, in GemmCut panels, nint begin, nint end, nint p, nint depth, T* packed)
    {
        nint origin = panels.Start(begin);
        for (nint panel = begin; panel < end; panel++)
        {
            nint start = panels.Start(panel);
            int rows = (int)panels.Size(panel);
            A.Pack(row + start, rows, rows, p, depth, packed + (start - origin) * depth);
        }
    }

    void PackB<TLanes>(nint p, nint depth, nint column, nint width, T* packed, in GemmCut tiles) where TLanes : struct, ILanes<TLanes, T>
    {
        int lanes = TLanes.Count;
        nint stepsAtOnce = Math.Min(depth, B.StepsPackedAtOnce);
        for (nint done = 0; done < depth; done += stepsAtOnce)
        {
            nint steps = Math.Min(stepsAtOnce, depth - done);
            for (nint tile = 0; tile < tiles.Count; tile++)
            {
                nint start = tiles.Start(tile) * lanes;
                int padded = (int)tiles.Size(tile) * lanes, columns = (int)Math.Min(padded, width - start);
                B.Pack(column + start, columns, padded, p + done, steps, packed + start * depth + done * padded);
            }
        }
    }
}
