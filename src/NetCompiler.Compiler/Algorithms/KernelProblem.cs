using System.Collections.Generic;
using System.Collections.Immutable;

namespace NetCompiler.Algorithms;

/// <summary>A kernel in numbers, as algorithms are chosen for it.</summary>
internal abstract record KernelProblem
{
    /// <summary>What names the problem in records of measurements. Equal problems, and no others, have equal signatures.</summary>
    public abstract string Signature { get; }

    /// <summary>The images, or the rows or depth of a product, where their number is assumed rather than known; else 0.</summary>
    public abstract long AssumedBatch { get; }

    /// <summary>Whether what depends on the weights alone is computed once for many calls.</summary>
    public abstract bool IsPrepared { get; }

    /// <summary>The same where symbolic dimensions have these values; those that are not given stay as they are assumed.</summary>
    public abstract KernelProblem At(IReadOnlyDictionary<string, long> symbols);

    /// <summary>All algorithms for such kernels on the processor.</summary>
    /// <param name="budget">The error that the program allows.</param>
    public abstract ImmutableArray<KernelCandidate> Candidates(double budget);

    /// <summary>All algorithms for such kernels on a GPU.</summary>
    /// <param name="budget">The error that the program allows.</param>
    /// <param name="precision">What it permits to round operands to.</param>
    public abstract ImmutableArray<KernelCandidate> GpuCandidates(double budget, OperandPrecision precision);

    public sealed override string ToString() => Signature;
}
