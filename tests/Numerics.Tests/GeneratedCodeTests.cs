using System.Collections.Immutable;
using NetCompiler.Autodiff;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Emit.Cpu;
using NetCompiler.Graph;
using NetCompiler.Numerics.Tests.Samples;
using NetCompiler.Operators;
using NetCompiler.Passes;
using NetCompiler.Plan;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>The emitted C# of every sample of the operator table, value and gradients, against the float64 reference.</summary>
public sealed class GeneratedCodeTests
{
    static readonly ImmutableArray<Sample> Samples = [.. ElementwiseSamples.All, .. TensorSamples.All, .. ImageSamples.All];

    [Theory]
    [InlineData(DType.F64)]
    [InlineData(DType.F32)]
    public void Emitted_code_computes_every_operator_and_its_gradient(DType element)
    {
        var cases = Samples.Select((sample, i) => new Case($"S{i}", sample, element)).ToList();
        var compiled = CompiledNetwork.Compile(cases.SelectMany(test => test.Emit()));
        var failures = cases.Select(test => test.Compare(compiled)).OfType<string>().ToList();
        failures.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(DType.F64)]
    [InlineData(DType.F32)]
    public void Emitted_code_computes_every_operator_and_its_gradient_at_sizes_0_and_1(DType element)
    {
        var cases = SizeSamples.All.Select((sample, i) => new Case($"S{i}", sample, element)).ToList();
        var compiled = CompiledNetwork.Compile(cases.SelectMany(test => test.Emit()));
        var failures = new long[] { 0, 1, 0, 3 }.SelectMany(size => cases.Select(test => test.Compare(compiled, ("N", size)))).OfType<string>().ToList();
        failures.ShouldBeEmpty();
    }

    [Fact]
    public void Emitted_code_computes_the_layers_of_the_library_and_their_gradients()
    {
        // In f32, but for those whose loops and gradients hold graphs of f64.
        var cases = LibrarySamples.All.Where(sample => sample.Formula is not null && sample.NotCompared.IsEmpty)
            .Select((sample, i) => new Case($"S{i}", sample, DType.F32)).ToList();
        var compiled = CompiledNetwork.Compile(cases.SelectMany(test => test.Emit(optimised: true)));
        cases.Select(test => test.Compare(compiled)).OfType<string>().ShouldBeEmpty();
    }

    [Fact]
    public void Emitted_code_computes_attention_and_each_of_its_gradients_alone()
    {
        var cases = AttentionSamples.All.SelectMany(sample => new[] { sample, sample with { FlowsTo = [] } }).Select((sample, i) => new Case($"S{i}", sample, DType.F32)).ToList();
        var compiled = CompiledNetwork.Compile(cases.SelectMany(test => test.Emit()));
        new long[] { 0, 1, 3 }.SelectMany(size => cases.Select(test => test.Compare(compiled, ("N", size)))).OfType<string>().ShouldBeEmpty();
    }

    static bool HasBody(Node value) => Node.Reachable([value]).Any(node => node.Operator is Scan or CustomGradient);

    [Fact]
    public void Every_operator_has_a_sample_with_a_size_that_may_be_0()
    {
        // Random functions have scans of no steps and gradients of their own.
        Type[] elsewhere = [typeof(Scan), typeof(ScanResult), typeof(TrainingFlag), typeof(CustomGradient)];
        var sampled = SizeSamples.All.Concat(LayoutSamples.All).Concat(AttentionSamples.All).Select(sample => sample.Build().Value.Operator.GetType()).Concat(elsewhere).ToHashSet();
        typeof(Operator).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(Operator)) && !type.IsAbstract && !type.IsSubclassOf(typeof(Supplied))
                && !typeof(IWhileBinding).IsAssignableFrom(type) && !sampled.Contains(type))
            .Select(type => type.Name).ShouldBeEmpty();
    }

    sealed class Case
    {
        readonly string _name;
        readonly Sample _sample;
        readonly NetworkModel _network;
        readonly ImmutableArray<Node> _leaves;

        public Case(string name, Sample sample, DType element)
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

        FunctionModel Function => _network.Functions[0];

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

        /// <summary>What differs, or null.</summary>
        public string? Compare(CompiledNetwork compiled, params (string Name, long Value)[] sizes)
        {
            var random = new Random(7);
            var symbols = sizes.Aggregate(_sample.Symbols, (symbols, size) => symbols.SetItem(size.Name, size.Value));
            var supplied = _leaves.Select((leaf, i) => (leaf, Value: EmittedFunction.Round(_sample.Operands[i].Draw(random, i, symbols), leaf.Element)))
                .ToDictionary(pair => pair.leaf, pair => pair.Value);
            // Samples are small: no result is the sum of more than some hundred products of factors near 1, each rounded once.
            return EmittedFunction.Difference(compiled.Create(_name, seed: 0), Function, supplied, symbols, roundings: 128) is { } difference
                ? $"{_sample}{string.Concat(sizes.Select(size => $", {size.Name} = {size.Value}"))}: {difference}"
                : null;
        }
    }
}
