using System.Collections.Immutable;
using NetCompiler.Autodiff;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Emit;
using NetCompiler.Graph;
using NetCompiler.Numerics.Tests.Samples;
using NetCompiler.Operators;
using NetCompiler.Passes;
using NetCompiler.Plan;
using NetCompiler.Runtime;

namespace NetCompiler.Numerics.Tests;

/// <summary>A sample of an operator as a network of one function: its value, and the gradients that flow through it.</summary>
internal sealed class OperatorCase
{
    readonly string _name;
    readonly Sample _sample;
    readonly NetworkModel _network;
    readonly ImmutableArray<Node> _leaves;

    public OperatorCase(string name, Sample sample, DType element)
    {
        _name = name;
        _sample = sample;
        var original = sample.Build();
        // Graphs within operators stay what they are, so all does.
        bool kept = HasBody(original.Value);
        var graph = kept ? original.Builder : new GraphBuilder();
        var converted = new Dictionary<Node, Node>();
        foreach (var node in Node.Reachable([original.Value, .. original.Leaves]))
            converted[node] = kept ? node : graph.Make(Convert(node.Operator, element), [.. node.Inputs.Select(input => converted[input])]);
        _leaves = [.. original.Leaves.Select(leaf => converted[leaf])];
        var value = converted[original.Value];

        var outputs = new List<Output> { new("value", value) };
        if (value.Element.IsFloat() && sample.FlowsTo.Length > 0)
        {
            var loss = graph.Sum(value, Enumerable.Range(0, value.Shape.Rank));
            var gradients = Differentiator.Gradients(graph, loss, [.. sample.FlowsTo.Select(i => _leaves[i])]).Gradients;
            outputs.AddRange(gradients.Select((gradient, i) => new Output($"gradient{i}", gradient)));
        }
        var arguments = _leaves.Where(leaf => leaf.Operator is FunctionArgument).Select(leaf => new Argument(((FunctionArgument)leaf.Operator).Argument, leaf.Type, Origin.None));
        var variables = _leaves.Select(leaf => leaf.Operator).OfType<VariableRead>().Select(read => read.Variable);
        var function = new FunctionModel("run", [.. arguments], [.. outputs], [], [], false, Origin.None, "");
        _network = new NetworkModel("", name, [.. variables], [function], graph, Origin.None, "");
    }

    static bool HasBody(Node value) => Node.Reachable([value]).Any(node => node.Operator is Scan or CustomGradient);

    public FunctionModel Function => _network.Functions[0];

    static Operator Convert(Operator op, DType element) => op switch
    {
        FunctionArgument argument => argument with { Type = Convert(argument.Type, element) },
        // What is supplied in other ways than by the caller is passed here all the same.
        VariableRead read => new FunctionArgument(read.Variable.Name.Replace('.', '_'), Convert(read.Type, element)),
        TrainingFlag flag => new FunctionArgument("training", flag.Type),
        Constant constant => constant with { Type = Convert(constant.Type, element) },
        Iota iota => iota with { Type = Convert(iota.Type, element) },
        DimensionSize size when size.Element.IsFloat() => new DimensionSize(size.Dim, element),
        RandomUniform random => random with { Element = element },
        Cast cast when cast.To.IsFloat() => new Cast(element),
        _ => op,
    };

    static TensorType Convert(TensorType type, DType element) => type.Element.IsFloat() ? type.WithElement(element) : type;

    public ImmutableArray<EmittedFile> Emit(bool optimised = false)
    {
        // Gradients that layers state are gone after the first pass, before which nothing is emitted.
        bool unfinished = Function.Outputs.Any(output => Node.Reachable([output.Value]).Any(node => node.Operator is CustomGradient));
        return NetworkWriter.Write(_network, [BuildPlan.Run(optimised || unfinished ? Pipeline.Run(_network, Function) : Function)], lineDirectives: false);
    }

    /// <summary>The C# of the network for GPUs, and for the processor.</summary>
    public ImmutableArray<EmittedFile> EmitForGpu()
    {
        var planned = Pipeline.Run(_network, Function);
        return NetworkWriter.Write(_network, [BuildPlan.Run(planned)], [BuildPlan.RunForGpu(Pipeline.RunForGpu(_network, Function))], lineDirectives: false);
    }

    /// <summary>What differs on the processor, or null.</summary>
    public string? Compare(CompiledNetwork compiled, params (string Name, long Value)[] sizes) => Compare(compiled.Create(_name, seed: 0), 128, sizes);

    /// <summary>What differs on a device, or null.</summary>
    public string? Compare(CompiledNetwork compiled, Device device, params (string Name, long Value)[] sizes) => Compare(compiled.Create(_name, device), 512, sizes);

    string? Compare(Network network, double roundings, (string Name, long Value)[] sizes)
    {
        var random = new Random(7);
        var symbols = sizes.Aggregate(_sample.Symbols, (symbols, size) => symbols.SetItem(size.Name, size.Value));
        var supplied = _leaves.Select((leaf, i) => (leaf, Value: EmittedFunction.Round(_sample.Operands[i].Draw(random, i, symbols), leaf.Element)))
            .ToDictionary(pair => pair.leaf, pair => pair.Value);
        // Samples are small: no result is the sum of more than some hundred products of factors near 1, each rounded once.
        return EmittedFunction.Difference(network, Function, supplied, symbols, roundings) is { } difference
            ? $"{_sample}{string.Concat(sizes.Select(size => $", {size.Name} = {size.Value}"))}: {difference}"
            : null;
    }
}
