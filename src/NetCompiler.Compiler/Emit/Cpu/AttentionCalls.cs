using System;
using System.Collections.Generic;
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
            + $"{Rows(q, x[0])}, {Rows(k, x[1])}, {Rows(v, x[2])}, ";
        string Further(Func<AttentionOperator, bool> which, Func<string, string> spell)
        {
            int at = step.Values.ToList().FindIndex(value => value.Operator is AttentionOperator and IFurtherResult && which((AttentionOperator)value.Operator));
            return at < 0 ? "default" : spell(address(step.Writes[at]));
        }
        return attention is Attention
            ? $"{RuntimeApi.FlashAttention}.Forward({all}{Rows(step.Node.Shape, address(step.Result))}, {Further(_ => true, at => at)});"
            : $"{RuntimeApi.FlashAttention}.Backward({all}{Rows(inputs[next].Shape, x[next])}, {x[next + 1]}, {Rows(inputs[next + 2].Shape, x[next + 2])}, "
                + $"{Rows(q, address(step.Result))}, {Further(further => further is AttentionFurtherGradient { OfValues: false }, at => Rows(k, at))}, "
                + $"{Further(further => further is AttentionFurtherGradient { OfValues: true }, at => Rows(v, at))});";
    }

    static string Batch(Shape shape, int fromEnd) => shape.Rank < fromEnd ? "1" : Expression(shape[shape.Rank - fromEnd]);

    static string Rows(Shape shape, string data)
    {
        string Stride(int fromEnd) => shape.Rank < fromEnd ? "0" : Expression(shape.Strides[shape.Rank - fromEnd]);
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
