using System.Collections.Immutable;

namespace NetCompiler.Algorithms;

/// <summary>A kernel for which there is a choice, with what the program allows it.</summary>
/// <param name="Problem">The kernel.</param>
/// <param name="Budget">
/// The error that an algorithm may add to arithmetic with the operands that it has, relative to the largest Σ |x| |w|. What rounding operands changes is no part
/// of it: <paramref name="OnGpu"/> permits that.
/// </param>
/// <param name="OnGpu">On a GPU, what operands may be rounded to; null for the processor, which computes in f32.</param>
internal sealed record AllowedKernel(KernelProblem Problem, double Budget, OperandPrecision? OnGpu = null)
{
    /// <summary>All algorithms for such kernels there.</summary>
    public ImmutableArray<KernelCandidate> Candidates => OnGpu is { } precision ? Problem.GpuCandidates(Budget, precision) : Problem.Candidates(Budget);
}
