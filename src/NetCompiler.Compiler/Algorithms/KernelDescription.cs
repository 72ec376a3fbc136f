using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Algorithms;

/// <summary>An algorithm for such kernels.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Family">The algorithm of which it is a variant; its own name if it is none.</param>
/// <param name="Conditions">What it asks of a problem, in words that follow "it takes".</param>
/// <param name="Computes">Whether it computes this one; else the figures mean nothing.</param>
/// <param name="Seconds">The predicted time, on one core of a processor.</param>
/// <param name="Error">What it may add to the error of exact algorithms, rounding of its operands included, relative to the largest Σ |x| |w|.</param>
/// <param name="Workspace">Bytes that it needs while it runs, on one thread of a processor.</param>
/// <param name="IsAdmissible">Whether it computes the kernel within what the program allows.</param>
internal sealed record KernelCandidate(string Name, string Family, string Conditions, bool Computes, double Seconds, double Error, long Workspace, bool IsAdmissible)
{
    /// <summary>What it rounds its operands to.</summary>
    public OperandPrecision Operands { get; init; }

    /// <summary>Whether the program permits that.</summary>
    public bool IsPermitted { get; init; } = true;

    /// <summary>Whether it differs from an algorithm in its blocking parameters alone.</summary>
    public bool IsVariant => Name != Family;
}

/// <summary>A kernel of a planned function for which there is a choice, what was chosen, and what else there is.</summary>
/// <param name="Node">The convolution or product.</param>
/// <param name="Problem">Its sizes.</param>
/// <param name="Budget">The error that the program allows it.</param>
/// <param name="Algorithm">The algorithm chosen.</param>
/// <param name="OnGpu">On a GPU, what operands may be rounded to; null for the processor.</param>
internal sealed record KernelDescription(Node Node, KernelProblem Problem, double Budget, string Algorithm, OperandPrecision? OnGpu = null)
{
    /// <summary>What names the kernel in records of measurements.</summary>
    public string Signature => Problem.Signature;

    /// <summary>All algorithms for such kernels.</summary>
    public ImmutableArray<KernelCandidate> Candidates { get; } = new AllowedKernel(Problem, Budget, OnGpu).Candidates;

    /// <summary>The error that a result may have beside rounding, relative to the largest Σ |x| |w|.</summary>
    public double Error => ErrorOf(Candidates);

    /// <summary>The same as <see cref="Error"/> where the symbolic dimensions have these values.</summary>
    public double ErrorAt(IReadOnlyDictionary<string, long> symbols) => ErrorOf(new AllowedKernel(Problem.At(symbols), Budget, OnGpu).Candidates);

    double ErrorOf(IEnumerable<KernelCandidate> candidates) => candidates.First(candidate => candidate.Name == Algorithm).Error;

    /// <summary>The kernel of a node; null if there is no choice.</summary>
    /// <param name="node">A node of a function after all passes.</param>
    /// <param name="network">The network.</param>
    /// <param name="trains">Whether the function trains.</param>
    public static KernelDescription? Of(Node node, NetworkModel network, bool trains)
    {
        if (ProductProblem.Chosen(node) is { } product && ProductProblem.Of(node, trains) is { } sizes)
            return new(node, sizes, BudgetOf(network), product);
        if (ConvolutionProblem.OperatorOf(node) is not { Algorithm.Length: > 0 } convolution || ConvolutionProblem.Of(node, trains) is not { } problem)
            return null;
        return new(node, problem, BudgetOf(convolution, network), convolution.Algorithm);
    }

    /// <summary>The kernels of a function after the passes for GPUs, in the order of <see cref="Of(FunctionModel, NetworkModel)"/>.</summary>
    public static ImmutableArray<KernelDescription> OfGpu(FunctionModel function, NetworkModel network) =>
    [
        .. Nodes(function.Roots)
            .Select(node => AllowedOnGpu(node, network, function.Trains) is { } kernel && ChosenOnGpu(node) is { Length: > 0 } chosen ? new KernelDescription(node, kernel.Problem, kernel.Budget, chosen, kernel.OnGpu) : null)
            .OfType<KernelDescription>(),
    ];

    static string? ChosenOnGpu(Node node) => node.Operator is MatMul product ? product.Algorithm : ConvolutionProblem.OperatorOf(node)?.Algorithm;

    /// <summary>The kernel of a node on a GPU and what the program allows it; null if there is no choice.</summary>
    public static AllowedKernel? AllowedOnGpu(Node node, NetworkModel network, bool trains)
    {
        var precision = OperandPrecisions.Of(network.Settings.Precision);
        if (ProductProblem.OfGpu(node, trains) is { } product)
            return new(product, BudgetOf(network), precision);
        return node is { Operator: Convolution convolution, Element: DType.F32 } && ConvolutionProblem.Of(node, trains) is { } problem
            ? new(problem, BudgetOf(convolution, network), precision) : null;
    }

    /// <summary>The kernels of a function after all passes, in order, those in the bodies of scans after what is outside.</summary>
    public static ImmutableArray<KernelDescription> Of(FunctionModel function, NetworkModel network) =>
        [.. Nodes(function.Roots).Select(node => Of(node, network, function.Trains)).OfType<KernelDescription>()];

    /// <summary>The nodes of a function or a body, then those of the bodies of its scans.</summary>
    public static IEnumerable<Node> Nodes(ImmutableArray<Node> roots)
    {
        var nodes = Node.Reachable(roots);
        return nodes.Concat(nodes.Select(node => node.Operator).OfType<Scan>().SelectMany(scan => Nodes(scan.Body.Items)));
    }

    /// <summary>What the program allows a convolution: what it says there, else for the network, else the default.</summary>
    public static double BudgetOf(Convolution convolution, NetworkModel network) =>
        convolution.Error > 0 ? convolution.Error : BudgetOf(network);

    /// <summary>What the program allows where it says nothing of a kernel itself.</summary>
    public static double BudgetOf(NetworkModel network) => network.Settings.Error ?? ConvolutionAlgorithms.DefaultError;
}
