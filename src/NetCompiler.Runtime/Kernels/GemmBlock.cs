namespace NetCompiler.Runtime;

/// <summary>One block of the depth of a rectangle of C: where its tiles find their operands.</summary>
unsafe struct GemmBlock<TLanes, T> where TLanes : struct, ILanes<TLanes, T> where T : unmanaged
{
    /// <summary>The length of the sums.</summary>
    public nint Depth;

    /// <summary>Whether they are added to C.</summary>
    public bool Accumulate;

    /// <summary>The block's first row of A, and the elements from there to the next.</summary>
    public T* A;

    /// <inheritdoc cref="A"/>
    public nint PitchA;

    /// <summary>The stride of A if it is read in place; 0 if it is packed.</summary>
    public nint StrideA;

    /// <summary>Whether rows of A are read in place.</summary>
    public bool ReadsRows;

    /// <summary>The block's columns of B: in place, packed for these tiles, or all columns as they are packed once for many products.</summary>
    public T* B;

    /// <summary>The stride of B if it is read in place; else 0.</summary>
    public nint StrideB;

    /// <summary>Where the first panel copies a tile's columns of B, which it reads in place, for the others; else null.</summary>
    public T* CopyB;

    /// <summary>The columns of all of B with their padding if all of it is packed; else 0.</summary>
    public nint PackedWidthB;

    /// <summary>Whether to fetch the next tile's columns of B meanwhile.</summary>
    public bool Fetches;

    /// <summary>The first element of C.</summary>
    public T* C;

    /// <summary>Elements from one row of C to the next.</summary>
    public nint StrideC;

    /// <summary>The block's first column within C.</summary>
    public nint FirstColumn;

    /// <summary>The block's columns.</summary>
    public nint Width;

    /// <summary>The tile of panel <paramref name="i"/> of A and tile <paramref name="j"/> of the columns, cut in vectors.</summary>
    public readonly void Multiply(in GemmCut panels, nint i, in GemmCut tiles, nint j)
    {
        int lanes = TLanes.Count, vectors = (int)tiles.Size(j), rows = (int)panels.Size(i);
        nint row = panels.Start(i), column = tiles.Start(j) * lanes, width = vectors * lanes, left = Width - column;
        bool masked = left < width;

        // Without anything to fetch or copy, what is in the cache anyway is fetched.
        T* b;
        nint strideB, sideStep = 0;
        byte* side = null;
        bool copies = false;
        if (PackedWidthB > 0)
        {
            int panelWidth = GemmTiles<TLanes, T>.PackedColumns;
            nint position = FirstColumn + column, panel = position / panelWidth * panelWidth;
            strideB = Math.Min(panelWidth, PackedWidthB - panel);
            b = B + panel * Depth + (position - panel);
            if (Fetches && left > width)
            {
                // Each panel of A fetches its share of the next columns.
                sideStep = width * sizeof(T) / panels.Count;
                side = (byte*)b + (width * sizeof(T) + sideStep * i) * Depth;
            }
        }
        else if (CopyB != null)
        {
            copies = i == 0;
            b = copies ? B + column : CopyB;
            strideB = copies ? StrideB : width;
            if (copies)
            {
                side = (byte*)CopyB;
                sideStep = width * sizeof(T);
            }
            else if (i <= vectors && left > width + (i - 1) * lanes)
            {
                side = (byte*)(B + column + width + (i - 1) * lanes);
                sideStep = StrideB * sizeof(T);
            }
        }
        else if (StrideB > 0)
        {
            b = B + column;
            strideB = StrideB;
        }
        else
        {
            b = B + column * Depth;
            strideB = width;
        }
        GemmTiles<TLanes, T>.Of(rows, vectors, ReadsRows, masked, copies)(
            Depth, A + row * PitchA, StrideA == 0 ? rows : StrideA, b, strideB, C + row * StrideC + column, StrideC, Accumulate,
            (int)(left - (width - lanes)), side == null ? (byte*)b : side, sideStep);
    }
}
