using System.Collections.Generic;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Plan;
using NetCompiler.Text;

namespace NetCompiler.Reports;

/// <summary>What one function of a network costs, layer by layer. Updates are not counted where there are outputs.</summary>
/// <param name="Network">The network's name.</param>
/// <param name="Function">The function's name.</param>
/// <param name="Symbols">The values taken for the symbolic dimensions, in the order of their names.</param>
/// <param name="Layers">The inputs and the bindings of the network that the results depend on, in the order of computation.</param>
/// <param name="Parameters">How many numbers the whole network learns, used by this function or not.</param>
/// <param name="ParameterBytes">The memory of these.</param>
/// <param name="StateBytes">The memory of what the network keeps from call to call besides its parameters.</param>
/// <param name="MultiplyAdds">The sum over the layers.</param>
/// <param name="ActivationBytes">The sum over the layers.</param>
/// <param name="WorkingBytes">The memory that the function keeps from its first call on, in which activations share places: its arena, its tensor arguments and its results.</param>
/// <param name="Memory">What the network holds once the function, and no other, has been called.</param>
/// <param name="Settings">What the network sets, as it is written; empty if nothing.</param>
public sealed record NetworkSummary(
    string Network,
    string Function,
    EquatableArray<SymbolValue> Symbols,
    EquatableArray<LayerSummary> Layers,
    long Parameters,
    long ParameterBytes,
    long StateBytes,
    long MultiplyAdds,
    long ActivationBytes,
    long WorkingBytes,
    MemoryPrediction Memory,
    string Settings)
{
    internal static NetworkSummary Of(NetworkModel network, FunctionModel function, FunctionPlan plan, SourceText source, IReadOnlyDictionary<string, long> given, int depth, int threads = 1)
    {
        var layers = Layer.Of(network, function, depth);
        var symbols = Scan.WithBodies([.. layers.SelectMany(layer => layer.Nodes)])
            .SelectMany(node => node.Operator is Scan scan ? [scan.Length] : node.Shape.Dims).SelectMany(dim => dim.Symbols).Distinct()
            .OrderBy(name => name, System.StringComparer.Ordinal)
            .ToDictionary(name => name, name => given.TryGetValue(name, out long value) ? value : 1);

        // What is fused away never reaches memory: count the values that the emitted code stores.
        var stored = new HashSet<Node>(FuseGroups.Run(Layer.Results(function).Select(result => result.Value))
            .SelectMany(group => group.Root.Operator is Scan ? group.Stored.Skip(1) : [group.Root]));
        var summaries = layers.Select(layer => new LayerSummary(
            layer.Name,
            layer.Describe(source),
            layer.Result.Type.ToString(),
            layer.Variables.Where(IsParameter).Sum(Count),
            layer.Nodes.Sum(node => node.Operator.Cost(node).MultiplyAdds.Evaluate(symbols)),
            layer.Nodes.Where(stored.Contains).Sum(node => checked(node.Shape.Size.Evaluate(symbols) * node.Element.Bytes())))).ToList();
        var parameters = network.Variables.Where(IsParameter).ToList();
        return new NetworkSummary(
            network.Name,
            function.Name,
            [.. symbols.Select(symbol => new SymbolValue(symbol.Key, symbol.Value))],
            [.. summaries],
            parameters.Sum(Count),
            parameters.Sum(Bytes),
            network.Variables.Where(variable => !IsParameter(variable)).Sum(variable => Bytes(variable, symbols)),
            summaries.Sum(layer => layer.MultiplyAdds),
            summaries.Sum(layer => layer.ActivationBytes),
            WorkingMemory(plan, given),
            MemoryPrediction.Of(plan, given, threads),
            network.Settings.ToString());
    }

    /// <summary>The bytes that a function keeps from its first call on, copies of its arguments included; symbols that are not given are 1.</summary>
    internal static long WorkingMemory(FunctionPlan plan, IReadOnlyDictionary<string, long> given)
    {
        var sizes = plan.Slots.Select(slot => slot.Bytes)
            .Concat(plan.Results.Where(buffer => buffer.Kind == BufferKind.Result).Distinct().Select(buffer => buffer.Bytes))
            .Concat(plan.PreparedBuffers.Select(buffer => buffer.Bytes))
            .ToList();
        var symbols = sizes.SelectMany(size => size.Symbols).Distinct().ToDictionary(symbol => symbol, symbol => given.TryGetValue(symbol, out long value) ? value : 1);
        return sizes.Sum(size => size.Evaluate(symbols));
    }

    static bool IsParameter(Variable variable) => variable.Kind == VariableKind.Parameter;

    static long Count(Variable variable) => variable.Type.Shape.Size.Value;

    /// <summary>The memory of a variable. Sizes that are not given count as 1.</summary>
    internal static long Bytes(Variable variable, IReadOnlyDictionary<string, long> given)
    {
        var symbols = variable.Type.Shape.Dims.SelectMany(dim => dim.Symbols).Distinct().ToDictionary(name => name, name => given.TryGetValue(name, out long value) ? value : 1);
        return variable.Type.Shape.Size.Evaluate(symbols) * variable.Type.Element.Bytes();
    }

    static long Bytes(Variable variable) => Count(variable) * variable.Type.Element.Bytes();
}

/// <summary>The value taken for a symbolic dimension.</summary>
/// <param name="Name">The symbol, such as <c>N</c>.</param>
/// <param name="Value">Its value.</param>
public sealed record SymbolValue(string Name, long Value);

/// <summary>One line of a summary: an input, or a binding of the network with all that its layers do.</summary>
/// <param name="Name">The name of the input or binding.</param>
/// <param name="Description">The expression, such as <c>conv2d(20, kernel: 5) |> relu</c>, or the main operators in order.</param>
/// <param name="Output">The type of the result, such as <c>f32[N, 20, 12, 12]</c>.</param>
/// <param name="Parameters">How many learned numbers it is the first to use.</param>
/// <param name="MultiplyAdds">Multiply-accumulate operations of its products and convolutions.</param>
/// <param name="ActivationBytes">The memory that its values take; those that exist only within a fused loop take none. A product and the loops that it ends with count both.</param>
public sealed record LayerSummary(string Name, string Description, string Output, long Parameters, long MultiplyAdds, long ActivationBytes);
