namespace NetCompiler.Algorithms;

/// <summary>One way to compute a kernel: on what problems it works, what it costs, how far its results may be from exact ones.</summary>
/// <typeparam name="TProblem">What kind of kernel.</typeparam>
/// <typeparam name="TMachine">What its cost model knows of a machine.</typeparam>
internal abstract record KernelAlgorithm<TProblem, TMachine> where TProblem : KernelProblem
{
    /// <summary>The names of all algorithms for a kind of kernel are different; those of measurements use them.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// The algorithm of which this is a variant with other blocking parameters; its own name if it leaves them to the sizes. Predictions do not tell variants
    /// apart: they come after it, and are taken only where they were measured.
    /// </summary>
    public virtual string Family => Name;

    /// <summary>Why it is fast, for comments in emitted code.</summary>
    public abstract string Description { get; }

    /// <summary>Whether it computes this problem, whatever the batch.</summary>
    public abstract bool Admits(TProblem problem);

    /// <summary>What <see cref="Admits"/> asks of a problem, in words that follow "it takes".</summary>
    public abstract string Conditions { get; }

    /// <summary>Bytes that it needs at most while it runs on one thread, besides operands and result.</summary>
    public abstract long Workspace(TProblem problem);

    /// <summary>The predicted time, on one core of a processor, packing included where it is done at each call.</summary>
    public abstract double Seconds(TProblem problem, TMachine machine);

    /// <summary>
    /// The most that a result differs from what the same additions of exact products would give, relative to the largest Σ |x| |w| of
    /// its tensor. 0 for algorithms that add the products of the definition.
    /// </summary>
    public virtual double Error(TProblem problem) => 0;

    /// <summary>What it rounds its operands to; what that changes is no part of <see cref="Error"/>.</summary>
    public virtual OperandPrecision Operands => OperandPrecision.F32;

    public sealed override string ToString() => Name;

    /// <summary>What it would be to a problem.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="machine">The machine to predict for.</param>
    /// <param name="budget">The error that the program allows.</param>
    /// <param name="precision">What operands may be rounded to.</param>
    public KernelCandidate Candidate(TProblem problem, TMachine machine, double budget, OperandPrecision precision = OperandPrecision.F32)
    {
        bool permitted = precision.Permits(Operands);
        return Admits(problem)
            ? new(Name, Family, Conditions, true, Seconds(problem, machine), Error(problem) + Operands.Rounding(), Workspace(problem), permitted && Error(problem) <= budget) { Operands = Operands, IsPermitted = permitted }
            : new(Name, Family, Conditions, false, 0, 0, 0, false) { Operands = Operands, IsPermitted = permitted };
    }
}
