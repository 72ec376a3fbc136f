namespace NetCompiler.Runtime;

/// <summary>How the channels of float images lie in memory.</summary>
public enum ImageLayout
{
    /// <summary>[N, C, H, W].</summary>
    Planar,

    /// <summary>
    /// [N, C / 16 rounded up, H, W, 16]: 16 channels of a position are neighbours, whatever the vectors' width. Lanes beyond C may hold
    /// anything, NaN too.
    /// </summary>
    Blocked,
}
