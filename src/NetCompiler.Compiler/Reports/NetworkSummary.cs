using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Passes;
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
        var symbols = SymbolsOf(layers, given);

        var stored = Stored(function, plan);
        var summaries = layers.Select(layer => new LayerSummary(
            layer.Name,
            layer.Describe(source),
            layer.Result.Type.ToString(),
            layer.Variables.Where(IsParameter).Sum(Count),
            MultiplyAddsOf(layer, symbols),
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

    /// <summary>The multiply-adds of each layer, which no plan is needed for.</summary>
    internal static IEnumerable<(string Name, long Value)> MultiplyAddsByLayer(NetworkModel network, FunctionModel function, IReadOnlyDictionary<string, long> given)
    {
        var layers = Layer.Of(network, function, depth: 1);
        var symbols = SymbolsOf(layers, given);
        return [.. layers.Select(layer => (layer.Name, MultiplyAddsOf(layer, symbols)))];
    }

    static long MultiplyAddsOf(Layer layer, Dictionary<string, long> symbols) => layer.Nodes.Sum(node => node.Operator.Cost(node).MultiplyAdds.Evaluate(symbols));

    /// <summary>The symbols of layers in the order of their names; those that are not given are 1.</summary>
    static Dictionary<string, long> SymbolsOf(ImmutableArray<Layer> layers, IReadOnlyDictionary<string, long> given) =>
        Scan.WithBodies([.. layers.SelectMany(layer => layer.Nodes)])
            .SelectMany(node => node.Operator is Scan scan ? [scan.Length] : node.Shape.Dims).SelectMany(dim => dim.Symbols).Distinct()
            .OrderBy(name => name, System.StringComparer.Ordinal)
            .ToDictionary(name => name, name => given.TryGetValue(name, out long value) ? value : 1);

    /// <summary>
    /// The values that the emitted code stores in each call: what is fused away never reaches memory, and what depends on unchanged
    /// variables alone is kept.
    /// </summary>
    static HashSet<Node> Stored(FunctionModel function, FunctionPlan plan)
    {
        ImmutableArray<Node> results = [.. Layer.Results(function).Select(result => result.Value)];
        var groups = FuseGroups.Run(results);
        var stored = new HashSet<Node>(groups.SelectMany(group => group.Root.Operator is Scan ? group.Stored.Skip(1) : [group.Root]));
        stored.ExceptWith(FixedValues.Of(function, Node.Reachable(results)));

        // A product or convolution that is finished where it lies is one value with the loops that it ends with. The plan's nodes are others
        // where layouts were chosen, but they tell of the same places.
        var finished = plan.Steps.OfType<CallStep>().Where(call => call.Epilogue is { } epilogue && (epilogue.Result < epilogue.Kernel.Stores.Length || call.Result.Kind == BufferKind.Passing))
            .GroupBy(call => call.Node.Origin).ToDictionary(calls => calls.Key, calls => calls.Count());
        foreach (var node in stored.Where(node => node.Operator is MatMul or Conv2D or Conv2DBackwardData).OrderBy(node => node.Id).ToList())
        {
            var reader = groups.FirstOrDefault(group => group.Root != node && group.Members.Any(member => member.Inputs.Contains(node)));
            if (reader is not null && reader.Root.Shape == node.Shape && stored.Contains(reader.Root) && finished.TryGetValue(node.Origin, out int count) && count > 0)
            {
                stored.Remove(node);
                finished[node.Origin] = count - 1;
            }
        }
        stored.ExceptWith(PooledAway(stored, plan));
        return stored;
    }

    /// <summary>The images that only maxima are kept of: a convolution's, and what is made of it before the pooling.</summary>
    static HashSet<Node> PooledAway(HashSet<Node> stored, FunctionPlan plan)
    {
        var pooled = new HashSet<Origin>(plan.Steps.OfType<CallStep>().Where(call => call.Node.Operator is BlockedConv2D { Pool: not null }).Select(call => call.Node.Origin));
        var away = new HashSet<Node>();
        foreach (var pool in stored.Where(node => node.Operator is MaxPoolGather))
        {
            var images = new List<Node>();
            for (Node? image = pool.Inputs[0]; image is not null; image = image.Inputs.FirstOrDefault(input => input.Shape == image.Shape && input.Operator is not Broadcast))
            {
                images.Add(image);
                if (image.Operator is not Conv2D)
                    continue;
                if (pooled.Contains(pool.Origin))
                    away.UnionWith(images);
                break;
            }
        }
        return away;
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
/// <param name="ActivationBytes">The memory that its values take; those that exist only within a fused loop take none, nor those that are kept from call to call.</param>
public sealed record LayerSummary(string Name, string Description, string Output, long Parameters, long MultiplyAdds, long ActivationBytes);
