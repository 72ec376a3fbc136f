using System;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Algorithms;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Rewrites;

namespace NetCompiler.Passes;

/// <summary>One step from the graph of the program to the graph that is planned.</summary>
/// <param name="Name">A verb, as in <c>netc dump --after NAME</c>.</param>
/// <param name="Run">The step. What the new results no longer reach is dead and thereby gone.</param>
/// <param name="Reason">What it does, then why, and why at this place.</param>
internal sealed record Pass(string Name, Func<NetworkModel, FunctionModel, FunctionModel> Run, string Reason);

/// <summary>All that happens to a function between its binding and its planning, in order.</summary>
internal static class Pipeline
{
    static readonly RuleSet _exact = GradientsTaken() + SimplifyRules.All;
    static readonly RuleSet _stable = GradientsTaken() + AttentionRules.All + StabilityRules.All + SimplifyRules.All;
    static readonly RuleSet _composed = GradientsTaken() + StabilityRules.All + SimplifyRules.All;

    /// <summary>Nothing is differentiated any more: what blocks gradients is the identity, and would hide patterns.</summary>
    static RuleSet GradientsTaken()
    {
        var x = Patterns.Any();
        return new("GradientsTaken",
            new Rule("StopGradientAfterDifferentiation", "stop_gradient(x) = x", Patterns.StopGradient(x), to: x, ends: "one node fewer"),
            new Rule("CustomGradientAfterDifferentiation", "custom_gradient(y, ...) = y", Patterns.AnyOf<CustomGradient>(),
                to: match => match.Root.Inputs[((CustomGradient)match.Root.Operator).Result], ends: "one node fewer"));
    }

    /// <summary>
    /// Gradients are taken before: the binder differentiates the stable form of what the program says (<see cref="Stabilise"/>).
    /// Equal nodes are one node from the start, since the builder interns them.
    /// </summary>
    public static ImmutableArray<Pass> Passes { get; } =
    [
        new("specialise", (network, function) => Specialise(network.Builder, function),
            "settles whether the function trains: what only the other kind computes goes; first, to simplify nothing in vain"),
        new("simplify", (network, function) => Rewrite(network.Builder, function, _exact),
            "applies exact equations such as x * 1 = x; apart from stabilise, to show which results may round differently"),
        new("stabilise", (network, function) => Rewrite(network.Builder, function, _stable),
            "replaces what overflows or loses digits, such as log(exp(x)); after simplify, which brings it to light"),
        new("merge", (network, function) => WithRoots(function, MergeScans.Run(network.Builder, function.Roots)),
            "makes one of scans that differ only in what they yield; once both are in one form, the program's and the gradients'"),
        new("trim", (network, function) => Scans(network.Builder, function, TrimScans.Run),
            "takes from scans what nobody reads; before anything is moved for it"),
        new("hoist", (network, function) => Scans(network.Builder, function, HoistFromScans.Run),
            "computes before the loop, for all steps at once, what steps compute from elements of sequences alone"),
        new("sink", (network, function) => Scans(network.Builder, function, SinkFromScans.Run),
            "computes after the loop, for all steps at once, what no further step needs; after hoist, for what both could move"),
        new("accumulate", (network, function) => Scans(network.Builder, function, AccumulateInScans.Run),
            "adds up in the loop what is only summed over time; after sink, which makes one product of such sums where it can"),
        new("tidy", (network, function) => Tidy(network.Builder, function),
            "simplifies again where values have moved out of scans"),
        new("attention", (network, function) => WithRoots(function, ComposeAttention.Run(network.Builder, function.Roots, _composed)),
            "composes attention of products and loops where its own kernel does not pay; once nothing looks for it any more"),
        new("fold", (network, function) => WithRoots(function, FoldScales.Run(network.Builder, function, function.Roots)),
            "scales filters once instead of images, where a network that does not train normalises them; before layouts hide the channels"),
        new("layout", (network, function) => WithRoots(function, ChooseLayouts.Run(network, function, function.Roots, ConvolutionAlgorithms.All)),
            "chooses the algorithm of each convolution and with it how images lie in memory; after all rules, as none looks through layouts"),
        new("products", (network, function) => WithRoots(function, ChooseProducts.Run(network, function, function.Roots)),
            "chooses the algorithm of each product, and packs matrices once that many products share; after layout, which takes the pointwise convolutions"),
    ];

    /// <summary>
    /// The function as GPUs compute it: after the passes that are not about the processor. Images stay planar, attention is composed of
    /// products and loops, and products and convolutions have algorithms of their own.
    /// </summary>
    public static FunctionModel RunForGpu(NetworkModel network, FunctionModel function)
    {
        foreach (var pass in Passes)
        {
            function = pass.Name switch
            {
                "attention" => WithRoots(function, ComposeAttention.All(network.Builder, function.Roots, _composed)),
                "layout" => WithRoots(function, ChooseGpuKernels.Run(network, function, function.Roots)),
                "products" => function,
                _ => pass.Run(network, function),
            };
        }
        return function;
    }

    /// <summary>The last pass after which values have the shapes that the program gives them.</summary>
    public static string BeforeLayouts { get; } = Passes[Passes.IndexOf(Passes.Single(pass => pass.Name == "layout")) - 1].Name;

    /// <summary>The function after all passes, or after the one named <paramref name="stopAfter"/>.</summary>
    /// <exception cref="ArgumentException">No pass has that name.</exception>
    public static FunctionModel Run(NetworkModel network, FunctionModel function, string? stopAfter = null)
    {
        if (stopAfter is not null && Passes.All(pass => pass.Name != stopAfter))
            throw new ArgumentException($"there is no pass '{stopAfter}': the passes are {string.Join(", ", Passes.Select(pass => pass.Name))}", nameof(stopAfter));
        foreach (var pass in Passes)
        {
            function = pass.Run(network, function);
            if (pass.Name == stopAfter)
                break;
        }
        return function;
    }

    /// <summary>All functions of a network after all passes, or after the one named <paramref name="stopAfter"/>.</summary>
    public static NetworkModel Run(NetworkModel network, string? stopAfter = null) =>
        network with { Functions = [.. network.Functions.Select(function => Run(network, function, stopAfter))] };

    static FunctionModel Specialise(GraphBuilder graph, FunctionModel function)
    {
        var training = new Rule("TrainingIsKnown", $"training = {(function.Trains ? "true" : "false")}",
            Patterns.AnyOf<TrainingFlag>(), to: function.Trains ? 1 : 0, ends: "one flag fewer");
        return Rewrite(graph, function, new RuleSet("Specialise", training));
    }

    static FunctionModel Rewrite(GraphBuilder graph, FunctionModel function, RuleSet rules) =>
        WithRoots(function, Rewriter.Run(graph, function.Roots, rules));

    static FunctionModel Tidy(GraphBuilder graph, FunctionModel function)
    {
        for (FunctionModel? before = null; before is null || !before.Roots.SequenceEqual(function.Roots);)
            (before, function) = (function, Scans(graph, Rewrite(graph, function, _stable), TrimScans.Run));
        return function;
    }

    /// <summary>Until nothing changes: what one scan no longer reads another need not compute.</summary>
    static FunctionModel Scans(GraphBuilder graph, FunctionModel function, Func<GraphBuilder, Node, ScanUses, ScanReplacement?> rewrite)
    {
        var roots = function.Roots;
        for (var before = ImmutableArray<Node>.Empty; !before.SequenceEqual(roots);)
            (before, roots) = (roots, ScanRewriter.Run(graph, roots, (scan, uses) => rewrite(graph, scan, uses)));
        return WithRoots(function, roots);
    }

    static FunctionModel WithRoots(FunctionModel function, ImmutableArray<Node> values)
    {
        int outputs = function.Outputs.Length;
        return function with
        {
            Outputs = [.. function.Outputs.Select((output, i) => output with { Value = values[i] })],
            Updates = [.. function.Updates.Select((update, i) => update with { Value = values[outputs + i] })],
        };
    }
}
