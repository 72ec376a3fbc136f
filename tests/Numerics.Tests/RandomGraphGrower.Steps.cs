using System.Collections.Immutable;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;

namespace NetCompiler.Numerics.Tests;

internal sealed partial class RandomGraphGrower
{
    /// <summary>One more value from those there are; null where the drawn operator does not fit any.</summary>
    Value? Step() => _random.Next(26) switch
    {
        0 or 1 => SmoothFunction(),
        2 or 3 or 4 => Arithmetic(),
        5 => _options.Differentiable ? SmoothFunction() : Kinked(),
        6 => _options.Differentiable ? Arithmetic() : Integers(),
        7 => _options.Differentiable ? Motif() : Comparison(),
        8 => Choice(),
        9 => Chance(0.3) ? Stored() : Conversion(),
        10 => Spread(),
        11 => Regrouped(),
        12 => Permuted(),
        13 => Part(),
        14 => Joined(),
        15 or 16 => Folded(),
        17 => Product(),
        18 => Image(),
        19 or 20 => WithItself(),
        21 => Indexed(),
        22 => Recurrence(),
        23 => AlongAxis(),
        24 => Drawn(),
        _ => Motif(),
    };

    Value Apply(Operator op, double low, double high, bool exact, params ImmutableArray<Value> operands) =>
        new(_graph.Make(op, [.. operands.Select(operand => operand.Node)]), low, high, exact);

    Value? Drawn() => Chance(0.3)
        ? new(_graph.Make(new RandomUniform(RandomShape(), FloatType(), _random.Next(9)), _graph.Constant(_random.Next(9), TensorType.Scalar(DType.I64))), 0, 1, false)
        : null;

    Value? SmoothFunction()
    {
        if (Float() is not { } x)
            return null;
        double e = Math.Exp(Math.Min(x.High, 4));
        return _random.Next(14) switch
        {
            0 when x.High <= 3 => Apply(new Exp(), 0, e, false, x),
            1 when x.High <= 3 => Apply(new Expm1(), -1, e, false, x),
            2 when Positive(x) is var positive => Apply(new Log(), Math.Log(positive.Low), Math.Log(positive.High), false, positive),
            3 when Positive(x) is var positive => Apply(new Log1p(), 0, Math.Log(1 + positive.High), false, positive),
            4 when Positive(x) is var positive => Apply(new Sqrt(), Math.Sqrt(positive.Low), Math.Sqrt(positive.High), false, positive),
            5 => Apply(new Tanh(), -1, 1, false, x),
            6 => Apply(new Sigmoid(), Math.Max(0, x.Low > -3 ? 0.04 : 0), 1, false, x),
            7 => Apply(new Softplus(), x.Low > -1 ? 0.3 : 0, Math.Max(0, x.High) + 0.7, false, x),
            8 when x.Magnitude < 50 => Apply(new Sin(), -1, 1, false, x),
            9 when x.Magnitude < 50 => Apply(new Cos(), -1, 1, false, x),
            10 => Apply(new Erf(), -1, 1, false, x),
            11 => Apply(new Negate(), -x.High, -x.Low, x.Exact, x),
            12 when !_options.Differentiable => Apply(new StopGradient(), x.Low, x.High, x.Exact, x),
            13 when x.Magnitude < 50 => CustomSine(x),
            _ => null,
        };
    }

    /// <summary>A sine that says itself that its derivative is the cosine.</summary>
    Value CustomSine(Value x)
    {
        var flow = _graph.StandIn(x.Node.Type);
        var sine = CustomGradient.Of(_graph, [_graph.Make(new Sin(), x.Node)], [x.Node], [flow], [_graph.Multiply(flow, _graph.Make(new Cos(), x.Node))]);
        return new Value(sine[0], -1, 1, false);
    }

    /// <summary>x where that is positive, else x² + 1/4.</summary>
    Value Positive(Value x) => x.Low >= 0.25 ? x : Apply(new Add(), 0.25, x.Magnitude * x.Magnitude + 0.25, false,
        Apply(new Multiply(), 0, x.Magnitude * x.Magnitude, false, x, x), new Value(_graph.ConstantLike(0.25, x.Node), 0.25, 0.25, true));

    Value? Arithmetic()
    {
        if (Float() is not { } a)
            return null;
        var b = Like(a.Node.Type, a);
        if (Chance(0.3))
            (a, b) = (b, a);
        bool exact = a.Exact && b.Exact && a.Magnitude + b.Magnitude < 64;
        double[] products = [a.Low * b.Low, a.Low * b.High, a.High * b.Low, a.High * b.High];
        switch (_random.Next(6))
        {
            case 0 or 1:
                return Apply(new Add(), a.Low + b.Low, a.High + b.High, exact, a, b);
            case 2:
                return Apply(new Subtract(), a.Low - b.High, a.High - b.Low, exact, a, b);
            case 3:
                return Apply(new Multiply(), products.Min(), products.Max(), false, a, b);
            case 4:
                b = b.High <= -0.25 ? b : Positive(b);
                double least = Math.Min(Math.Abs(b.Low), Math.Abs(b.High));
                return Apply(new Divide(), -a.Magnitude / least, a.Magnitude / least, false, a, b);
            case 5 when a.Magnitude <= 3:
                a = Positive(a);
                double exponent = Pick([-1, 0.5, 1, 1.5, 2, 3]);
                double[] powers = [Math.Pow(a.Low, exponent), Math.Pow(a.High, exponent)];
                var constant = new Value(_graph.ConstantLike(exponent, a.Node), exponent, exponent, true);
                return Apply(new Power(), powers.Min(), powers.Max(), false, a, constant);
            default:
                return null;
        }
    }

    /// <summary>Functions with kinks and steps. Where they step, their operands are exact.</summary>
    Value? Kinked()
    {
        switch (_random.Next(8))
        {
            case 0 or 1 when Float() is { } x:
                var other = Like(x.Node.Type, x);
                return Apply(new Maximum(), Math.Max(x.Low, other.Low), Math.Max(x.High, other.High), x.Exact && other.Exact, x, other);
            case 2 or 3 when Float() is { } x:
                var second = Like(x.Node.Type, x);
                return Apply(new Minimum(), Math.Min(x.Low, second.Low), Math.Min(x.High, second.High), x.Exact && second.Exact, x, second);
            case 4 when Float() is { } x:
                return Apply(new Abs(), 0, x.Magnitude, x.Exact, x);
            default:
                if (Find(value => value.IsFloat && value.Exact) is not { } exact)
                    return null;
                Operator op = Pick<Operator>([new Sign(), new Floor(), new Ceiling(), new Round()]);
                return op is Sign ? Apply(op, -1, 1, true, exact) : Apply(op, Math.Floor(exact.Low), Math.Ceiling(exact.High), true, exact);
        }
    }

    Value? Integers()
    {
        if (Find(value => value.Element.IsInteger()) is not { } a)
            return null;
        var b = Like(a.Node.Type, a);
        bool wraps = a.Element == DType.U8; // keep away from the ends, where a cast to u8 would saturate
        return _random.Next(6) switch
        {
            0 when !wraps || a.High + b.High < 256 => Apply(new Add(), a.Low + b.Low, a.High + b.High, true, a, b),
            1 when !wraps => Apply(new Subtract(), a.Low - b.High, a.High - b.Low, true, a, b),
            2 when a.Magnitude * b.Magnitude < (wraps ? 256 : 1000) => Apply(new Multiply(), -a.Magnitude * b.Magnitude, a.Magnitude * b.Magnitude, true, a, b),
            3 => Apply(new Maximum(), Math.Max(a.Low, b.Low), Math.Max(a.High, b.High), true, a, b),
            4 => Apply(new Minimum(), Math.Min(a.Low, b.Low), Math.Min(a.High, b.High), true, a, b),
            5 when !wraps => Apply(Chance(0.5) ? new Negate() : new Abs(), -a.Magnitude, a.Magnitude, true, a),
            _ => null,
        };
    }

    Value? Comparison()
    {
        if (Chance(0.5) && Find(value => value.Element == DType.Bool) is { } condition)
            return Chance(0.4) ? Apply(new Not(), 0, 1, true, condition)
                : Apply(Chance(0.5) ? new And() : new Or(), 0, 1, true, condition, Like(condition.Node.Type, condition));
        if (Find(value => value.Exact && value.Element != DType.Bool) is not { } a)
            return null;
        var b = Like(a.Node.Type, a);
        return b.Exact ? Apply(Pick<Operator>([new Equal(), new NotEqual(), new Less(), new LessOrEqual()]), 0, 1, true, a, b) : null;
    }

    Value? Choice()
    {
        if (Find(value => value.Element != DType.Bool) is not { } a)
            return null;
        var b = Like(a.Node.Type, a);
        var condition = !_options.Differentiable && _depth == 0 && Chance(0.2)
            ? new Value(_graph.Broadcast(_graph.Make(new TrainingFlag()), a.Shape, []), 0, 1, true)
            : Like(new TensorType(DType.Bool, a.Shape));
        return Apply(new Select(), Math.Min(a.Low, b.Low), Math.Max(a.High, b.High), a.Exact && b.Exact, condition, a, b);
    }

    Value? Conversion()
    {
        if (_options.Differentiable || Find(_ => true) is not { } x)
            return null;
        // Of small whole numbers and quarters there is nothing to round, in whatever way an optimised u differs.
        if (x.IsFloat && x.Exact && x.Magnitude <= 32 && Chance(0.4))
            return Apply(new Cast(x.Element), x.Low, x.High, true, Apply(new RoundAtRandom(Pick([DType.F16, DType.BF16])), x.Low, x.High, true, x, Like(x.Node.Type, x)));
        var to = Pick([.. _options.Floats, DType.I32, DType.I64, DType.U8, DType.Bool]);
        if (to == x.Element || !to.IsFloat() && !x.Exact)
            return null;
        return Apply(new Cast(to), to == DType.U8 ? 0 : Math.Floor(x.Low), to == DType.Bool ? 1 : Math.Ceiling(x.High), x.Exact, x);
    }

    /// <summary>Kept and moved in a type of 16 bits, which holds the value without rounding, and read again.</summary>
    Value? Stored()
    {
        if (_options.Differentiable || Find(value => value.IsFloat && value.Exact && value.Magnitude < 64) is not { } x)
            return null;
        var half = x with { Node = _graph.Cast(x.Node, Pick([DType.F16, DType.BF16])) };
        half = _random.Next(3) switch
        {
            0 when half.Shape.Rank >= 2 => Permuted(half),
            1 when half.Shape.Rank >= 1 => half with { Node = _graph.Make(new Concat(0), half.Node, half.Node) },
            _ => Beginning(half, x.Shape),
        };
        return half with { Node = _graph.Cast(half.Node, Pick(_options.Floats)) };
    }

    Value? Spread()
    {
        if (Find(value => value.Shape.Rank < 4) is not { } x)
            return null;
        List<Dim> target = [];
        List<int> axes = [];
        for (int axis = 0; axis <= x.Shape.Rank; axis++)
        {
            if (Chance(0.4))
                target.Add(RandomDim());
            if (axis == x.Shape.Rank)
                continue;
            axes.Add(target.Count);
            target.Add(x.Shape[axis].Is(1) && Chance(0.7) ? RandomDim() : x.Shape[axis]);
        }
        return x with { Node = _graph.Make(new Broadcast(new Shape(target), [.. axes]), x.Node) };
    }

    Value? Regrouped()
    {
        if (Find(_ => true) is not { } x)
            return null;
        List<Dim> dims = [.. x.Shape.Dims];
        for (int changes = _random.Next(1, 4); changes > 0; changes--)
        {
            int axis = _random.Next(dims.Count + 1);
            if (axis + 1 < dims.Count && Chance(0.5))
            {
                dims[axis] *= dims[axis + 1];
                dims.RemoveAt(axis + 1);
            }
            else if (axis < dims.Count && dims[axis].DivideExactly(2) is { } half && Chance(0.6))
            {
                dims[axis] = half;
                dims.Insert(axis + (Chance(0.5) ? 1 : 0), 2);
            }
            else if (axis < dims.Count && dims[axis].Is(1))
            {
                dims.RemoveAt(axis);
            }
            else if (Chance(0.5))
            {
                dims.Insert(axis, 1);
            }
        }
        return x with { Node = _graph.Make(new Reshape(new Shape(dims)), x.Node) };
    }

    Value? Permuted() => Find(value => value.Shape.Rank >= 2) is { } x ? Permuted(x) : null;

    Value Permuted(Value x)
    {
        EquatableArray<int> permutation = [.. Enumerable.Range(0, x.Shape.Rank).OrderBy(_ => _random.Next())];
        return x with { Node = _graph.Make(new Transpose(permutation), x.Node) };
    }

    Value? Part()
    {
        if (Find(value => value.Shape.Rank >= 1) is not { } x)
            return null;
        List<Dim> starts = [], lengths = [], target = [];
        List<int> steps = [];
        foreach (var dim in x.Shape.Dims)
        {
            bool whole = !dim.IsConstant || dim.Value < 2 || Chance(0.4), reversed = Chance(0.2);
            int step = whole ? 1 : Pick([1, 1, 2]), start = whole ? 0 : _random.Next((int)dim.Value);
            Dim length = whole ? dim : ((int)dim.Value - start + step - 1) / step;
            starts.Add(reversed ? start + (length - 1) * step : start);
            lengths.Add(length);
            steps.Add(reversed ? -step : step);
        }
        if (Chance(0.7))
            return x with { Node = _graph.Make(new Slice([.. starts], [.. lengths], [.. steps]), x.Node) };
        // The transpose puts x into something larger.
        starts.Clear();
        steps.Clear();
        foreach (var dim in x.Shape.Dims)
        {
            int before = _random.Next(2), after = _random.Next(2), step = Chance(0.3) ? 2 : 1;
            starts.Add(before);
            steps.Add(step);
            target.Add(dim * step + before + after);
        }
        return x with
        {
            Node = _graph.Make(new Unslice(new Shape(target), [.. starts], [.. steps]), x.Node), Low = Math.Min(0, x.Low), High = Math.Max(0, x.High),
        };
    }

    Value? Joined()
    {
        if (Find(value => value.Shape.Rank >= 1) is not { } x)
            return null;
        int axis = _random.Next(x.Shape.Rank);
        ImmutableArray<Value> parts = [x, .. Enumerable.Range(0, _random.Next(1, 3)).Select(_ =>
            Find(value => value.Element == x.Element && value.Shape.Rank == x.Shape.Rank && value.Shape.With(axis, 1) == x.Shape.With(axis, 1))!)];
        return Apply(new Concat(axis), parts.Min(part => part.Low), parts.Max(part => part.High), parts.All(part => part.Exact), parts);
    }

    Value? Folded()
    {
        if (Find(value => value.Shape.Rank >= 1) is not { } x)
            return null;
        EquatableArray<int> axes = [.. Enumerable.Range(0, x.Shape.Rank).Where(_ => Chance(0.5))];
        var extents = axes.Items.Select(axis => x.Shape[axis]).ToList();
        double count = extents.Aggregate(1.0, (product, dim) => product * Extent(dim));
        switch (_random.Next(_options.Differentiable ? 3 : 7))
        {
            case 0 or 1 when x.Element != DType.Bool && (x.Element != DType.U8 || x.High * count < 256):
                double low = Math.Min(0, x.Low * count), high = Math.Max(0, x.High * count);
                return Apply(new Sum(axes), low, high, x.Exact && count * x.Magnitude < 64, x);
            case 2 when x.IsFloat && extents.All(dim => dim.IsConstant) && Math.Pow(Math.Max(1, x.Magnitude), count) < 1000:
                double bound = Math.Pow(Math.Max(1, x.Magnitude), count);
                return Apply(new Product(axes), -bound, bound, false, x);
            case 3:
                return Apply(new Max(axes), x.Low, x.High, x.Exact, x);
            case 4:
                return Apply(new Min(axes), x.Low, x.High, x.Exact, x);
            case 5 or 6 when x.Exact && x.Element != DType.Bool:
                int axis = _random.Next(x.Shape.Rank);
                return Apply(Chance(0.5) ? new ArgMax(axis) : new ArgMin(axis), 0, Extent(x.Shape[axis]) - 1, true, x);
            default:
                return null;
        }
    }

    /// <summary>The order of elements along an axis, or their running sums.</summary>
    Value? AlongAxis()
    {
        if (Find(value => value.Shape.Rank >= 1 && value.Element != DType.Bool && value.Element != DType.U8) is not { } x)
            return null;
        int axis = _random.Next(x.Shape.Rank);
        double extent = Extent(x.Shape[axis]), bound = x.Magnitude * extent;
        if (Chance(0.4))
            return _options.Differentiable || !x.Exact ? null : Apply(new ArgSort(axis, Chance(0.5)), 0, extent - 1, true, x);
        return Apply(new CumulativeSum(axis, Chance(0.5)), -bound, bound, x.Exact && bound < 64, x);
    }

    /// <summary>Rows by indices, of which some name no row, or their sums by indices.</summary>
    Value? Indexed()
    {
        if (Find(value => value.Shape.Rank >= 1 && value.Element != DType.Bool) is not { } x)
            return null;
        if (Chance(0.5))
        {
            var rows = Like(new TensorType(DType.I32, Chance(0.3) ? new() : new(RandomDim())));
            double missing = Pick([0, 1]);
            return Apply(new Gather(missing), Math.Min(missing, x.Low), Math.Max(missing, x.High), x.Exact, x, rows);
        }
        double bound = x.Magnitude * Extent(x.Shape[0]);
        var targets = Like(new TensorType(DType.I32, new(x.Shape[0])));
        return x.Element == DType.U8 ? null
            : Apply(new ScatterAdd(x.Shape.With(0, RandomDim())), -bound, bound, x.Exact && bound < 64, targets, x);
    }

    Value? Product()
    {
        if (Find(value => value.IsFloat && value.Shape.Rank is 2 or 3 && value.Magnitude < 100) is not { } a)
            return null;
        int rank = a.Shape.Rank;
        var b = Like(a.Node.Type.WithShape(a.Shape.With(rank - 2, a.Shape[rank - 1]).With(rank - 1, RandomDim())));
        double bound = a.Magnitude * b.Magnitude * Extent(a.Shape[rank - 1]);
        return Apply(new MatMul(), -bound, bound, false, a, b);
    }
}
