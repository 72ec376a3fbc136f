using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Autodiff;
using NetCompiler.Graph;
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
        Function("dtype", "x", "The element type of a tensor.", call =>
            call.Tensor("x") is { } x ? new ElementTypeValue(x.Element) : PoisonValue.Instance),
        Function("length", "list", "The number of elements of a list.", call =>
            NetworkBinder.Items(call["list"]) is { } items ? new IntegerValue(items.Count) : call.Wrong("list", "a list"), takesTensorFirst: false),
        Function("floor_divide", "a, b", "The quotient of whole numbers or dimensions, rounded down.", call =>
            call["a"].AsDim() is not { } a ? call.Wrong("a", "a whole number or a dimension")
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
            return Differentiated(call, loss, null);
        }),
        Function("vjp", "y, wrt, seed", "The vector-Jacobian product: what flows back to a tensor or a list of tensors when 'seed', of the shape of y, flows into y.", call =>
        {
            if (call.Tensor("y") is not { } y || call.Tensor("seed") is not { } seed)
                return PoisonValue.Instance;
            return y.Type == seed.Type ? Differentiated(call, y, seed) : call.Broken($"needs a seed of the type of y, {y.Type}, but gets {seed.Type}", "");
        }),
        Function("with_averages", "y", "y as it is with the running averages of the parameters, which an optimizer such as averaged(…) of a function above keeps.",
            call => call.Tensor("y") is { } y ? TensorArithmetic.Wrap(call.Binder.AtAverages(call.Site, y)) : PoisonValue.Instance),
    ];

    static Value Differentiated(BuiltinCall call, Node loss, Node? seed)
    {
        bool isList = call["wrt"] is ListValue;
        ImmutableArray<Node>? variables = isList ? call.TensorList("wrt") : call.Tensor("wrt") is { } one ? [one] : null;
        if (variables is not { } wrt)
            return PoisonValue.Instance;
        bool flows = true;
        var gradients = call.Binder.Gradients(call.Site, loss, wrt, seed, problem =>
        {
            flows = false;
            call.Fail(DiagnosticCatalog.NoDependence, problem.WithRespectTo is { Origin.Name: { Length: > 0 } name } ? $"'{name}'" : "the value", problem.Reason);
        });
        if (gradients is not { } results || !flows)
            return PoisonValue.Instance;
        return isList ? new ListValue([.. results.Select(result => new TensorValue(result))]) : new TensorValue(results[0]);
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
