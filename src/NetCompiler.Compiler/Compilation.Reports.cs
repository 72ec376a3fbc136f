using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Algorithms;
using NetCompiler.Emit;
using NetCompiler.Graph;
using NetCompiler.Passes;
using NetCompiler.Plan;
using NetCompiler.Reports;
using NetCompiler.Syntax;
using NetCompiler.Text;

namespace NetCompiler;

public sealed partial class Compilation
{
    /// <summary>The networks without errors and their functions, in the order of the file.</summary>
    public EquatableArray<NetworkOutline> Outline =>
        [.. Networks.Select(network => new NetworkOutline(
            network.Namespace,
            network.Name,
            [.. network.Functions.Select(function => new FunctionOutline(function.Name, function.Trains, !function.Outputs.IsEmpty && !function.Updates.IsEmpty))]))];

    /// <summary>What the file has where it has no network, in words: "declares 2 layers, no network".</summary>
    internal string DescribeWithoutNetworks()
    {
        var declared = SyntaxTree.Parse(Root).Root.Declarations;
        string[] counts =
        [
            Count("layer", declared.OfType<LayerDeclaration>().Count()),
            Count("optimizer", declared.OfType<OptimizerDeclaration>().Count()),
            Count("template of a network", declared.OfType<NetworkDeclaration>().Count(), "templates of networks"),
        ];
        return $"declares {string.Join(", ", counts.Where(count => count.Length > 0).Append("no network"))}";

        static string Count(string noun, int count, string? plural = null) => count switch
        {
            0 => "",
            1 => $"1 {noun}",
            _ => $"{count} {plural ?? noun + "s"}",
        };
    }

    /// <summary>What a function costs, layer by layer.</summary>
    /// <param name="network">A network of <see cref="Outline"/>.</param>
    /// <param name="function">One of its functions.</param>
    /// <param name="symbols">Values of symbolic dimensions; those not given are taken as 1.</param>
    /// <param name="depth">How deep layers are told apart: 1 for the network's own bindings, 2 for those within them.</param>
    /// <param name="threads">How many threads it runs on: kernels need memory on each.</param>
    public NetworkSummary Summarize(string network, string function, IReadOnlyDictionary<string, long> symbols, int depth = 1, int threads = 1)
    {
        var (model, body) = Find(network, function, Pipeline.BeforeLayouts);
        return NetworkSummary.Of(model, body, Plan(network, function), Root, symbols, depth, threads);
    }

    /// <summary>A function as boxes and arrows, a box for each binding.</summary>
    /// <param name="network">A network of <see cref="Outline"/>.</param>
    /// <param name="function">One of its functions.</param>
    /// <param name="depth">How deep bindings are told apart: 1 for the network's own, 2 for those within them.</param>
    public NetworkDrawing Draw(string network, string function, int depth = 1)
    {
        var (model, body) = Find(network, function, Pipeline.BeforeLayouts);
        return NetworkDrawing.OfLayers(model, body, Root, depth);
    }

    /// <summary>A function as boxes and arrows, a box for each operator and variable.</summary>
    /// <param name="network">A network of <see cref="Outline"/>.</param>
    /// <param name="function">One of its functions.</param>
    public NetworkDrawing DrawOperators(string network, string function)
    {
        var (model, body) = Find(network, function, Pipeline.BeforeLayouts);
        return NetworkDrawing.OfOperators(model, body);
    }

    /// <summary>The steps of a function as it is planned, in the order of the numbers by which observers know them.</summary>
    /// <param name="network">A network of <see cref="Outline"/>.</param>
    /// <param name="function">One of its functions.</param>
    /// <param name="symbols">Values of symbolic dimensions; those not given are taken as 1.</param>
    public EquatableArray<StepReport> Steps(string network, string function, IReadOnlyDictionary<string, long> symbols) =>
        StepReport.Of(Plan(network, function), symbols);

    /// <summary>The arguments of a function, with the values that make sense for them.</summary>
    /// <param name="network">A network of <see cref="Outline"/>.</param>
    /// <param name="function">One of its functions.</param>
    /// <param name="symbols">The value of each symbolic dimension.</param>
    public EquatableArray<InputReport> Inputs(string network, string function, IReadOnlyDictionary<string, long> symbols) =>
        InputReport.Of(Find(network, function).Function, symbols);

    /// <summary>The kernels of a function for which there is a choice of algorithms.</summary>
    internal ImmutableArray<KernelDescription> Kernels(string network, string function)
    {
        var (model, body) = Find(network, function);
        return KernelDescription.Of(body, model);
    }

    /// <summary>The same in its code for GPUs.</summary>
    internal ImmutableArray<KernelDescription> GpuKernels(string network, string function)
    {
        var model = Networks.Single(candidate => candidate.Name == network);
        return KernelDescription.OfGpu(FindForGpu(model, function), model);
    }

    /// <summary>The plan of its code for GPUs.</summary>
    internal FunctionPlan GpuPlan(string network, string function) =>
        BuildPlan.RunForGpu(FindForGpu(Networks.Single(candidate => candidate.Name == network), function));

    static FunctionModel FindForGpu(NetworkModel network, string function) =>
        Pipeline.RunForGpu(network, network.Functions.Single(candidate => candidate.Name == function));

    /// <summary>The plan from which a function's C# is written.</summary>
    internal FunctionPlan Plan(string network, string function) => BuildPlan.Run(Find(network, function).Function);

    /// <summary>The symbolic dimensions of a function, in the order in which they appear.</summary>
    public EquatableArray<string> SymbolsOf(string network, string function)
    {
        var (model, body) = Find(network, function);
        return [.. new FunctionInterface(model, body).Symbols];
    }

    /// <summary>The function as it is planned: reports should show what runs, without what another kind of function computes.</summary>
    (NetworkModel Network, FunctionModel Function) Find(string network, string function, string? pass = null)
    {
        var model = Networks.Single(candidate => candidate.Name == network);
        return (model, Pipeline.Run(model, model.Functions.Single(candidate => candidate.Name == function), pass));
    }
}
