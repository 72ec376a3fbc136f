using System.Collections.Immutable;
using System.Globalization;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Numerics.Tests;

/// <summary>One growing function: the values it has so far, with what is known about them.</summary>
internal sealed partial class RandomGraphGrower
{
    /// <param name="Node">The node.</param>
    /// <param name="Low">A lower bound of its elements.</param>
    /// <param name="High">An upper bound.</param>
    /// <param name="Exact">Whether its elements are small multiples of a power of two, on which arithmetic does not round.</param>
    sealed record Value(Node Node, double Low, double High, bool Exact)
    {
        public double Magnitude => Math.Max(Math.Abs(Low), Math.Abs(High));

        public Shape Shape => Node.Shape;

        public DType Element => Node.Element;

        public bool IsFloat => Element.IsFloat();
    }

    // Symbols are taken to be at most this large where sums over them are bounded.
    const int LargestSymbol = 8;
    const double LargestValue = 2000;
    const double LargestElementCount = 4096;

    readonly Random _random;
    readonly RandomGraphOptions _options;
    readonly GraphBuilder _graph = new();
    readonly List<Value> _values = [];
    readonly List<Argument> _arguments = [];
    readonly List<Variable> _variables = [];

    public RandomGraphGrower(int seed, RandomGraphOptions options)
    {
        _random = new Random(seed);
        _options = options;
    }

    public RandomGraph Grow()
    {
        for (int i = 0; i < 3; i++)
            Leaf(FloatType(), RandomShape());
        if (!_options.Differentiable)
            Leaf(DType.I32, RandomShape());
        Grow(_options.Steps);
        return Finish();
    }

    void Grow(int steps)
    {
        for (int grown = 0, tries = 0; grown < steps && tries < 40 * steps; tries++)
        {
            _graph.Origin = Origin.None with { Name = $"s{grown.ToString(CultureInfo.InvariantCulture)}" };
            if (Step() is { } value && Admit(value))
                grown++;
        }
    }

    RandomGraph Finish()
    {
        var used = new HashSet<Node>(_values.SelectMany(value => value.Node.Inputs));
        var sinks = _values.Where(value => !used.Contains(value.Node)).Reverse().ToList();
        ImmutableArray<Output> outputs;
        if (_options.Differentiable)
        {
            // All ends of the graph in one number, each weighed differently.
            var total = sinks.Where(sink => sink.IsFloat).Select((sink, i) => _graph.Multiply(
                _graph.Sum(sink.Node, Enumerable.Range(0, sink.Shape.Rank)), 0.5 + i / 4.0)).Aggregate(_graph.Add);
            outputs = [new Output("total", total)];
        }
        else
        {
            // Values that others are computed from are returned too: they are both stored and used on the way.
            var passed = _values.Where(value => used.Contains(value.Node) && value.Node.Operator is not Operators.Leaf).OrderBy(_ => _random.Next());
            outputs = [.. sinks.Take(_options.Outputs).Concat(passed.Take(_random.Next(_options.Outputs)))
                .Select((value, i) => new Output($"y{i.ToString(CultureInfo.InvariantCulture)}", value.Node))];
        }
        var updates = _options.Differentiable ? [] : _variables.Where(_ => Chance(0.5)).Select(NewUpdate).ToImmutableArray();
        var symbols = Symbols([.. outputs.Select(output => output.Value), .. updates.Select(update => update.Value)])
            .Concat(_arguments.SelectMany(argument => argument.Type.Shape.Dims).SelectMany(dim => dim.Symbols));
        foreach (string symbol in symbols.Distinct().ToList())
            Define(symbol);
        // Arguments that no result needs stay: callers pass them all the same, and they may define the symbols.
        var function = new FunctionModel("run", [.. _arguments], outputs, updates, [], Chance(0.5), Origin.None, "");
        var network = new NetworkModel("Random", "Grown", [.. _variables], [function], _graph, Origin.None, "");
        return new RandomGraph(network, function, _options.Differentiable);
    }

    Update NewUpdate(Variable variable)
    {
        var read = _graph.Make(new VariableRead(variable));
        var fitting = _values.Where(value => value.Node.Type == variable.Type && value.Node != read).ToList();
        var step = fitting.Count > 0 ? Pick(fitting).Node : read;
        return new Update(variable, variable.Type.Element.IsFloat() ? _graph.Subtract(read, _graph.Multiply(step, 0.125)) : step);
    }

    /// <summary>Takes a new value into the graph, or refuses one that is known already, too large or too many.</summary>
    bool Admit(Value value)
    {
        if (_values.Any(known => known.Node == value.Node) || ElementCount(value.Shape) > LargestElementCount || value.Shape.Rank > 5)
            return false;
        if (value.IsFloat && !(value.Magnitude <= LargestValue))
            value = new Value(_graph.Tanh(_graph.Multiply(value.Node, 1 / 16.0)), -1, 1, false);
        if (!value.IsFloat && !(value.Magnitude <= LargestValue))
            return false;
        _values.Add(value);
        return true;
    }

    static double ElementCount(Shape shape) => shape.Dims.Aggregate(1.0, (count, dim) => count * Extent(dim));

    /// <summary>The extent for the largest symbols.</summary>
    static double Extent(Dim dim) => dim.Evaluate(new Dictionary<string, long> { ["N"] = LargestSymbol, ["M"] = LargestSymbol });

    bool Chance(double probability) => _random.NextDouble() < probability;

    T Pick<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];

    /// <summary>Any value that fulfils a condition, the newer the likelier; null if there is none.</summary>
    Value? Find(Func<Value, bool> condition)
    {
        var fitting = _values.Where(condition).ToList();
        return fitting.Count == 0 ? null : fitting[Math.Max(_random.Next(fitting.Count), _random.Next(fitting.Count))];
    }

    Value? Float() => Find(value => value.IsFloat);

    DType FloatType() => _options.Differentiable || Chance(0.8) ? _options.Floats[0] : Pick(_options.Floats);

    Shape RandomShape() => new(Enumerable.Range(0, Pick([0, 1, 1, 2, 2, 2, 3])).Select(_ => RandomDim()));

    Dim RandomDim() => Pick<Dim>([1, 2, 3, 4, 5, Dim.Symbol("N"), Dim.Symbol("N"), Dim.Symbol("M")]);

    /// <summary>A new argument, or a new variable where all extents are known; in a body a constant.</summary>
    Value Leaf(DType element, Shape shape)
    {
        var type = new TensorType(element, shape);
        Node node;
        string name = $"{(element.IsFloat() ? "x" : element == DType.Bool ? "c" : "i")}{(_arguments.Count + _variables.Count).ToString(CultureInfo.InvariantCulture)}";
        if (_depth > 0)
        {
            node = _graph.Constant(element == DType.Bool || Chance(0.5) ? 1 : 0, type);
        }
        else if (element.IsFloat() && shape.Dims.All(dim => dim.IsConstant) && Chance(0.5))
        {
            _variables.Add(new Variable(name, type, Chance(0.7) ? VariableKind.Parameter : VariableKind.State, new Initializer.Constant(0), Origin.None));
            node = _graph.Make(new VariableRead(_variables[_variables.Count - 1]));
        }
        else
        {
            _arguments.Add(new Argument(name, type, Origin.None));
            node = _graph.Make(new FunctionArgument(name, type));
        }
        var value = element switch
        {
            DType.Bool => new Value(node, 0, 1, true),
            DType.F32 or DType.F64 => new Value(node, -2, 2, !_options.Differentiable),
            _ => new Value(node, 0, 3, true),
        };
        _values.Add(value);
        return value;
    }

    static IEnumerable<string> Symbols(IEnumerable<Node> results) => Node.Reachable(results).SelectMany(node => node.Operator switch
    {
        DimensionSize size => size.Dim.Symbols,
        Scan scan => Symbols(scan.Body),
        _ => node.Shape.Dims.SelectMany(dim => dim.Symbols),
    }).Distinct();

    /// <summary>Makes sure that the length of some argument tells the symbol, whatever the others are.</summary>
    void Define(string symbol)
    {
        if (!_arguments.Any(argument => argument.Type.Shape.Size.DivideExactly(Dim.Symbol(symbol)) is { IsConstant: true }))
            _arguments.Add(new Argument($"size{symbol}", new TensorType(_options.Floats[0], new Shape(Dim.Symbol(symbol))), Origin.None));
    }

    /// <summary>A value of this type, rarely <paramref name="other"/>: one there is, one that can be repeated to it, a constant or a new leaf.</summary>
    Value Like(TensorType type, Value? other = null)
    {
        if (Chance(0.6) && Find(value => value.Node.Type == type && (value != other || Chance(0.1))) is { } same)
            return same;
        if (Chance(0.7) && Find(value => value.Element == type.Element && value.Shape != type.Shape && Alignment(value.Shape, type.Shape) is not null) is { } smaller)
            return smaller with { Node = _graph.Make(new Broadcast(type.Shape, [.. Alignment(smaller.Shape, type.Shape)!]), smaller.Node) };
        if (Chance(0.3) && type.Element != DType.Bool)
        {
            double constant = type.Element.IsFloat() ? Pick([-2, -1, 0, 0.25, 0.5, 1, 3]) : Pick([0, 1, 2, 3]);
            return new Value(_graph.Constant(constant, type), constant, constant, true);
        }
        return Leaf(type.Element, type.Shape);
    }

    /// <summary>Axes of <paramref name="target"/> that the axes of <paramref name="shape"/> can become, innermost first; null if there are none.</summary>
    static ImmutableArray<int>? Alignment(Shape shape, Shape target)
    {
        var axes = new int[shape.Rank];
        int last = target.Rank;
        for (int axis = shape.Rank - 1; axis >= 0; axis--)
        {
            do
                last--;
            while (last >= 0 && !(shape[axis].Is(1) || shape[axis] == target[last]));
            if (last < 0)
                return null;
            axes[axis] = last;
        }
        return [.. axes];
    }
}
