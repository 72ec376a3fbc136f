namespace NetCompiler.Runtime;

/// <summary>
/// How a product is cut into blocks, for callers that measured it; the default leaves it to the sizes. Results round differently for
/// different depths alone.
/// </summary>
/// <param name="Vectors">The vectors of a tile's row, 1 to 4: of 16 floats 2 are tiles of 14 x 32, 3 of 9 x 48, 4 of 6 x 64. 0 for the default.</param>
/// <param name="CopiesB">Whether B is copied into panels in each call, rather than read where it lies. A transposed B is always copied.</param>
/// <param name="Depth">The most terms that are summed before C is written; 0 for the default.</param>
public readonly record struct GemmBlocking(int Vectors, bool CopiesB, int Depth = 0);
