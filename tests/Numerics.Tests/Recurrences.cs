using System.Collections.Immutable;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;

namespace NetCompiler.Numerics.Tests;

/// <summary>A function with scans, built without the language: each shows one thing that plans of scans must get right.</summary>
internal sealed record Recurrence(string Name, RandomGraph Graph)
{
    static readonly Dim T = Dim.Symbol("T"), N = Dim.Symbol("N");

    public static ImmutableArray<Recurrence> All { get; } =
    [
        Of("Lstm", graph =>
        {
            var xs = graph.Argument("xs", T, N, 3);
            var (h, c) = (graph.Argument("h", N, 5), graph.Argument("c", N, 5));
            var (weight, bias) = (graph.Argument("weight", 8, 20), graph.Argument("bias", 20));
            var results = graph.Scan(T, [xs], [h, c], [weight, bias], (x, carried, fixedOnes) =>
            {
                var (next, cell) = graph.LstmCell(x[0], carried[0], carried[1], fixedOnes[0], fixedOnes[1]);
                return ([next, cell], [next]);
            });
            return graph.Outputs(results);
        }),
        Of("Reverse", graph =>
        {
            var xs = graph.Argument("xs", T, N, 3);
            var results = graph.Scan(T, [xs], [graph.Argument("h", N, 3)], [], (x, h, _) => ([graph.G.Tanh(graph.G.Add(x[0], h[0]))], [h[0], graph.G.Multiply(x[0], 2)]), reverse: true);
            return graph.Outputs(results);
        }),
        Of("Scalars", graph =>
        {
            var xs = graph.Argument("xs", T);
            var rate = graph.Argument("rate");
            var start = graph.G.Constant(0.5, TensorType.Scalar(DType.F32));
            var results = graph.Scan(T, [xs], [start], [rate], (x, s, r) =>
            {
                var next = graph.G.Add(graph.G.Multiply(r[0], s[0]), x[0]);
                return ([next], [next, r[0]]);
            });
            return graph.Outputs(results);
        }),
        // Steps of no operator: values move between carries, sequences and results.
        Of("Exchanges", graph =>
        {
            var xs = graph.Argument("xs", T, 4);
            var results = graph.Scan(T, [xs], [graph.Argument("a", 4), graph.Argument("b", 4), graph.Argument("c", 4)], [],
                (x, c, _) => ([c[1], c[0], x[0]], [x[0], c[2], x[0]]));
            return graph.Outputs(results);
        }),
        Of("CarriedUnchanged", graph =>
        {
            var xs = graph.Argument("xs", T, 4);
            var results = graph.Scan(T, [xs], [graph.Argument("a", 4), graph.Argument("sum", 4)], [],
                (x, c, _) => ([c[0], graph.G.Add(c[1], graph.G.Multiply(c[0], x[0]))], []));
            return graph.Outputs(results);
        }),
        Of("SameValueCarriedTwice", graph =>
        {
            var xs = graph.Argument("xs", T, N);
            var start = graph.Argument("start", N);
            var results = graph.Scan(T, [xs], [start, start], [start], (x, c, f) =>
            {
                var next = graph.G.Sin(graph.G.Add(graph.G.Subtract(c[0], c[1]), graph.G.Add(x[0], f[0])));
                return ([next, next], [next, next]);
            });
            return graph.Outputs(results);
        }),
        // One body over two sequences: two loops that share nothing but their kernels.
        Of("SameBodyTwice", graph =>
        {
            Node Sums(string name) => graph.Scan(T, [graph.Argument(name, T, 3)], [graph.G.Constant(0, new(DType.F32, new Shape(3)))], [],
                (x, c, _) => ([graph.G.Add(c[0], x[0])], [graph.G.Add(c[0], x[0])]))[1];
            return graph.Outputs([graph.G.Subtract(Sums("xs"), Sums("ys"))]);
        }),
        Of("Stacked", graph =>
        {
            var first = graph.Scan(T, [graph.Argument("xs", T, N, 2)], [graph.Argument("h", N, 2)], [],
                (x, h, _) => Twice(graph.G.Tanh(graph.G.Add(x[0], h[0]))));
            var second = graph.Scan(T, [first[1]], [first[0]], [], (x, h, _) => Twice(graph.G.Sin(graph.G.Subtract(x[0], h[0]))), reverse: true);
            return graph.Outputs([second[1], graph.G.Add(first[1], 1)]);

            static (Node[], Node[]) Twice(Node next) => ([next], [next]);
        }),
        Of("Nested", graph =>
        {
            var rows = graph.Argument("rows", T, N, 3);
            var results = graph.Scan(T, [rows], [graph.Argument("total", 3)], [graph.Argument("scale", 3)], (row, total, scale) =>
            {
                var inner = graph.Scan(N, [row[0]], [total[0]], [scale[0]],
                    (x, c, s) => ([graph.G.Tanh(graph.G.Add(graph.G.Multiply(c[0], s[0]), x[0]))], [graph.G.Multiply(c[0], x[0]), x[0]]));
                return ([inner[0]], [inner[1], graph.G.Sum(inner[1], [0]), inner[0]]);
            });
            return graph.Outputs(results);
        }),
        Of("NestedEqualYields", graph =>
        {
            var results = graph.Scan(T, [graph.Argument("rows", T, N)], [], [], (row, _, _) =>
            {
                var inner = graph.Scan(N, [row[0]], [graph.G.Constant(1, TensorType.Scalar(DType.F32))], [],
                    (x, c, _) => ([graph.G.Add(c[0], x[0])], [c[0], c[0]]), reverse: true);
                return ([], [inner[1], inner[2]]);
            });
            return graph.Outputs(results);
        }),
        // The state is a variable that the loop may work in, the weight one that it reads while it is updated.
        Of("Updates", graph =>
        {
            var state = graph.Variable("state", VariableKind.State, 4);
            var weight = graph.Variable("weight", VariableKind.Parameter, 4);
            var results = graph.Scan(T, [graph.Argument("xs", T, 4)], [state.Read], [weight.Read],
                (x, h, w) => ([graph.G.Tanh(graph.G.Add(graph.G.Multiply(h[0], w[0]), x[0]))], [h[0]]));
            graph.Updates.Add(new(state.Variable, results[0]));
            graph.Updates.Add(new(weight.Variable, graph.G.Subtract(weight.Read, graph.G.Sum(results[1], [0]))));
            return [];
        }),
        // The old state is read after the loop too, so the loop may not work in it.
        Of("UpdateAndOldValue", graph =>
        {
            var state = graph.Variable("state", VariableKind.State, 4);
            var results = graph.Scan(T, [graph.Argument("xs", T, 4)], [state.Read], [state.Read], (x, h, old) => ([graph.G.Add(graph.G.Multiply(h[0], old[0]), x[0])], []));
            graph.Updates.Add(new(state.Variable, results[0]));
            return graph.Outputs([graph.G.Multiply(results[0], state.Read)]);
        }),
        Of("ShorterLengths", graph =>
        {
            var xs = graph.Argument("xs", T, 3);
            var pairs = graph.Scan(T - 1, [graph.G.Slice(xs, 0, Dim.Zero, T - 1), graph.G.Slice(xs, 0, Dim.One, T - 1)], [graph.Argument("h", 3)], [],
                (x, h, _) => ([graph.G.Add(h[0], graph.G.Multiply(x[0], x[1]))], [graph.G.Subtract(x[1], x[0])]));
            var none = graph.Scan(Dim.Zero, [graph.G.Slice(xs, 0, Dim.Zero, Dim.Zero)], [pairs[0]], [], (x, h, _) => ([graph.G.Add(h[0], x[0])], [h[0]]));
            return graph.Outputs([.. pairs, .. none]);
        }),
        Of("StepsWithoutSequences", graph =>
        {
            var results = graph.Scan(7, [], [graph.Argument("x", N)], [], (_, x, _) =>
                ([graph.G.Multiply(graph.G.Subtract(graph.G.ConstantLike(3, x[0]), x[0]), graph.G.Multiply(x[0], 0.5))], [graph.G.Sum(x[0], [0])]));
            return graph.Outputs(results);
        }),
        Of("Integers", graph =>
        {
            var xs = graph.G.Make(new FunctionArgument("xs", new(DType.I32, new Shape(T, N))));
            var results = graph.Scan(T, [xs], [graph.G.Constant(0, new(DType.I64, new Shape(N)))], [],
                (x, c, _) => ([graph.G.Add(c[0], graph.G.Make(new Cast(DType.I64), x[0]))], [graph.G.Equal(x[0], graph.G.ConstantLike(1, x[0]))]));
            return graph.Outputs(results);
        }),
        // What a step computes from nothing but constants and positions.
        Of("ConstantSteps", graph =>
        {
            var type = new TensorType(DType.F32, new Shape(N, 2));
            var results = graph.Scan(T, [], [graph.Argument("x", N, 2)], [],
                (_, _, _) => ([graph.G.Constant(3, type)], [graph.G.Make(new Iota(type, 0)), graph.G.Make(new DimensionSize(N * 2, DType.F32))]));
            return graph.Outputs(results);
        }),
        // Only the last value is read: what the steps yield besides is not computed, and reshaped values are views.
        Of("UnreadAndReshaped", graph =>
        {
            var xs = graph.Argument("xs", T, 2, 3);
            var results = graph.Scan(T, [graph.G.Reshape(xs, new Shape(T, 3, 2))], [graph.Argument("h", 6), graph.Argument("unread", 6)], [], (x, h, _) =>
            {
                var next = graph.G.Tanh(graph.G.Add(h[0], graph.G.Reshape(x[0], new Shape(6))));
                return ([next, graph.G.Add(h[1], next)], [graph.G.Exp(next), graph.G.Reshape(next, new Shape(3, 2))]);
            });
            return graph.Outputs([results[0], graph.G.Reshape(results[3], new Shape(T * 2, 3))]);
        }),
    ];

    public override string ToString() => Name;

    static Recurrence Of(string name, Func<Program, IEnumerable<Node>> outputs)
    {
        var program = new Program();
        var values = outputs(program).ToList();
        var arguments = program.Arguments.Select(node => new Argument(((FunctionArgument)node.Operator).Argument, node.Type, Origin.None));
        var function = new FunctionModel("run", [.. arguments], [.. values.Select((value, i) => new Output($"y{i}", value))], [.. program.Updates], [], false, Origin.None, "");
        return new(name, new RandomGraph(new NetworkModel("", name, [.. program.Variables], [function], program.G, Origin.None, ""), function, Continuous: true));
    }
}

/// <summary>A function while it is built.</summary>
internal sealed class Program
{
    public GraphBuilder G { get; } = new();

    public List<Variable> Variables { get; } = [];

    public List<Update> Updates { get; } = [];

    /// <summary>The arguments in the order in which they were made.</summary>
    public List<Node> Arguments { get; } = [];

    public Node Argument(string name, params Dim[] dims)
    {
        Arguments.Add(G.Make(new FunctionArgument(name, new(DType.F32, new Shape(dims)))));
        return Arguments[^1];
    }

    public (Variable Variable, Node Read) Variable(string name, VariableKind kind, params Dim[] dims)
    {
        var variable = new Variable(name, new(DType.F32, new Shape(dims)), kind, new Initializer.Constant(0), Origin.None);
        Variables.Add(variable);
        return (variable, G.Make(new VariableRead(variable)));
    }

    public IEnumerable<Node> Outputs(IEnumerable<Node> values)
    {
        var outputs = values.ToList();
        foreach (var leaf in Node.Reachable(outputs).Where(node => node.Operator is FunctionArgument && !Arguments.Contains(node)))
            Arguments.Add(leaf);
        return outputs;
    }

    /// <summary>All results of a scan. <paramref name="body"/> is given elements of the sequences, carried values and what stays, and gives what is carried on and what is yielded.</summary>
    public ImmutableArray<Node> Scan(
        Dim length, Node[] sequences, Node[] carries, Node[] invariants, Func<Node[], Node[], Node[], (Node[] Carried, Node[] Yields)> body, bool reverse = false)
    {
        int index = 0;
        Node[] Bind(Node[] inputs, Func<TensorType, TensorType> type) => [.. inputs.Select(input => G.Make(new BodyArgument(index++, type(input.Type))))];
        var (carried, yields) = body(Bind(sequences, type => type.WithShape(type.Shape.Without([0]))), Bind(carries, type => type), Bind(invariants, type => type));
        EquatableArray<Node> results = [.. carried, .. yields];
        var scan = new Scan(length, sequences.Length, carries.Length, results, reverse);
        var node = G.Make(scan, [.. sequences, .. carries, .. invariants]);
        return [.. results.Items.Select((_, i) => G.Make(new ScanResult(i, scan.ResultType(i)), node))];
    }

    /// <summary>Hochreiter and Schmidhuber (1997) with forget gates; the gates lie side by side in one product.</summary>
    public (Node Hidden, Node Cell) LstmCell(Node x, Node h, Node c, Node weight, Node bias)
    {
        var units = h.Shape[1];
        var product = G.MatMul(G.Concat([x, h], 1), weight);
        var gates = G.Add(product, G.BroadcastTo(bias, product.Shape));
        Node Gate(int number) => G.Slice(gates, 1, units * number, units);
        var cell = G.Add(G.Multiply(G.Sigmoid(Gate(0)), c), G.Multiply(G.Sigmoid(Gate(1)), G.Tanh(Gate(2))));
        return (G.Multiply(G.Sigmoid(Gate(3)), G.Tanh(cell)), cell);
    }
}
