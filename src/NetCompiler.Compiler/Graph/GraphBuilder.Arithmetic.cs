using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Operators;
using NetCompiler.Text;

namespace NetCompiler.Graph;

/// <summary>
/// The primitives as methods, for operands of equal shape and type. Folds only what is exact for every operand:
/// x + 0, x · 1, but not x · 0, which is NaN where x is infinite.
/// </summary>
internal sealed partial class GraphBuilder
{
    /// <summary>The sum. Gradients of what is stored in half a word are of that type too, and are added as all its values are: in f32.</summary>
    public Node Add(Node a, Node b) => IsConstant(a, 0) ? b : IsConstant(b, 0) ? a
        : a.Element.IsHalf() && a.Element == b.Element ? Cast(Add(Cast(a, DType.F32), Cast(b, DType.F32)), a.Element)
        : Fold(new Add(), a, b);

    public Node Subtract(Node a, Node b) => IsConstant(b, 0) ? a : Fold(new Subtract(), a, b);

    public Node Multiply(Node a, Node b) => IsConstant(a, 1) ? b : IsConstant(b, 1) ? a : Fold(new Multiply(), a, b);

    public Node Divide(Node a, Node b) => IsConstant(b, 1) ? a : Fold(new Divide(), a, b);

    public Node Add(Node a, double b) => Add(a, ConstantLike(b, a));

    public Node Subtract(Node a, double b) => Subtract(a, ConstantLike(b, a));

    public Node Subtract(double a, Node b) => Subtract(ConstantLike(a, b), b);

    public Node Multiply(Node a, double b) => Multiply(a, ConstantLike(b, a));

    public Node Divide(Node a, double b) => Divide(a, ConstantLike(b, a));

    public Node Divide(double a, Node b) => Divide(ConstantLike(a, b), b);

    public Node Power(Node a, Node b) => IsConstant(b, 1) ? a : Make(new Power(), a, b);

    public Node Maximum(Node a, Node b) => a == b ? a : Make(new Maximum(), a, b);

    public Node Minimum(Node a, Node b) => a == b ? a : Make(new Minimum(), a, b);

    public Node Negate(Node x) => x.Operator switch
    {
        Operators.Negate => x.Inputs[0],
        Constant constant when x.Element.IsFloat() => Constant(-constant.Value, x.Type),
        _ => Make(new Negate(), x),
    };

    public Node Abs(Node x) => Make(new Abs(), x);

    public Node Sign(Node x) => Make(new Sign(), x);

    public Node Exp(Node x) => Make(new Exp(), x);

    public Node Expm1(Node x) => Make(new Expm1(), x);

    public Node Log(Node x) => Make(new Log(), x);

    public Node Log1p(Node x) => Make(new Log1p(), x);

    public Node Sqrt(Node x) => Make(new Sqrt(), x);

    public Node Tanh(Node x) => Make(new Tanh(), x);

    public Node Sigmoid(Node x) => Make(new Sigmoid(), x);

    public Node Softplus(Node x) => Make(new Softplus(), x);

    public Node Sin(Node x) => Make(new Sin(), x);

    public Node Cos(Node x) => Make(new Cos(), x);

    public Node Erf(Node x) => Make(new Erf(), x);

    public Node Floor(Node x) => Make(new Floor(), x);

    public Node Ceiling(Node x) => Make(new Ceiling(), x);

    public Node Round(Node x) => Make(new Round(), x);

    public Node StopGradient(Node x) => Make(new StopGradient(), x);

    public Node Equal(Node a, Node b) => Make(new Equal(), a, b);

    public Node NotEqual(Node a, Node b) => Make(new NotEqual(), a, b);

    public Node Less(Node a, Node b) => Make(new Less(), a, b);

    public Node LessOrEqual(Node a, Node b) => Make(new LessOrEqual(), a, b);

    public Node Not(Node x) => Make(new Not(), x);

    public Node And(Node a, Node b) => Make(new And(), a, b);

    public Node Or(Node a, Node b) => Make(new Or(), a, b);

    public Node Select(Node condition, Node a, Node b) => a == b ? a : Make(new Select(), condition, a, b);

    public Node MatMul(Node a, Node b) => Make(new MatMul(), a, b);

    public Node Transpose(Node x, EquatableArray<int> permutation) =>
        permutation.Items.SequenceEqual(Enumerable.Range(0, x.Shape.Rank)) ? x : Make(new Transpose(permutation), x);

    /// <summary>Swaps the last two axes.</summary>
    public Node MatrixTranspose(Node x)
    {
        int rank = x.Shape.Rank;
        return Transpose(x, [.. Enumerable.Range(0, rank - 2), rank - 1, rank - 2]);
    }

    public Node Slice(Node x, EquatableArray<Dim> starts, EquatableArray<Dim> lengths, EquatableArray<int> steps) =>
        lengths.Items.SequenceEqual(x.Shape.Dims) && starts.Items.All(start => start.Is(0)) && steps.Items.All(step => step == 1)
            ? x : Make(new Slice(starts, lengths, steps), x);

    /// <summary>The part of one axis, step 1.</summary>
    public Node Slice(Node x, int axis, Dim start, Dim length) => Slice(
        x,
        [.. Enumerable.Repeat(Dim.Zero, x.Shape.Rank).Select((zero, i) => i == axis ? start : zero)],
        [.. x.Shape.With(axis, length).Dims],
        [.. Enumerable.Repeat(1, x.Shape.Rank)]);

    public Node Unslice(Node x, Shape target, EquatableArray<Dim> starts, EquatableArray<int> steps) =>
        x.Shape == target && starts.Items.All(start => start.Is(0)) && steps.Items.All(step => step == 1)
            ? x : Make(new Unslice(target, starts, steps), x);

    public Node Concat(IEnumerable<Node> parts, int axis)
    {
        ImmutableArray<Node> inputs = [.. parts];
        return inputs.Length == 1 ? inputs[0] : Make(new Concat(axis), inputs);
    }

    public Node Max(Node x, IEnumerable<int> axes)
    {
        EquatableArray<int> sorted = [.. axes.OrderBy(axis => axis)];
        return sorted.Length == 0 ? x : Make(new Max(sorted), x);
    }

    public Node Min(Node x, IEnumerable<int> axes)
    {
        EquatableArray<int> sorted = [.. axes.OrderBy(axis => axis)];
        return sorted.Length == 0 ? x : Make(new Min(sorted), x);
    }

    public Node Product(Node x, IEnumerable<int> axes)
    {
        EquatableArray<int> sorted = [.. axes.OrderBy(axis => axis)];
        return sorted.Length == 0 ? x : Make(new Product(sorted), x);
    }

    static bool IsConstant(Node node, double value) => node.Operator is Constant constant && constant.Value == value;

    // Constants of the program are folded in float64 and rounded once, when they are emitted. Integers would have to wrap.
    Node Fold(Binary op, Node a, Node b) =>
        a.Operator is Constant x && b.Operator is Constant y && a.Type == b.Type && a.Element.IsFloat()
            ? Constant(op.Apply(x.Value, y.Value), a.Type)
            : Make(op, a, b);
}
