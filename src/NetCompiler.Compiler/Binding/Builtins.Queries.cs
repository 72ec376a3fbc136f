using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Autodiff;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;

namespace NetCompiler.Binding;

internal static partial class Builtins
{
    static IEnumerable<Builtin> Queries() =>
    [
        Function("shape", "x", "The extents of a tensor as a list; what is symbolic stays so.", call =>
            call.Tensor("x") is { } x ? Value.Extents(x.Shape) : PoisonValue.Instance),
        Function("rank", "x", "The number of axes.", call =>
            call.Tensor("x") is { } x ? new IntegerValue(x.Shape.Rank) : PoisonValue.Instance),
        Function("size", "x", "The number of elements.", call =>
            call.Tensor("x") is { } x ? Value.Whole(x.Shape.Size) : PoisonValue.Instance),
        Function("channels", "x", "The extent of axis 1, where [N, C, …] has its channels.", call =>
            call.Tensor("x") is not { } x ? PoisonValue.Instance
            : x.Shape.Rank >= 2 ? Value.Whole(x.Shape[1])
            : call.Broken($"needs a tensor of [N, C, …], but gets {x.Type}", "")),
        Function("dtype", "x", "The element type in which a tensor is computed with: f32 for f16 and bf16.", call =>
            call.Tensor("x") is { } x ? new ElementTypeValue(x.Element) : PoisonValue.Instance),
        Function("stored_type", "x", "The element type of a tensor as it is stored: dtype(x), or f16 or bf16.", call =>
            call.Tensor("x") is { } x ? new ElementTypeValue(call["x"] is TensorValue stored ? stored.Node.Element : x.Element) : PoisonValue.Instance),
        Function("length", "list", "The number of elements of a list.", call =>
            NetworkBinder.Items(call["list"]) is { } items ? new IntegerValue(items.Count) : call.Wrong("list", "a list"), takesTensorFirst: false),
        Function("floor_divide", "a, b", "The quotient rounded down, of whole numbers, dimensions or tensors; of tensors of integers an integer.", call =>
            call["a"] is TensorValue || call["b"] is TensorValue ? call.Tensors.FloorDivide(call.Site, call["a"], call["b"])
            : call["a"].AsDim() is not { } a ? call.Wrong("a", "a whole number or a dimension")
            : call["b"] is not IntegerValue { Number: > 0 and var b } ? call.Wrong("b", "a whole number above 0")
            : Value.Whole(a.FloorDivide(b)), takesTensorFirst: false),
        Function("is_tensor", "x", "Whether the value is a tensor, and not a number, a list or a layer of compile time.",
            call => new BooleanValue(call["x"] is TensorValue), takesTensorFirst: false),
        Function("per_axis", "value, count", "A list of so many values, one for each axis: a number repeated, or such a list as it is.", call =>
            call["count"] is not IntegerValue { Number: >= 0 and <= 64 and var count } ? call.Wrong("count", "a number of axes")
            : call["value"] is ListValue list ? list.Elements.Length == count ? list : call.Broken($"needs a number or a list of {count}, one for each axis, but gets {list.Describe()}", "write one for each axis")
            : call["value"].AsNumber() is null && call["value"].AsDim() is null ? call.Wrong("value", $"a number or a list of {count}")
            : new ListValue([.. Enumerable.Repeat(call["value"], (int)count)]), takesTensorFirst: false),
        Function("is_known", "x", "Whether a number is known when the network is built, as a symbolic dimension is not.", call =>
            new BooleanValue(call["x"].AsNumber() is not null), takesTensorFirst: false),
        Function("is_list", "x", "Whether the value is a list or a range.", call => new BooleanValue(call["x"] is ListValue or RangeValue), takesTensorFirst: false),
    ];

    static IEnumerable<Builtin> Gradients() =>
    [
        Function("grad", "loss, wrt", "The gradient of a scalar with respect to a tensor or a list of tensors; a list for a list.", call =>
        {
            if (call.Tensor("loss") is not { } loss)
                return PoisonValue.Instance;
            if (!loss.Shape.IsScalar || !loss.Element.IsFloat())
                return call.Fail(DiagnosticCatalog.LossNotScalar, loss.Type, loss.Element.IsFloat() ? "take its mean or sum: mean(…)" : "only floating-point values have gradients");
            return Differentiated(call, [(loss, null)]);
        }),
        Function("vjp", "y, wrt, seed", "The vector-Jacobian product: what flows back to a tensor or a list of tensors when 'seed', of the shape of y, flows into y. With lists for y and seed: when each seed flows into its y.", call =>
            Seeded(call, "y", "seed") is { } pairs ? Differentiated(call, [.. pairs.Select(pair => (pair.Value, (Node?)pair.Seed))]) : PoisonValue.Instance),
        Function("jvp", "y, wrt, direction", "The Jacobian-vector product: how y, or each of a list, changes when a tensor, or each of a list, moves along 'direction', of its shape.", DirectionalDerivative),
        Function("with_averages", "y", "y as it is with the running averages of the parameters, which an optimizer such as averaged(…) of a function above keeps.",
            call => call.Tensor("y") is { } y ? TensorArithmetic.Wrap(call.Binder.AtAverages(call.Site, y)) : PoisonValue.Instance),
    ];

    /// <summary>Values and tensors of their types that belong to them, from two lists or from two tensors; null if they do not fit, which is reported.</summary>
    static ImmutableArray<(Node Value, Node Seed)>? Seeded(BuiltinCall call, string values, string seeds)
    {
        if (call.TensorOrList(values) is not { } all || call.TensorOrList(seeds) is not { } given)
            return null;
        if (all.Length != given.Length)
        {
            call.Broken($"needs one tensor in '{seeds}' for each of the {all.Length} in '{values}', but gets {given.Length}", "");
            return null;
        }
        var fitting = ImmutableArray.CreateBuilder<(Node, Node)>();
        foreach (var (value, seed) in all.Zip(given, (value, seed) => (value, seed)))
        {
            var cast = seed.Shape.IsScalar && seed.Operator is Constant constant ? call.Graph.ConstantLike(constant.Value, value) : seed;
            if (cast.Element != value.Element || Shape.Compare(cast.Shape, value.Shape) == DimRelation.Unequal)
            {
                call.Broken($"needs a {seeds} of the type of {values}, {value.Type}, but gets {seed.Type}", "");
                return null;
            }
            fitting.Add((value, call.Tensors.Assume(call.Site, call.Name, cast, value.Shape)));
        }
        return fitting.ToImmutable();
    }

    static Value Differentiated(BuiltinCall call, ImmutableArray<(Node Value, Node? Seed)> flows)
    {
        if (call.TensorOrList("wrt") is not { } wrt)
            return PoisonValue.Instance;
        var sums = new Node?[wrt.Length];
        var blocked = new DifferentiationProblem?[wrt.Length];
        foreach (var (value, seed) in flows)
        {
            var gone = new List<DifferentiationProblem>();
            if (call.Binder.Gradients(call.Site, value, wrt, seed, gone.Add) is not { } gradients)
                return PoisonValue.Instance;
            for (int i = 0; i < wrt.Length; i++)
            {
                if (gone.FirstOrDefault(problem => problem.WithRespectTo == wrt[i]) is { } problem)
                    blocked[i] = problem;
                else
                    sums[i] = sums[i] is { } sum ? call.Graph.Add(sum, gradients[i]) : gradients[i];
            }
        }
        for (int i = 0; i < wrt.Length; i++)
        {
            if (sums[i] is null)
                call.Fail(DiagnosticCatalog.NoDependence, wrt[i].Origin.Name is { Length: > 0 } name ? $"'{name}'" : "the value", blocked[i]!.Reason);
        }
        return sums.Contains(null) ? PoisonValue.Instance : call.Like("wrt", [.. sums.OfType<Node>()]);
    }

    /// <summary>
    /// The derivative of the vector-Jacobian product, which is linear in what flows back, by that: J v = d(uᵀJ)/du v. What flows back
    /// has no value then, and occurs in no result.
    /// </summary>
    static Value DirectionalDerivative(BuiltinCall call)
    {
        if (Seeded(call, "wrt", "direction") is not { } moved || call.TensorOrList("y") is not { } values)
            return PoisonValue.Instance;
        ImmutableArray<Node> wrt = [.. moved.Select(pair => pair.Value)];
        var results = new List<Node>();
        foreach (var y in values)
        {
            if (!y.Element.IsFloat())
                return call.Broken($"needs a floating-point value, but gets {y.Type}", "");
            var gone = new List<DifferentiationProblem>();
            var seed = call.Graph.StandIn(y.Type);
            if (call.Binder.Gradients(call.Site, y, wrt, seed, gone.Add) is not { } back)
                return PoisonValue.Instance;
            if (wrt.All(node => gone.Any(problem => problem.WithRespectTo == node)))
                return call.Fail(DiagnosticCatalog.NoDependence, wrt[0].Origin.Name is { Length: > 0 } name ? $"'{name}'" : "the value", gone[0].Reason);
            var sum = call.Graph.ConstantLike(0, y);
            for (int i = 0; i < wrt.Length; i++)
            {
                if (gone.Any(problem => problem.WithRespectTo == wrt[i]))
                    continue;
                bool flows = true;
                if (call.Binder.Gradients(call.Site, back[i], [seed], moved[i].Seed, _ => flows = false) is not { } forward)
                    return PoisonValue.Instance;
                if (flows)
                    sum = call.Graph.Add(sum, forward[0]);
            }
            if (Node.Reachable([sum]).Contains(seed))
                return call.Broken("needs gradients that are linear in what flows back, but a layer on the way declares one that is not", "use vjp or grad");
            call.Tensors.Inherit(sum, y);
            results.Add(sum);
        }
        return call.Like("y", [.. results]);
    }

    static IEnumerable<Builtin> Initializers()
    {
        Builtin Initial(string name, string signature, string documentation, Func<BuiltinCall, Value> apply) =>
            new(name, Formals(signature), documentation, apply, TakesTensorFirst: false, MakesInitializer: true);
        Builtin Repeated(string name, double value) =>
            Initial(name, "shape?, type?", $"As an initializer: {value} everywhere. With a shape: such a tensor, f32 if no type is given.", call =>
                !call.Has("shape") ? new InitializerValue(name, _ => new Initializer.Constant(value))
                : call.Shape("shape") is { } shape && call.ElementType("type", DType.F32) is { } type
                    ? call.Tensors.Filled(call.Site, value, new TensorType(type, shape))
                    : PoisonValue.Instance);
        // Variance gain² · scale / fan; a uniform distribution over (-a, a) has the variance a² / 3.
        Builtin Scaled(string name, string fan, string source, bool uniform, Func<(double In, double Out), double> variance) =>
            Initial(name, "gain?", $"{(uniform ? "Uniform" : "Normal")} with a variance of {fan}, times gain², 1 if not given ({source}).", call =>
                call.Number("gain", 1) is not { } gain ? PoisonValue.Instance
                : new InitializerValue(name, shape =>
                {
                    var deviation = gain * Math.Sqrt(variance(Fan(shape)));
                    return uniform ? new Initializer.Uniform(-deviation * Math.Sqrt(3), deviation * Math.Sqrt(3)) : new Initializer.Normal(0, deviation);
                }));
        return
        [
            Repeated("zeros", 0),
            Repeated("ones", 1),
            Initial("constant", "value", "This number everywhere.", call =>
                call.Number("value", 0) is { } value ? new InitializerValue("constant", _ => new Initializer.Constant(value)) : PoisonValue.Instance),
            Initial("normal", "deviation?, mean?", "Normally distributed; deviation 1 and mean 0 if not given.", call =>
                call.Number("deviation", 1) is { } deviation && call.Number("mean", 0) is { } mean
                    ? new InitializerValue("normal", _ => new Initializer.Normal(mean, deviation)) : PoisonValue.Instance),
            Initial("truncated_normal", "deviation?, mean?", "Like normal, but drawn again beyond two deviations.", call =>
                call.Number("deviation", 1) is { } deviation && call.Number("mean", 0) is { } mean
                    ? new InitializerValue("truncated_normal", _ => new Initializer.TruncatedNormal(mean, deviation)) : PoisonValue.Instance),
            Initial("uniform", "low, high", "Evenly distributed from low to high.", call =>
                call.Number("low", 0) is { } low && call.Number("high", 1) is { } high
                    ? new InitializerValue("uniform", _ => new Initializer.Uniform(low, high)) : PoisonValue.Instance),
            Initial("orthogonal", "gain?", "Rows or columns, whichever are fewer, orthonormal times gain (Saxe, McClelland and Ganguli 2014).", call =>
                call.Number("gain", 1) is { } gain
                    ? new InitializerValue("orthogonal", _ => new Initializer.Orthogonal(gain)) : PoisonValue.Instance),
            Scaled("glorot_uniform", "2 / (in + out)", "Glorot and Bengio 2010", true, fan => 2 / (fan.In + fan.Out)),
            Scaled("glorot_normal", "2 / (in + out)", "Glorot and Bengio 2010", false, fan => 2 / (fan.In + fan.Out)),
            Scaled("he_uniform", "2 / in", "He et al. 2015", true, fan => 2 / fan.In),
            Scaled("he_normal", "2 / in", "He et al. 2015", false, fan => 2 / fan.In),
            Scaled("lecun_uniform", "1 / in", "LeCun et al. 1998", true, fan => 1 / fan.In),
            Scaled("lecun_normal", "1 / in", "LeCun et al. 1998", false, fan => 1 / fan.In),
        ];
    }

    /// <summary>
    /// How many inputs meet in one output and the reverse: of a matrix [in, out], of filters [out, in, height, width], whose
    /// every position counts, and of a vector its length for both.
    /// </summary>
    static (double In, double Out) Fan(Shape shape)
    {
        var dims = shape.Dims.Select(dim => (double)dim.Value).ToArray();
        double receptive = dims.Skip(2).Aggregate(1.0, (product, dim) => product * dim);
        return dims.Length switch
        {
            0 => (1, 1),
            1 => (dims[0], dims[0]),
            2 => (dims[0], dims[1]),
            _ => (dims[1] * receptive, dims[0] * receptive),
        };
    }
}
