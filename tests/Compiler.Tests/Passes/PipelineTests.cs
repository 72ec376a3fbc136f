using System.Collections.Immutable;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Passes;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Passes;

public class PipelineTests
{
    readonly GraphBuilder _graph = new();
    readonly TensorType _type = new(DType.F32, new Shape(Dim.Symbol("N"), 3));

    Node X => _graph.Make(new FunctionArgument("x", _type));

    FunctionModel Function(Node value, bool trains = false) => new(
        "f", [new Argument("x", _type, Origin.None)], [new Output("y", value)], [], [], trains, Origin.None, "");

    NetworkModel Network(FunctionModel function) => new("N", "Net", [], [function], _graph, Origin.None, "");

    FunctionModel Run(FunctionModel function, string? stopAfter = null) => Pipeline.Run(Network(function), function, stopAfter);

    Node Dropout()
    {
        var training = _graph.Broadcast(_graph.Make(new TrainingFlag()), _type.Shape, []);
        return _graph.Select(training, _graph.Multiply(X, 2), X);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_only_the_other_kind_of_function_computes_is_gone(bool trains)
    {
        Run(Function(Dropout(), trains)).Outputs[0].Value.ShouldBe(trains ? _graph.Multiply(X, 2) : X);
    }

    [Fact]
    public void Specialise_runs_before_anything_looks_at_values()
    {
        Pipeline.Passes.Select(pass => pass.Name).ShouldBe(["specialise", "simplify", "stabilise", "merge", "trim", "hoist", "sink", "accumulate", "tidy", "attention", "fold", "layout", "products"]);
        Node.Reachable([Run(Function(Dropout(), trains: true), "specialise").Outputs[0].Value])
            .ShouldNotContain(node => node.Operator is TrainingFlag);
    }

    [Fact]
    public void Rounding_changes_only_in_stabilise()
    {
        var logistic = _graph.Log(_graph.Add(_graph.Exp(X), 1));

        Run(Function(logistic), "simplify").Outputs[0].Value.ShouldBe(logistic);
        Run(Function(logistic), "stabilise").Outputs[0].Value.ShouldBe(_graph.Softplus(X));
    }

    [Fact]
    public void What_blocks_gradients_hides_no_pattern_once_gradients_are_taken()
    {
        var value = _graph.Log(_graph.StopGradient(_graph.Sigmoid(X)));

        Run(Function(value)).Outputs[0].Value.ShouldBe(_graph.Negate(_graph.Softplus(_graph.Negate(X))));
    }

    [Fact]
    public void An_unknown_pass_is_refused_with_the_names_of_all() =>
        Should.Throw<ArgumentException>(() => Run(Function(X), "fuse")).Message.ShouldContain("specialise, simplify, stabilise");

    [Fact]
    public void Every_pass_gives_a_reason() => Pipeline.Passes.Where(pass => pass.Reason.Length == 0).ShouldBeEmpty();

    [Fact]
    public void A_sound_function_verifies_before_and_after_every_pass()
    {
        var function = Function(Dropout(), trains: true);

        Verify.Problems(Network(function), function).ShouldBeEmpty();
        foreach (var pass in Pipeline.Passes)
            Verify.Problems(Network(function), Run(function, pass.Name)).ShouldBeEmpty();
    }

    [Fact]
    public void Verify_names_each_breach()
    {
        var stranger = new GraphBuilder();
        var variable = new Variable("w", _type.WithShape(new(2)), VariableKind.State, new Initializer.Constant(0), Origin.None);
        Node foreign = stranger.Exp(stranger.Make(new FunctionArgument("x", _type)));
        var unknownExtent = _graph.Constant(0, new TensorType(DType.F32, new Shape(Dim.Symbol("M"))));
        var unknownArgument = _graph.Make(new FunctionArgument("z", _type));
        var unknownVariable = _graph.Make(new VariableRead(variable));
        foreach (var (value, problem) in new[]
        {
            (foreign, "is not a node of the network's builder"),
            (unknownExtent, "no argument defines the extent M"),
            (unknownArgument, "is not an argument"),
            (unknownVariable, "is not a variable of the network"),
            (_graph.Make(new DimensionSize(Dim.Symbol("M"), DType.I32)), "no argument defines M"),
        })
        {
            var function = Function(value);
            string.Join("\n", Verify.Problems(Network(function), function)).ShouldContain(problem);
            Should.Throw<InvalidOperationException>(() => Verify.Check(Network(function), function));
        }
        var updating = Function(X) with { Updates = [new Update(variable, X)] };
        string.Join("\n", Verify.Problems(Network(updating), updating)).ShouldContain("is updated by");
    }
}
