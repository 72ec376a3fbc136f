using System.Collections.Immutable;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;

namespace NetCompiler.Compiler.Tests.Rewrites;

/// <summary>The left side of a rule, built node by node so that the builder folds nothing.</summary>
sealed class RuleCase
{
    public GraphBuilder Graph { get; } = new();

    public static Dim N => Dim.Symbol("N");

    public Node Input(string name, DType element, params ImmutableArray<Dim> dims) =>
        Graph.Make(new FunctionArgument(name, new TensorType(element, new Shape(dims))));

    public Node X => Input("x", DType.F32, N, 4);

    public Node Y => Input("y", DType.F32, N, 4);

    public Node Integers(string name = "i") => Input(name, DType.I32, N, 4);

    public Node Condition(string name = "c") => Input(name, DType.Bool, N, 4);

    public Node Number(double value, Node like) => Graph.Constant(value, like.Type);

    public Node Number(double value) => Number(value, X);

    public Node Make<T>(params ImmutableArray<Node> inputs) where T : Operator, new() => Graph.Make(new T(), inputs);

    public Node MatMul(Node a, Node b) => Graph.Make(new MatMul(), a, b);

    public Node Negate(Node x) => Make<Negate>(x);

    public Node Sum(Node x, params int[] axes) => Graph.Make(new Sum([.. axes]), x);

    public Node Max(Node x, params int[] axes) => Graph.Make(new Max([.. axes]), x);

    public Node Broadcast(Node x, Shape target, params int[] axes) => Graph.Make(new Broadcast(target, [.. axes]), x);

    public Node Reshape(Node x, params ImmutableArray<Dim> dims) => Graph.Make(new Reshape(new Shape(dims)), x);

    public Node Transpose(Node x, params int[] permutation) => Graph.Make(new Transpose([.. permutation]), x);

    public Node Iota(int axis, params ImmutableArray<Dim> dims) => Graph.Make(new Iota(new TensorType(DType.I32, new Shape(dims)), axis));

    public Node Slice(Node x, EquatableArray<Dim> starts, EquatableArray<Dim> lengths, params int[] steps) => Graph.Make(
        new Slice(starts, lengths, steps.Length == 0 ? [.. Enumerable.Repeat(1, starts.Length)] : [.. steps]), x);

    public Node Unslice(Node x, Shape target, EquatableArray<Dim> starts, params int[] steps) => Graph.Make(
        new Unslice(target, starts, steps.Length == 0 ? [.. Enumerable.Repeat(1, starts.Length)] : [.. steps]), x);

    public Node Concat(int axis, params ImmutableArray<Node> parts) => Graph.Make(new Concat(axis), parts);
}
