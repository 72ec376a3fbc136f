using System.Collections.Immutable;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Numerics.Tests;

// Groups of operators that programs write together: images, and what the stability rules look for.
internal sealed partial class RandomGraphGrower
{
    Value? Image()
    {
        var x = Chance(0.5) ? Find(value => value.IsFloat && IsImage(value.Shape) && value.Magnitude < 50) : null;
        if (x is null)
        {
            x = Leaf(FloatType(), new Shape(Chance(0.7) ? Dim.Symbol("N") : 2, Pick<Dim>([1, 2, 4]), _random.Next(3, 7), _random.Next(3, 7)));
            if (Chance(0.5))
                x = Apply(new Tanh(), -1, 1, false, x);
        }
        return Chance(0.5) ? Convolution(x) : Pooling(x);
    }

    static bool IsImage(Shape shape) =>
        shape.Rank == 4 && shape.Dims.Skip(1).All(dim => dim.IsConstant && dim.Value > 0) && shape[2].Value >= 3 && shape[3].Value >= 3;

    Value Convolution(Value x)
    {
        int channels = (int)x.Shape[1].Value, groups = channels % 2 == 0 && Chance(0.3) ? 2 : 1;
        int kernelHeight = _random.Next(1, 4), kernelWidth = _random.Next(1, 4);
        var window = new ConvolutionWindow(
            _random.Next(1, 3), _random.Next(1, 3), _random.Next(2), _random.Next(2), _random.Next(2), _random.Next(2),
            kernelHeight == 2 && Chance(0.3) ? 2 : 1, kernelWidth == 2 && Chance(0.3) ? 2 : 1, groups);
        int outputs = groups * _random.Next(1, 4);
        var filter = Leaf(x.Element, new Shape(outputs, channels / groups, kernelHeight, kernelWidth));
        double bound = x.Magnitude * filter.Magnitude * channels / groups * kernelHeight * kernelWidth;
        var y = Apply(new Conv2D(window), -bound, bound, false, x, filter);
        double back = bound / 16 * filter.Magnitude * outputs * kernelHeight * kernelWidth;
        return _random.Next(4) switch
        {
            0 => Apply(new Conv2DBackwardData(window, x.Shape), -back, back, false, Scaled(y), filter),
            1 => Apply(new Conv2DBackwardFilter(window, filter.Shape), -back * 200, back * 200, false, x, Scaled(y)),
            _ => y,
        };
    }

    Value Scaled(Value x) => Apply(new Multiply(), x.Low / 16, x.High / 16, false, x, new Value(_graph.ConstantLike(1 / 16.0, x.Node), 0, 1, true));

    Value? Pooling(Value x)
    {
        int height = _random.Next(1, 4), width = _random.Next(1, 4);
        var window = new PoolingWindow(height, width, _random.Next(1, 3), _random.Next(1, 3),
            _random.Next(height), _random.Next(width), _random.Next(height), _random.Next(width));
        var average = Apply(new AveragePool(window), x.Low < 0 ? x.Low : 0, x.High > 0 ? x.High : 0, false, x);
        if (_options.Differentiable || Chance(0.4))
            return Chance(0.6) ? average : Apply(new AveragePoolBackward(window, x.Shape), -9 * x.Magnitude, 9 * x.Magnitude, false, average);
        // Which element is the maximum jumps, unless it is exact or it is the maximum itself that is taken.
        var maximum = Apply(new MaxPoolGather(window), x.Low, x.High, x.Exact, x, x);
        if (!x.Exact || Chance(0.5))
            return maximum;
        return Chance(0.5) ? Apply(new MaxPoolScatter(window), -9 * x.Magnitude, 9 * x.Magnitude, false, x, maximum)
            : Apply(new MaxPoolGather(window), -2, 2, false, x, Like(x.Node.Type, x) is { Magnitude: <= 2 } other ? other : x);
    }

    /// <summary>What stability rules look for, as programs write it.</summary>
    Value? Motif()
    {
        if (Find(value => value.IsFloat && value.Magnitude <= 4) is not { } x)
            return null;
        var g = _graph;
        Node one = g.ConstantLike(1, x.Node), exp = g.Exp(x.Node), minus = g.Negate(x.Node);
        Value Of(Node node, double low, double high) => new(node, low, high, false);
        switch (_random.Next(14))
        {
            case 0:
                return Of(g.Log(g.Add(one, exp)), 0, 5);
            case 1:
                return Of(g.Divide(one, g.Add(one, g.Exp(minus))), 0.01, 1);
            case 2:
                return Of(g.Log(g.Subtract(one, g.Sigmoid(x.Node))), -5, 0);
            case 3:
                return Of(g.Divide(exp, g.Add(exp, one)), 0.01, 1);
            case 4:
                return Of(g.Subtract(exp, one), -1, 60);
            case 5:
                return Of(g.Divide(g.Subtract(exp, g.Exp(minus)), g.Add(exp, g.Exp(minus))), -1, 1);
            case 6:
                return Of(g.Power(x.Node, g.ConstantLike(Pick([2, 3, 4]), x.Node)), -256, 256);
            case 7 when Like(x.Node.Type, x) is { Magnitude: <= 4 } other:
                return Of(g.Log(g.Add(exp, g.Exp(other.Node))), -5, 5);
            case 8:
                return Of(g.Divide(x.Node, g.Add(one, g.Exp(minus))), -4, 4);
            case 9 when !_options.Differentiable:
                // The size of an extent as a number.
                var dim = x.Shape.Rank > 0 ? x.Shape[0] : Dim.Symbol("N");
                var size = g.Make(new DimensionSize(dim, Chance(0.5) ? x.Element : DType.I32));
                return Of(g.Broadcast(g.Cast(size, x.Element), x.Shape, []), 0, Extent(dim));
            case 10 when !_options.Differentiable && x.Shape.Rank > 0:
                int axis = _random.Next(x.Shape.Rank);
                var iota = g.Make(new Iota(new TensorType(DType.I32, x.Shape), axis));
                return new Value(iota, 0, Extent(x.Shape[axis]), true);
            default:
                return Normalised(x);
        }
    }

    /// <summary>Softmax, its logarithm, or the logarithm of the sum of exponentials, along one axis.</summary>
    Value? Normalised(Value x)
    {
        var g = _graph;
        if (x.Shape.Rank == 0)
            return null;
        int axis = _random.Next(x.Shape.Rank);
        var kept = Enumerable.Range(0, x.Shape.Rank).Where(other => other != axis).ToImmutableArray();
        if (Extent(x.Shape[axis]) > 64)
            return null;
        var shifted = _options.Differentiable || Chance(0.5) ? x.Node
            : g.Subtract(x.Node, g.Broadcast(g.Max(x.Node, [axis]), x.Shape, kept));
        var exp = g.Exp(shifted);
        var sum = g.Sum(exp, [axis]);
        if (Chance(0.3))
            return new Value(g.Log(sum), -9, 9, false);
        var softmax = g.Divide(exp, g.Broadcast(sum, x.Shape, kept));
        return Chance(0.5) ? new Value(softmax, 0, 1, false) : new Value(g.Log(softmax), -13, 0, false);
    }

    /// <summary>A value together with a part of itself, or with itself in another form or order; the value stays available.</summary>
    Value? WithItself()
    {
        if (Find(value => value.Shape.Rank >= 1) is not { } x)
            return null;
        if (x.IsFloat && Chance(0.7))
        {
            // What is too dear to compute twice is stored or shared.
            x = Apply(new Tanh(), -1, 1, false, x);
            Admit(x);
        }
        var other = x;
        for (int changes = _random.Next(1, 3); changes > 0; changes--)
        {
            other = _random.Next(4) switch
            {
                0 => other with { Node = _graph.Reshape(other.Node, new Shape(other.Shape.Size)) },
                1 when other.Shape.Rank >= 2 => Permuted(other),
                _ => Beginning(other, x.Shape),
            };
        }
        if (Alignment(other.Shape, x.Shape) is { } axes)
            return Together(x, other with { Node = _graph.Broadcast(other.Node, x.Shape, axes) });
        if (Alignment(x.Shape, other.Shape) is { } back)
            return Together(other, x with { Node = _graph.Broadcast(x.Node, other.Shape, back) });
        return Together(other, Like(other.Node.Type, other));
    }

    Value Together(Value a, Value b) => a.Element switch
    {
        DType.Bool => Apply(new Or(), 0, 1, true, a, b),
        DType.F32 or DType.F64 => Apply(new Add(), a.Low + b.Low, a.High + b.High, a.Exact && b.Exact && a.Magnitude + b.Magnitude < 64, a, b),
        _ => Apply(new Maximum(), Math.Max(a.Low, b.Low), Math.Max(a.High, b.High), true, a, b),
    };

    /// <summary>The first elements along some axes, often as many as <paramref name="like"/> has along one.</summary>
    Value Beginning(Value x, Shape like)
    {
        Dim Part(Dim dim)
        {
            if (!dim.IsConstant || dim.Value < 2 || Chance(0.3))
                return dim;
            var known = like.Dims.Where(other => other.IsConstant && other.Value > 0 && other.Value <= dim.Value).ToList();
            return Chance(0.6) && known.Count > 0 ? Pick(known) : _random.Next(1, (int)dim.Value);
        }
        ImmutableArray<Dim> lengths = [.. x.Shape.Dims.Select(Part)];
        return x with { Node = _graph.Make(new Slice([.. lengths.Select(_ => Dim.Zero)], [.. lengths], [.. lengths.Select(_ => 1)]), x.Node) };
    }
}
