using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Algorithms;

/// <summary>An algorithm that could compute a kernel.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Seconds">The predicted time on one core.</param>
/// <param name="Error">What it may add to the error of exact algorithms, relative to the largest Σ |x| |w|.</param>
/// <param name="Workspace">Bytes that it needs while it runs.</param>
/// <param name="IsAdmissible">Whether its error is within what the program allows.</param>
internal sealed record KernelCandidate(string Name, double Seconds, double Error, long Workspace, bool IsAdmissible);

/// <summary>A kernel of a planned function for which there is a choice, what was chosen, and what else there is.</summary>
/// <param name="Node">The convolution.</param>
/// <param name="Problem">Its sizes.</param>
/// <param name="Budget">The error that the program allows it.</param>
/// <param name="Algorithm">The algorithm chosen.</param>
/// <param name="Candidates">All algorithms that compute it.</param>
internal sealed record KernelDescription(Node Node, ConvolutionProblem Problem, double Budget, string Algorithm, ImmutableArray<KernelCandidate> Candidates)
{
    /// <summary>What names the kernel in records of measurements.</summary>
    public string Signature => Problem.Signature;

    /// <summary>The error that a result may have beside rounding, relative to the largest Σ |x| |w|.</summary>
    public double Error => Candidates.First(candidate => candidate.Name == Algorithm).Error;

    /// <summary>The same as <see cref="Error"/> where the symbolic dimensions have these values.</summary>
    public double ErrorAt(IReadOnlyDictionary<string, long> symbols)
    {
        var data = Node.Operator is BlockedConv2D blocked ? blocked.Data : ConvolutionProblem.OperatorOf(Node)!.Shapes(Node).Data;
        return ConvolutionAlgorithms.Named(Algorithm).Error(Problem with { Batch = data[0].Evaluate(symbols) });
    }

    /// <summary>The kernel of a node; null if there is no choice.</summary>
    /// <param name="node">A node of a function after all passes.</param>
    /// <param name="network">The network.</param>
    /// <param name="trains">Whether the function trains.</param>
    public static KernelDescription? Of(Node node, NetworkModel network, bool trains)
    {
        if (ConvolutionProblem.OperatorOf(node) is not { Algorithm.Length: > 0 } convolution || ConvolutionProblem.Of(node, trains) is not { } problem)
            return null;
        double budget = BudgetOf(convolution, network);
        return new KernelDescription(
            node, problem, budget, convolution.Algorithm,
            [.. ConvolutionAlgorithms.All.Where(algorithm => algorithm.Admits(problem)).Select(algorithm => new KernelCandidate(
                algorithm.Name, algorithm.Seconds(problem, MachineModel.Default), algorithm.Error(problem), algorithm.Workspace(problem), algorithm.Error(problem) <= budget))]);
    }

    /// <summary>The kernels of a function after all passes, in order.</summary>
    public static ImmutableArray<KernelDescription> Of(FunctionModel function, NetworkModel network) =>
        [.. Node.Reachable(function.Roots)
            .Select(node => Of(node, network, function.Trains)).OfType<KernelDescription>()];

    /// <summary>What the program allows a convolution: what it says there, else for the network, else the default.</summary>
    public static double BudgetOf(Convolution convolution, NetworkModel network) =>
        convolution.Error > 0 ? convolution.Error : network.Settings.Error ?? ConvolutionAlgorithms.DefaultError;
}
