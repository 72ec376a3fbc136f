using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;

namespace NetCompiler.Rewrites;

/// <summary>
/// Finds attention in programs that write it with products and a softmax. Before gradients are taken as well as after, so that both name the
/// same node; where it does not pay, a later pass composes it again.
/// </summary>
internal static class AttentionRules
{
    // As many axes as the kernel takes.
    const int HighestRank = 4;

    public static RuleSet All { get; } = new("AttentionRules", Rule());

    static Rule Rule()
    {
        Pattern exponentials = Patterns.Exp(Patterns.Any()), spread = Patterns.Any(), v = Patterns.Any();
        return new("AttentionOfProducts", "softmax(masked(q kᵀ · scale)) v = attention(q, k, v)", Patterns.MatMul(Patterns.Divide(exponentials, spread), v),
            to: m => Attention(m, m[exponentials], m[spread], m[v]),
            ends: "one product fewer", specials: "a value that a causal mask hides and that is infinite or NaN is ignored or gives NaN");
    }

    static Node? Attention(Match m, Node exponentials, Node spread, Node v)
    {
        int last = exponentials.Shape.Rank - 1;
        if (exponentials.Element != DType.F32 || exponentials.Shape.Rank > HighestRank
            || Repeated<Sum>(m, spread, last, isShift: false) is not { } sum || sum.Inputs[0] != exponentials
            || m.See<Subtract>(exponentials.Inputs[0]) is null || exponentials.Inputs[0].Inputs is not [var scores, var shift]
            || Repeated<Max>(m, shift, last, isShift: true) is not { } max || max.Inputs[0] != scores)
        {
            return null;
        }
        var masks = new Stack<AttentionMask>();
        var operands = new Stack<Node>();
        var inner = Unmask(m, scores, masks, operands);
        double scale = 1;
        for (; inner.Operator is Multiply or Divide && m.See<Operator>(inner) is { } op; inner = inner.Inputs[0])
        {
            if (m.See<Constant>(inner.Inputs[1]) is not { } factor)
                return null;
            scale = op is Multiply ? scale * factor.Value : scale / factor.Value;
        }
        // In a step of a scan the gradient is in another scan, which cannot share what the kernel keeps.
        if (m.See<MatMul>(inner) is null || masks.Count > AttentionOperator.MostMasks || Node.Reachable([m.Root]).Any(node => node.Operator is BodyArgument))
            return null;
        var attention = new Attention(scale, [.. masks]);
        return m.Make(attention, [inner.Inputs[0], m.Graph.MatrixTranspose(inner.Inputs[1]), v, .. operands]);
    }

    /// <summary>The scores before their masks, which are pushed last first.</summary>
    static Node Unmask(Match m, Node scores, Stack<AttentionMask> masks, Stack<Node> operands)
    {
        while (true)
        {
            if (m.See<Select>(scores) is not null && m.See<Constant>(scores.Inputs[2]) is { } fill)
            {
                Push(scores.Inputs[0], fill.Value);
                scores = scores.Inputs[1];
            }
            else if (m.See<Select>(scores) is not null && m.See<Constant>(scores.Inputs[1]) is { } other)
            {
                Push(m.Graph.Not(scores.Inputs[0]), other.Value);
                scores = scores.Inputs[2];
            }
            else if (m.See<Add>(scores) is not null && Enumerable.Range(0, 2).Where(i => IsProduct(m, scores.Inputs[i])).ToList() is [var at])
            {
                var (value, axes) = Compact(m, scores.Inputs[1 - at]);
                masks.Push(new(AttentionMaskKind.Add, 0, axes));
                operands.Push(value);
                scores = scores.Inputs[at];
            }
            else
            {
                return scores;
            }
        }

        void Push(Node condition, double fill)
        {
            if (m.See<And>(condition) is not null)
            {
                Push(condition.Inputs[0], fill);
                Push(condition.Inputs[1], fill);
                return;
            }
            var (value, axes) = Compact(m, condition);
            if (IsCausal(m, value, axes, condition.Shape.Rank))
            {
                masks.Push(new(AttentionMaskKind.Causal, fill));
                return;
            }
            masks.Push(new(AttentionMaskKind.Fill, fill, axes));
            operands.Push(value);
        }
    }

    /// <summary>Whether scores are products of queries and keys, scaled and masked.</summary>
    static bool IsProduct(Match m, Node scores)
    {
        while (true)
        {
            if (m.See<MatMul>(scores) is not null)
                return true;
            int next = m.See<Select>(scores) is not null ? m.See<Constant>(scores.Inputs[2]) is not null ? 1 : 2
                : m.See<Multiply>(scores) is not null || m.See<Divide>(scores) is not null ? 0 : -1;
            if (next < 0)
                return m.See<Add>(scores) is not null && scores.Inputs.Count(input => IsProduct(m, input)) == 1;
            scores = scores.Inputs[next];
        }
    }

    /// <summary>s ≤ t of queries t and keys s.</summary>
    static bool IsCausal(Match m, Node value, EquatableArray<int> axes, int rank) =>
        axes.Items.SequenceEqual([rank - 2, rank - 1]) && m.See<LessOrEqual>(value) is not null
        && m.See<Iota>(value.Inputs[0]) is { Axis: 1 } && m.See<Iota>(value.Inputs[1]) is { Axis: 0 };

    /// <summary>What is repeated, and which axes its own become.</summary>
    static (Node Value, EquatableArray<int> Axes) Compact(Match m, Node node) =>
        m.See<Broadcast>(node) is { } broadcast ? (node.Inputs[0], broadcast.Axes) : (node, [.. Enumerable.Range(0, node.Shape.Rank)]);

    /// <summary>The reduction of the last axis that is repeated along it again. Axes of extent 1 may be missing between.</summary>
    /// <remarks>Weights do not depend on what scores are shifted by, so neither its gradient nor another finite shift matters; the divisor must be the sum itself.</remarks>
    static Node? Repeated<T>(Match m, Node spread, int last, bool isShift) where T : Reduction
    {
        if (m.See<Broadcast>(spread) is not { } broadcast)
            return null;
        var (node, rows, axes) = (spread.Inputs[0], spread.Inputs[0].Shape, broadcast.Axes.Items);
        bool isRepeated = axes.SequenceEqual(axes.OrderBy(axis => axis)) && Enumerable.Range(0, last + 1).All(axis =>
            axes.IndexOf(axis) is var own && (axis == last ? own < 0 || rows[own].Is(1) : own < 0 ? spread.Shape[axis].Is(1) : rows[own] == spread.Shape[axis]));
        while (m.See<Reshape>(node) is not null || isShift && (m.See<StopGradient>(node) is not null || StabilityRules.IsZeroIfInfinite(node)))
            node = node.Inputs[node.Operator is Select ? 1 : 0];
        return isRepeated && m.See<T>(node) is { } reduction && reduction.Axes.Items.SequenceEqual([last]) && node.Shape.Size == rows.Size ? node : null;
    }
}
