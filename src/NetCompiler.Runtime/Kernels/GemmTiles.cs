using System.Runtime.Intrinsics;

namespace NetCompiler.Runtime;

/// <summary>The compiled micro-kernels of one vector type.</summary>
static unsafe class GemmTiles<TLanes, T> where TLanes : struct, ILanes<TLanes, T> where T : unmanaged
{
    /// <summary>The vectors of the widest tile.</summary>
    public const int MaximumVectors = 4;

    /// <summary>Whether a vector is of 512 bits, of which there are 32 registers.</summary>
    public static bool IsWide => TLanes.Count * sizeof(T) == 64;

    /// <summary>The rows of the highest tile of that many vectors that fits the registers.</summary>
    public static int MaximumRows(int vectors) => IsWide
        ? vectors switch { 1 or 2 => 14, 3 => 9, _ => 6 }
        : vectors switch { 1 or 2 => 6, 3 => 4, _ => 2 };

    /// <summary>The columns of a panel of B that is packed once for many products.</summary>
    public static int PackedColumns => MaximumVectors * TLanes.Count;

    /// <summary>
    /// The vectors of the tiles for a product of so many rows and vectors of columns. Few rows take wide tiles, which are as many sums;
    /// many rows take high ones, which read B less often.
    /// </summary>
    public static int VectorsFor(nint rows, nint vectors)
    {
        int most = IsWide
            ? rows switch { <= 6 => 4, <= 9 => 3, <= 14 => 2, < 448 => 3, _ => 2 }
            : rows switch { <= 2 => 4, <= 4 => 3, _ => 2 };
        return (int)Math.Min(most, vectors);
    }

    /// <summary>The same where B is packed in panels of <see cref="PackedColumns"/>, which a tile must divide.</summary>
    public static int VectorsOfPacked(nint rows) => IsWide || rows <= 2 ? 4 : 2;

    /// <summary>The kernel for tiles of exactly this size: the arguments of <see cref="GemmTile.Run"/>.</summary>
    public static delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void> Of(int rows, int vectors, bool readsRows, bool masked, bool copies = false)
    {
        var kernels = copies ? readsRows
                ? masked ? Table<CopyingMaskedRowsTile>.Kernels : Table<CopyingRowsTile>.Kernels
                : masked ? Table<CopyingMaskedPackedTile>.Kernels : Table<CopyingPackedTile>.Kernels
            : readsRows
            ? masked ? Table<MaskedRowsTile>.Kernels : Table<RowsTile>.Kernels
            : masked ? Table<MaskedPackedTile>.Kernels : Table<PackedTile>.Kernels;
        return (delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)kernels[vectors - 1][rows - 1];
    }

    static class Table<TVariant> where TVariant : struct, ITileVariant
    {
        public static readonly nint[][] Kernels =
            typeof(TLanes) == typeof(F32x16) ? WideTiles<TileOfSingle512, Vector512<float>, float, TVariant>.Kernels
            : typeof(TLanes) == typeof(F32x8) ? NarrowTiles<TileOfSingle256, Vector256<float>, float, TVariant>.Kernels
            : typeof(TLanes) == typeof(F32x1) ? NarrowTiles<TileOfSingle, float, float, TVariant>.Kernels
            : typeof(TLanes) == typeof(F64x8) ? WideTiles<TileOfDouble512, Vector512<double>, double, TVariant>.Kernels
            : typeof(TLanes) == typeof(F64x4) ? NarrowTiles<TileOfDouble256, Vector256<double>, double, TVariant>.Kernels
            : NarrowTiles<TileOfDouble, double, double, TVariant>.Kernels;
    }
}
