using System;
using System.Collections.Generic;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Loops;
using NetCompiler.Operators;
using static NetCompiler.Emit.CSharp;

namespace NetCompiler.Emit;

/// <summary>What the text of a loop kernel has in common on all targets.</summary>
internal static class LoopKernelText
{
    /// <summary>The placeholder for the struct's name, so that equal kernels have equal texts.</summary>
    public const string NamePlaceholder = "KERNEL_NAME";

    /// <summary>The symbols in a kernel's sizes and places.</summary>
    public static IEnumerable<string> SymbolsOf(LoopKernel kernel)
    {
        var dims = kernel.Axes
            .Concat(kernel.Accesses.SelectMany(access => access.Strides.Append(access.Offset)))
            .Concat(LoopExpression.Reachable(kernel.Roots).Select(expression => expression.Operation).OfType<LoopOperation.Dimension>().Select(size => size.Dim));
        return dims.SelectMany(dim => dim.Symbols).Distinct(StringComparer.Ordinal).OrderBy(name => name, StringComparer.Ordinal);
    }

    /// <summary>What a fold starts from.</summary>
    public static string Identity(LoopReduction reduction) => reduction.Operator switch
    {
        Sum => Literal(0, reduction.Element),
        Product => Literal(1, reduction.Element),
        Max when reduction.Element.IsFloat() => Literal(double.NegativeInfinity, reduction.Element),
        Min when reduction.Element.IsFloat() => Literal(double.PositiveInfinity, reduction.Element),
        Max when reduction.Element == DType.Bool => "false",
        Min when reduction.Element == DType.Bool => "true",
        Max => TypeName(reduction.Element) + ".MinValue",
        Min => TypeName(reduction.Element) + ".MaxValue",
        _ => throw new InvalidOperationException($"no lowering for {reduction.Operator.Name}"),
    };
}
