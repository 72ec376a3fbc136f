using System.Collections.Generic;
using System.Linq;

namespace NetCompiler.Algorithms;

/// <summary>The choice for a kernel on a GPU: what a record says, else what is predicted.</summary>
internal static class GpuChoice
{
    // Predictions are no better than this; below it what is simpler and exact is taken.
    const double Advantage = 1.1;

    /// <summary>The name of the algorithm to take.</summary>
    /// <param name="kernel">The kernel, and what the program allows it.</param>
    /// <param name="recorded">The algorithms that a record of measurements has, by signature.</param>
    public static string Of(AllowedKernel kernel, IReadOnlyDictionary<string, string> recorded)
    {
        var candidates = kernel.Candidates.Where(candidate => candidate.IsAdmissible).ToList();
        if (recorded.TryGetValue(kernel.Problem.Signature, out string? name) && candidates.Any(candidate => candidate.Name == name))
            return name;
        // Of two that are predicted alike, that with the operands that the program names moves least between memories.
        var fastest = candidates.Where(candidate => !candidate.IsVariant).OrderBy(candidate => candidate.Seconds).ThenBy(candidate => candidate.Operands != kernel.OnGpu).First();
        return candidates[0].Seconds >= Advantage * fastest.Seconds ? fastest.Name : candidates[0].Name;
    }
}
