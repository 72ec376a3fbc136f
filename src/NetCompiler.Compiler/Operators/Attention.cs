using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Text;

namespace NetCompiler.Operators;

internal enum AttentionMaskKind
{
    /// <summary>Query t keeps its scores of keys s ≤ t; the others become <see cref="AttentionMask.Fill"/>. Takes no operand.</summary>
    Causal,
    /// <summary>Scores where a bool operand is false become <see cref="AttentionMask.Fill"/>.</summary>
    Fill,
    /// <summary>A float operand is added to the scores.</summary>
    Add,
}

/// <summary>What happens to the scores [..., T, S] of attention before their softmax.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Fill">The score of what is masked.</param>
/// <param name="Axes">Axis i of the operand is axis Axes[i] of the scores; it is repeated along the others.</param>
internal sealed record AttentionMask(AttentionMaskKind Kind, double Fill = 0, EquatableArray<int> Axes = default)
{
    public override string ToString() => Kind switch
    {
        AttentionMaskKind.Causal => $"causal={Number(Fill)}",
        AttentionMaskKind.Fill => $"fill[{string.Join(", ", Axes.Items)}]={Number(Fill)}",
        _ => $"add[{string.Join(", ", Axes.Items)}]",
    };

    static string Number(double value) => value.ToString("G7", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>The parts of attention and of its gradient: what is common to all is the scores, scale · q kᵀ under the masks, in their order.</summary>
/// <param name="Scale">The factor of the products.</param>
/// <param name="Masks">What happens to them then.</param>
internal abstract record AttentionOperator(double Scale, EquatableArray<AttentionMask> Masks) : Composite
{
    protected sealed override string Attributes =>
        $"scale={Scale.ToString("G7", System.Globalization.CultureInfo.InvariantCulture)}" + string.Concat(Masks.Items.Select(mask => " " + mask)) + (Joined ? " joined" : "");

    /// <summary>The result is [N, T, heads, width] instead of [N, heads, T, width], as what joins heads reads it.</summary>
    public bool Joined { get; init; }

    /// <summary>The axes of a joined result, and from there back.</summary>
    public static EquatableArray<int> Join { get; } = [0, 2, 1, 3];

    protected Shape Result(Shape shape) => Joined ? new(shape[0], shape[2], shape[1], shape[3]) : shape;

    protected Node Result(Node value, GraphBuilder graph) => Joined ? graph.Transpose(value, Join) : value;

    /// <summary>As many masks as the kernel takes.</summary>
    public const int MostMasks = 3;

    /// <summary>How many masks are operands.</summary>
    public int Operands => Masks.Items.Count(mask => mask.Kind != AttentionMaskKind.Causal);

    /// <summary>Where q is among the inputs; k, v and the operands of masks follow.</summary>
    public virtual int First => 0;

    protected sealed override DType ElementOf(int input)
    {
        int operand = input - First - 3;
        return operand >= 0 && operand < Operands && MaskOperands()[operand].Kind == AttentionMaskKind.Fill ? DType.Bool : DType.F32;
    }

    /// <summary>The masks that have an operand, in the order of these.</summary>
    public ImmutableArray<AttentionMask> MaskOperands() => [.. Masks.Items.Where(mask => mask.Kind != AttentionMaskKind.Causal)];

    /// <summary>Whether the weights of another one, or of its gradient, are the same nodes: whatever the values.</summary>
    public bool HasSameWeights(ImmutableArray<Node> inputs, AttentionOperator other, ImmutableArray<Node> others) =>
        Scale.Equals(other.Scale) && Masks.Equals(other.Masks) && WeighedBy(inputs).SequenceEqual(other.WeighedBy(others));

    // The queries, the keys and the operands of masks.
    IEnumerable<Node> WeighedBy(ImmutableArray<Node> inputs) => inputs.Skip(First).Take(2).Concat(inputs.Skip(First + 3).Take(Operands));

    /// <summary>The weights P: softmax of the scores over the keys. Also the maximum m and the sum l of exp(scores - m) of each query.</summary>
    public (Node Weights, Node Maximum, Node Sum) Weights(ImmutableArray<Node> inputs, GraphBuilder graph, bool asConstantMaximum = true)
    {
        var scores = graph.Multiply(graph.MatMul(inputs[First], graph.MatrixTranspose(inputs[First + 1])), Scale);
        int operand = First + 3;
        foreach (var mask in Masks.Items)
        {
            if (mask.Kind == AttentionMaskKind.Add)
                scores = graph.Add(scores, graph.Broadcast(inputs[operand++], scores.Shape, mask.Axes));
            else
                scores = graph.Select(Kept(mask, mask.Kind == AttentionMaskKind.Fill ? inputs[operand++] : null, scores, graph), scores, graph.ConstantLike(mask.Fill, scores));
        }
        int last = scores.Shape.Rank - 1;
        var rows = Enumerable.Range(0, last);
        // The weights do not depend on it.
        var maximum = graph.Max(scores, [last]);
        if (asConstantMaximum)
            maximum = graph.StopGradient(maximum);
        var exponentials = graph.Exp(graph.Subtract(scores, graph.Broadcast(maximum, scores.Shape, rows)));
        var sum = graph.Sum(exponentials, [last]);
        return (graph.Divide(exponentials, graph.Broadcast(sum, scores.Shape, rows)), maximum, sum);
    }

    /// <summary>Where a mask keeps the scores.</summary>
    static Node Kept(AttentionMask mask, Node? operand, Node scores, GraphBuilder graph)
    {
        int rank = scores.Shape.Rank;
        if (operand is not null)
            return graph.Broadcast(operand, scores.Shape, mask.Axes);
        var plane = new TensorType(DType.I32, new Shape(scores.Shape[rank - 2], scores.Shape[rank - 1]));
        return graph.Broadcast(graph.LessOrEqual(graph.Make(new Iota(plane, 1)), graph.Make(new Iota(plane, 0))), scores.Shape, [rank - 2, rank - 1]);
    }

    /// <summary>What flows to the products when <paramref name="seed"/> flows into the result; <paramref name="atMask"/> is what flows past each mask.</summary>
    protected Node ScoreGradient(ImmutableArray<Node> inputs, Node weights, Node seed, GraphBuilder graph, Node?[]? atMask = null)
    {
        int last = weights.Shape.Rank - 1;
        var flow = graph.MatMul(seed, graph.MatrixTranspose(inputs[First + 2]));
        var mean = graph.Sum(graph.Multiply(flow, weights), [last]);
        flow = graph.Multiply(graph.Subtract(flow, graph.Broadcast(mean, weights.Shape, Enumerable.Range(0, last))), weights);
        int operand = First + 3 + Operands;
        for (int i = Masks.Length - 1; i >= 0; i--)
        {
            var input = Masks[i].Kind == AttentionMaskKind.Causal ? null : inputs[--operand];
            if (Masks[i].Kind == AttentionMaskKind.Add)
                atMask?.SetValue(flow, i);
            else
                flow = graph.Select(Kept(Masks[i], input, flow, graph), flow, graph.ConstantLike(0, flow));
        }
        return graph.Multiply(flow, Scale);
    }

    /// <summary>Queries, keys, width and width of values.</summary>
    protected Dim Multiplications(ImmutableArray<Node> inputs, int byKeys, int byValues)
    {
        var (q, v) = (inputs[First].Shape, inputs[First + 2].Shape);
        return q.Without([q.Rank - 1]).Size * v[v.Rank - 2] * (q[q.Rank - 1] * byKeys + v[v.Rank - 1] * byValues);
    }

    protected ShapeProblem? Check(ImmutableArray<TensorType> inputs, int more)
    {
        Constraints.Arity(this, inputs, First + 3 + Operands + more);
        var (q, k, v) = (inputs[First].Shape, inputs[First + 1].Shape, inputs[First + 2].Shape);
        int rank = q.Rank;
        bool fits = rank is >= 2 and <= 4 && k.Rank == rank && v.Rank == rank && q[rank - 1] == k[rank - 1] && k[rank - 2] == v[rank - 2]
            && Enumerable.Range(0, rank - 2).All(axis => q[axis] == k[axis] && q[axis] == v[axis])
            && inputs.Select((input, i) => input.Element == ElementOf(i)).All(same => same);
        return fits ? null : new($"needs f32 queries [..., T, D], keys [..., S, D] and values [..., S, E] of rank 4 at most, but gets {q}, {k} and {v}");
    }
}

/// <summary>
/// y[…, t, e] = Σ_s P[…, t, s] · v[…, s, e], P = softmax over s of scale · Σ_d q[…, t, d] · k[…, s, d] under the masks (Vaswani et al. 2017). The
/// kernel keeps the scores of some queries and keys at a time (Dao et al. 2022; Milakov and Gimelshein 2018).
/// </summary>
internal sealed record Attention(double Scale, EquatableArray<AttentionMask> Masks) : AttentionOperator(Scale, Masks)
{
    public override string Name => "attention";

    public override Inference Infer(ImmutableArray<TensorType> inputs) =>
        Check(inputs, 0) is { } problem ? problem : inputs[0].WithShape(Result(inputs[0].Shape.With(inputs[0].Shape.Rank - 1, inputs[2].Shape[inputs[2].Shape.Rank - 1])));

    public override Node Compose(ImmutableArray<Node> inputs, GraphBuilder graph) => Result(graph.MatMul(Weights(inputs, graph).Weights, inputs[2]), graph);

    // The gradients compute the scores again, from the maximum and the sum of each query; that of a mask that is added is composed.
    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph)
    {
        var statistics = graph.Make(new AttentionStatistics(Scale, Masks), [node, .. node.Inputs]);
        ImmutableArray<Node> all = [.. node.Inputs, node, statistics, seed];
        var query = graph.Make(new AttentionGradient(Scale, Masks), all);
        var flows = new Node?[node.Inputs.Length];
        flows[0] = query;
        flows[1] = graph.Make(new AttentionFurtherGradient(Scale, Masks, OfValues: false), [query, .. all]);
        flows[2] = graph.Make(new AttentionFurtherGradient(Scale, Masks, OfValues: true), [query, .. all]);
        if (Masks.Items.Any(mask => mask.Kind == AttentionMaskKind.Add))
        {
            var atMask = new Node?[Masks.Length];
            ScoreGradient(node.Inputs, Weights(node.Inputs, graph).Weights, seed, graph, atMask);
            int operand = 3;
            for (int i = 0; i < Masks.Length; i++)
            {
                if (atMask[i] is { } flow && graph.Broadcast(node.Inputs[operand], flow.Shape, Masks[i].Axes) is { } spread)
                    flows[operand] = spread == node.Inputs[operand] ? flow : spread.Operator.Differentiate(spread, flow, graph).Inputs.FirstOrDefault();
                operand += Masks[i].Kind == AttentionMaskKind.Causal ? 0 : 1;
            }
        }
        return Gradient.Of([.. flows]);
    }

    public override Work Cost(Node node)
    {
        var multiplyAdds = Multiplications(node.Inputs, 1, 1);
        return new(multiplyAdds, multiplyAdds * 2);
    }
}

/// <summary>
/// y[…, t, 0] = the largest score m of query t, y[…, t, 1] = Σ_s exp(score - m): from these its weights can be computed again. The operands
/// are the attention itself and what that takes.
/// </summary>
internal sealed record AttentionStatistics(double Scale, EquatableArray<AttentionMask> Masks) : AttentionOperator(Scale, Masks), IFurtherResult
{
    public override string Name => "attention_statistics";

    public override int First => 1;

    public override Inference Infer(ImmutableArray<TensorType> inputs) =>
        Check(inputs, 0) is { } problem ? problem : inputs[1].WithShape(inputs[1].Shape.With(inputs[1].Shape.Rank - 1, 2));

    public override Node Compose(ImmutableArray<Node> inputs, GraphBuilder graph)
    {
        var (_, maximum, sum) = Weights(inputs, graph, asConstantMaximum: false);
        var column = new Shape([.. maximum.Shape.Dims, Dim.One]);
        return graph.Concat([graph.Reshape(maximum, column), graph.Reshape(sum, column)], maximum.Shape.Rank);
    }

    // Computed on the way.
    public override Work Cost(Node node) => new(Dim.Zero, Dim.Zero);
}

/// <summary>
/// The gradient of attention for its queries, from what attention takes, its result y, its statistics and dy:
/// dq = scale · dS k, dS = P ∘ (dP - Σ_s dP ∘ P) where no mask has filled, dP = dy vᵀ.
/// </summary>
internal sealed record AttentionGradient(double Scale, EquatableArray<AttentionMask> Masks) : AttentionOperator(Scale, Masks)
{
    public override string Name => "attention_gradient";

    public override Inference Infer(ImmutableArray<TensorType> inputs) => Check(inputs, 3) is { } problem ? problem : inputs[0].WithShape(Result(inputs[0].Shape));

    public override Node Compose(ImmutableArray<Node> inputs, GraphBuilder graph) =>
        Result(graph.MatMul(ScoreGradient(inputs, Weights(inputs, graph).Weights, inputs[inputs.Length - 1], graph), inputs[1]), graph);

    public override Work Cost(Node node)
    {
        var multiplyAdds = Multiplications(node.Inputs, 2, 1);
        return new(multiplyAdds, multiplyAdds * 2);
    }
}

/// <summary>
/// The gradient of attention for its keys, dk = scale · dSᵀ q, or its values, dv = Pᵀ dy. The operands are the gradient for the queries and
/// what that takes.
/// </summary>
internal sealed record AttentionFurtherGradient(double Scale, EquatableArray<AttentionMask> Masks, bool OfValues) : AttentionOperator(Scale, Masks), IFurtherResult
{
    public override string Name => OfValues ? "attention_value_gradient" : "attention_key_gradient";

    public override int First => 1;

    public override Inference Infer(ImmutableArray<TensorType> inputs) => Check(inputs, 3) is { } problem ? problem : inputs[OfValues ? 3 : 2].WithShape(Result(inputs[OfValues ? 3 : 2].Shape));

    public override Node Compose(ImmutableArray<Node> inputs, GraphBuilder graph)
    {
        var (weights, seed) = (Weights(inputs, graph).Weights, inputs[inputs.Length - 1]);
        return Result(
            OfValues ? graph.MatMul(graph.MatrixTranspose(weights), seed)
            : graph.MatMul(graph.MatrixTranspose(ScoreGradient(inputs, weights, seed, graph)), inputs[1]), graph);
    }

    public override Work Cost(Node node)
    {
        var multiplyAdds = OfValues ? Multiplications(node.Inputs, 0, 1) : Multiplications(node.Inputs, 1, 0);
        return new(multiplyAdds, multiplyAdds * 2);
    }
}
