using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Plan;
using static NetCompiler.Emit.CSharp;

namespace NetCompiler.Emit.Cpu;

/// <summary>Steps that are calls of attention's kernels.</summary>
internal static class AttentionCalls
{
    /// <param name="step">Attention, or the gradient for its queries; further results are among its values.</param>
    /// <param name="x">The addresses of what it reads.</param>
    /// <param name="address">Spells where a buffer lies.</param>
    public static string Statement(CallStep step, string[] x, Func<Plan.Buffer, string> address)
    {
        var attention = (AttentionOperator)step.Node.Operator;
        var inputs = step.Node.Inputs;
        Shape q = inputs[0].Shape, k = inputs[1].Shape, v = inputs[2].Shape;
        int rank = q.Rank;
        string shape = $"new {RuntimeApi.AttentionShape}({Batch(q, 4)}, {Batch(q, 3)}, {Expression(q[rank - 2])}, {Expression(k[rank - 2])}, "
            + $"{Expression(q[rank - 1])}, {Expression(v[rank - 1])}, {Literal(attention.Scale, DType.F32)})";
        var masks = new List<string>();
        int operand = 3;
        foreach (var mask in attention.Masks)
        {
            masks.Add(mask.Kind == AttentionMaskKind.Causal
                ? $"{RuntimeApi.AttentionMask}.Causal({Literal(mask.Fill, DType.F32)})"
                : Mask(mask, inputs[operand], x[operand++], q.With(rank - 1, k[rank - 2])));
        }
        int next = 3 + attention.Operands;
        string all = $"Pool, {shape}, {(masks.Count == 0 ? "default" : $"new {RuntimeApi.AttentionMasks}({string.Join(", ", masks)})")}, "
            + $"{Read(inputs[0], x[0])}, {Read(inputs[1], x[1])}, {Read(inputs[2], x[2])}, ";
        string Written(Func<AttentionOperator, bool> which)
        {
            int at = step.Values.ToList().FindIndex(value => value.Operator is AttentionOperator further && which(further));
            return at < 0 ? "default" : step.Values[at].Operator is AttentionStatistics ? address(step.Writes[at]) : Write(step.Values[at], address(step.Writes[at]));
        }
        return attention is Attention
            ? $"{RuntimeApi.FlashAttention}.Forward({all}{Written(value => value is Attention)}, {Written(value => value is AttentionStatistics)});"
            : $"{RuntimeApi.FlashAttention}.Backward({all}{Read(inputs[next], x[next])}, {x[next + 1]}, {Read(inputs[next + 2], x[next + 2])}, "
                + $"{Written(value => value is AttentionGradient)}, {Written(value => value is AttentionFurtherGradient { OfValues: false })}, "
                + $"{Written(value => value is AttentionFurtherGradient { OfValues: true })});";
    }

    static string Batch(Shape shape, int fromEnd) => shape.Rank < fromEnd ? "1" : Expression(shape[shape.Rank - fromEnd]);

    static string Read(Node operand, string data)
    {
        var rows = AttentionOperand.Of(operand);
        return Rows(rows.Offset.Is(0) ? data : $"{data}.Offset({Expression(rows.Offset)})", rows.Strides);
    }

    static string Write(Node result, string data)
    {
        var strides = result.Shape.Strides;
        return Rows(data, ((AttentionOperator)result.Operator).Joined ? [.. AttentionOperator.Join.Items.Select(axis => strides[axis])] : strides);
    }

    static string Rows(string data, ImmutableArray<Dim> strides)
    {
        string Stride(int fromEnd) => strides.Length < fromEnd ? "0" : Expression(strides[strides.Length - fromEnd]);
        return $"new {RuntimeApi.AttentionRows}({data}, {Stride(4)}, {Stride(3)}, {Stride(2)})";
    }

    /// <summary>The strides of a mask that is repeated along the axes that it has not, or of which it has one element.</summary>
    static string Mask(AttentionMask mask, Node operand, string data, Shape scores)
    {
        string Stride(int fromEnd)
        {
            int axis = scores.Rank - fromEnd, own = mask.Axes.Items.IndexOf(axis);
            return own < 0 || operand.Shape[own].Is(1) && !scores[axis].Is(1) ? "0" : Expression(operand.Shape.Strides[own]);
        }
        string fill = mask.Kind == AttentionMaskKind.Fill ? Literal(mask.Fill, DType.F32) + ", " : "";
        return $"{RuntimeApi.AttentionMask}.{mask.Kind}({fill}{data}, {Stride(4)}, {Stride(3)}, {Stride(2)}, {Stride(1)})";
    }
}
