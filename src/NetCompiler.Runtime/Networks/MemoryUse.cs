namespace NetCompiler.Runtime;

/// <summary>The memory that a network holds, in bytes.</summary>
/// <param name="Variables">Parameters and states; those that nobody has asked for yet take nothing.</param>
/// <param name="Arena">What its functions compute in, arguments included: as much as the largest function called so far.</param>
/// <param name="Results">The results of the functions called so far, and what they have prepared from the parameters.</param>
/// <param name="Workspaces">What kernels on the network's threads and on the calling one have needed so far; shared with other networks on these threads.</param>
public readonly record struct MemoryUse(long Variables, long Arena, long Results, long Workspaces)
{
    /// <summary>All of it.</summary>
    public long Total => Variables + Arena + Results + Workspaces;

    /// <summary>The figures in megabytes.</summary>
    public override string ToString() =>
        string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{Total / 1e6:F1} MB: variables {Variables / 1e6:F1}, arena {Arena / 1e6:F1}, results {Results / 1e6:F1}, workspaces {Workspaces / 1e6:F1}");
}
