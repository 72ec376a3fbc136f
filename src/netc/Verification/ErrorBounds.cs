using System.Collections.Immutable;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.CommandLine.Verification;

/// <summary>
/// Computes nodes in float64, and beside each value how far a result in the declared precision may be from it. An operator allows for
/// what its operands allow, carried through it, and for its own roundings, of half an ulp of the result each (u = 2^-24 in f32):
/// <list type="bullet">
/// <item>element-wise operators two roundings, elementary functions eight, twice what each is within: they are joined, and the
/// reference rounds too;</item>
/// <item>sums of n terms, products and convolutions 8 + 4·√n roundings of Σ|x|: the n of the worst case is never seen (Higham and
/// Mary, 2019, "A new approach to probabilistic rounding error analysis"), and no more than n where that is less;</item>
/// <item>convolutions moreover what their algorithm states, relative to the largest Σ|x||w|.</item>
/// </list>
/// </summary>
internal sealed class ErrorBounds(IReadOnlyDictionary<string, long> symbols, Func<Node, double> algorithmError)
{
    /// <summary>The least distance that counts: below the smallest normal number relative accuracy ends.</summary>
    const double Tiny = 1.2e-38;

    readonly BlockedLanes _lanes = new();

    /// <summary>Computes <paramref name="nodes"/>, which come after their inputs; those that have a value in <paramref name="values"/> keep it.</summary>
    public void Evaluate(IEnumerable<Node> nodes, Dictionary<Node, BoundedTensor> values)
    {
        foreach (var node in nodes)
        {
            if (!values.ContainsKey(node))
                values[node] = Evaluate(node, [.. node.Inputs.Select(input => values[input])]);
        }
    }

    BoundedTensor Evaluate(Node node, ImmutableArray<BoundedTensor> inputs)
    {
        if (node.Operator is Composite composite)
            return Composed(composite, node, inputs);
        ImmutableArray<int> dims = [.. node.Shape.Dims.Select(dim => checked((int)dim.Evaluate(symbols)))];
        var given = new Dictionary<Node, ReferenceTensor>();
        for (int i = 0; i < inputs.Length; i++)
            given[node.Inputs[i]] = inputs[i].Value;
        var value = ReferenceEvaluator.Evaluate([node], symbols, given)[0];
        var error = new ReferenceTensor(dims);
        switch (Planar(node.Operator))
        {
            case Elementwise elementwise:
                AddCarried(elementwise, inputs, value, error);
                AddRoundings(node, inputs, value, error);
                break;
            case Constant constant:
                Array.Fill(error.Data, Math.Abs(Represent(constant.Value, node.Element) - constant.Value));
                break;
            case Leaf or RandomUniform:
                break;
            case Max or Min:
                Apply(node.Operator is Max max ? max : new Max(((Min)node.Operator).Axes), [inputs[0].Error], error);
                break;
            case Product:
                AddProduct(node, inputs[0], value, error);
                break;
            case PositionOf position:
                AddPosition(position, inputs[0], value, error);
                break;
            case Sum or CumulativeSum or ScatterAdd or ChannelAverage:
            case var pool when Planar(pool) is AveragePool or AveragePoolBackward or MaxPoolScatter:
                AddLinear(node, inputs, value, error);
                break;
            case MatrixProduct or Convolution or BlockedConv2D:
                AddBilinear(node, inputs, error);
                break;
            default:
                // What only moves elements moves their errors too.
                if (!inputs.All(input => input.IsExact))
                    Apply(node.Operator, [.. inputs.Select((input, i) => Selects(node.Operator, i) ? input.Value : input.Error)], error);
                break;
        }
        for (int i = 0; i < error.Data.Length; i++)
        {
            if (double.IsNaN(error.Data[i]))
                error.Data[i] = double.PositiveInfinity;
        }
        return new BoundedTensor(value, error);
    }

    /// <summary>What the graph that an operator stands for allows.</summary>
    BoundedTensor Composed(Composite composite, Node node, ImmutableArray<BoundedTensor> inputs)
    {
        var graph = new GraphBuilder();
        ImmutableArray<Node> arguments = [.. node.Inputs.Select(input => graph.StandIn(input.Type))];
        var values = arguments.Zip(inputs).ToDictionary(pair => pair.First, pair => pair.Second);
        var root = composite.Compose(arguments, graph);
        // The kernel is given these numbers as they are.
        foreach (var constant in Node.Reachable([root]).Where(constant => constant.Operator is Constant))
        {
            var exact = ReferenceEvaluator.Evaluate([constant], symbols, new Dictionary<Node, ReferenceTensor>())[0];
            values[constant] = BoundedTensor.Given(Combine(exact, exact, (number, _) => Represent(number, constant.Element)));
        }
        Evaluate(Node.Reachable([root]), values);
        return values[root];
    }

    void Apply(Operator op, ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output)
    {
        op.Evaluate(inputs, output, symbols);
        for (int i = 0; i < output.Data.Length; i++)
            output.Data[i] = Math.Abs(output.Data[i]);
    }

    static Operator Planar(Operator op) => op is BlockedPool pool ? pool.Planar : op;

    /// <summary>Whether an input says which elements of the others are taken.</summary>
    static bool Selects(Operator op, int input) => Planar(op) switch
    {
        Gather => input == 1,
        ScatterAdd or MaxPoolGather or MaxPoolScatter => input == 0,
        _ => false,
    };

    /// <summary>What an element-wise function makes of the errors of its operands, one at a time.</summary>
    static void AddCarried(Elementwise op, ImmutableArray<BoundedTensor> inputs, ReferenceTensor value, ReferenceTensor error)
    {
        Span<double> operands = stackalloc double[inputs.Length];
        for (int operand = 0; operand < inputs.Length; operand++)
        {
            if (inputs[operand].IsExact)
                continue;
            for (int i = 0; i < value.Data.Length; i++)
            {
                double around = inputs[operand].Error.Data[i];
                if (around == 0)
                    continue;
                for (int k = 0; k < inputs.Length; k++)
                    operands[k] = inputs[k].Value.Data[i];
                double exact = op.Apply(operands), own = operands[operand];
                operands[operand] = own + around;
                double above = op.Apply(operands);
                operands[operand] = own - around;
                double below = op.Apply(operands);
                error.Data[i] += Math.Max(Distance(above, exact), Distance(below, exact));
            }
        }
    }

    static double Distance(double a, double b) => a.Equals(b) ? 0 : Math.Abs(a - b);

    static void AddRoundings(Node node, ImmutableArray<BoundedTensor> inputs, ReferenceTensor value, ReferenceTensor error)
    {
        const double function = 8;
        double unit = Unit(node.Element);
        if (unit == 0)
            return;
        double roundings = node.Operator switch
        {
            Select or Negate or Abs or Maximum or Minimum or StopGradient or Sign or Floor or Ceiling or Round => 0,
            Cast => node.Inputs[0].Element == node.Element ? 0 : 2,
            Add or Subtract or Multiply => 2,
            Divide or Sqrt or RoundAtRandom => 4,
            _ => function,
        };
        for (int i = 0; i < value.Data.Length; i++)
        {
            double size = Math.Abs(value.Data[i]);
            double own = node.Operator switch
            {
                // x^y = exp(y·log x): the error of the exponent counts as many times as it is large.
                Power => roundings * (1 + Math.Abs(inputs[1].Value.Data[i] * Math.Log(Math.Abs(inputs[0].Value.Data[i])))) * size,
                Sin or Cos => roundings,
                _ => roundings * size,
            };
            if (own > 0 && double.IsFinite(own))
                error.Data[i] += own * unit + (double.IsFinite(size) ? Tiny : 0);
        }
    }

    void AddLinear(Node node, ImmutableArray<BoundedTensor> inputs, ReferenceTensor value, ReferenceTensor error)
    {
        // Whole numbers are added without error.
        double unit = Unit(node.Element);
        ImmutableArray<ReferenceTensor> With(Func<BoundedTensor, ReferenceTensor> data) =>
            [.. inputs.Select((input, i) => Selects(node.Operator, i) ? input.Value : data(input))];
        if (unit > 0)
        {
            var magnitude = new ReferenceTensor(value.Dims);
            Apply(node.Operator, With(input => Absolute(input.Value)), magnitude);
            long terms = Planar(node.Operator) switch
            {
                // Windows may overlap.
                AveragePool pool => pool.Window.Size,
                AveragePoolBackward pool => pool.Window.Size,
                MaxPoolScatter pool => pool.Window.Size,
                ChannelAverage average => average.Size,
                _ => Math.Max(1, inputs[^1].Value.Data.Length / Math.Max(1, node.Operator is CumulativeSum ? 1 : value.Data.Length)),
            };
            AddShare(error, magnitude, Roundings(terms, node.Element) * unit);
        }
        if (!inputs.All(input => input.IsExact))
        {
            var carried = new ReferenceTensor(value.Dims);
            Apply(node.Operator, With(input => input.Error), carried);
            AddShare(error, carried, 1);
        }
    }

    void AddBilinear(Node node, ImmutableArray<BoundedTensor> inputs, ReferenceTensor error)
    {
        var (a, b) = (Absolute(inputs[0].Value), Absolute(inputs[1].Value));
        var magnitude = new ReferenceTensor(error.Dims);
        Apply(node.Operator, [a, b], magnitude);
        var counts = _lanes.Mask(node, error.Dims);
        // What is pooled at once was more before, all of it sums of as many terms.
        long results = node.Operator is BlockedConv2D { Pool: not null } pooled
            ? pooled.Result.Size.Evaluate(symbols) : Enumerable.Range(0, error.Data.Length).LongCount(counts);
        long terms = results == 0 ? 1 : node.Operator.Cost(node).MultiplyAdds.Evaluate(symbols) / results;
        AddShare(error, magnitude, Roundings(terms, node.Element) * Unit(node.Element));
        double stated = algorithmError(node);
        if (stated > 0)
        {
            double most = magnitude.Data.Where(double.IsFinite).DefaultIfEmpty(0).Max();
            for (int i = 0; i < error.Data.Length; i++)
                error.Data[i] += stated * most;
        }
        for (int operand = 0; operand < 2; operand++)
        {
            if (inputs[operand].IsExact)
                continue;
            var carried = new ReferenceTensor(error.Dims);
            Apply(node.Operator, operand == 0 ? [inputs[0].Error, b] : [a, inputs[1].Error], carried);
            AddShare(error, carried, 1);
        }
    }

    void AddProduct(Node node, BoundedTensor input, ReferenceTensor value, ReferenceTensor error)
    {
        var larger = new ReferenceTensor(value.Dims);
        Apply(node.Operator, [Combine(input.Value, input.Error, (x, around) => Math.Abs(x) + around)], larger);
        long terms = input.Value.Data.Length / Math.Max(1, value.Data.Length);
        for (int i = 0; i < value.Data.Length; i++)
            error.Data[i] = larger.Data[i] - Math.Abs(value.Data[i]) + terms * Unit(node.Element) * larger.Data[i];
    }

    /// <summary>Where the extreme element and another are within their errors, either position will do.</summary>
    void AddPosition(PositionOf op, BoundedTensor input, ReferenceTensor value, ReferenceTensor error)
    {
        if (input.IsExact)
            return;
        int extent = input.Value.Dims[op.Axis];
        int inner = input.Value.Dims.Skip(op.Axis + 1).Aggregate(1, (size, dim) => size * dim);
        double towards = op is ArgMax ? 1 : -1;
        var moved = Combine(input.Value, input.Error, (x, around) => x + towards * around);
        for (int i = 0; i < value.Data.Length; i++)
        {
            int at = (i / inner * extent + (int)value.Data[i]) * inner + i % inner;
            moved.Data[at] = input.Value.Data[at] - towards * input.Error.Data[at];
        }
        var other = new ReferenceTensor(value.Dims);
        op.Evaluate([moved], other, symbols);
        for (int i = 0; i < value.Data.Length; i++)
            error.Data[i] = other.Data[i].Equals(value.Data[i]) ? 0 : extent;
    }

    static ReferenceTensor Absolute(ReferenceTensor tensor) => Combine(tensor, tensor, (x, _) => Math.Abs(x));

    static ReferenceTensor Combine(ReferenceTensor a, ReferenceTensor b, Func<double, double, double> function)
    {
        var result = new ReferenceTensor(a.Dims);
        for (int i = 0; i < result.Data.Length; i++)
            result.Data[i] = function(a.Data[i], b.Data[i]);
        return result;
    }

    static void AddShare(ReferenceTensor error, ReferenceTensor magnitude, double factor)
    {
        for (int i = 0; i < error.Data.Length; i++)
        {
            if (magnitude.Data[i] != 0 && factor > 0)
                error.Data[i] += factor * Math.Abs(magnitude.Data[i]) + Tiny;
        }
    }

    /// <summary>The roundings of a sum; in f64, in which the reference itself is computed, those of both.</summary>
    static double Roundings(long terms, DType element) => Math.Min(terms + 1, 8 + 4 * Math.Sqrt(terms)) * (element == DType.F64 ? 2 : 1);

    /// <summary>The nearest number of a type.</summary>
    static double Represent(double value, DType element) => element switch
    {
        DType.F32 => (float)value,
        DType.F16 => (double)(Half)value,
        DType.BF16 => (float)(Runtime.BFloat16)(float)value,
        _ => value,
    };

    /// <summary>Half an ulp of 1.</summary>
    public static double Unit(DType element) => element switch
    {
        DType.F64 => Math.ScaleB(1, -53),
        DType.F32 => Math.ScaleB(1, -24),
        DType.F16 => Math.ScaleB(1, -11),
        DType.BF16 => Math.ScaleB(1, -8),
        _ => 0,
    };
}
