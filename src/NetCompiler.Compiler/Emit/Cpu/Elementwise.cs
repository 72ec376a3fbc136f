using System;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Emit.Cpu;

/// <summary>Element-wise operators as C#: over lanes of vectors, where a mask stands for a bool, and over scalars.</summary>
internal static class Elementwise
{
    /// <summary>An expression of lane type <paramref name="lanes"/>; <paramref name="from"/> is the element type of the first operand.</summary>
    public static string OverLanes(Operator op, string lanes, DType from, DType to, string[] x) => op switch
    {
        // Masks are no numbers: all bits set is NaN, which equals nothing.
        Equal when from == DType.Bool => $"{lanes}.Or({lanes}.And({x[0]}, {x[1]}), {lanes}.Not({lanes}.Or({x[0]}, {x[1]})))",
        NotEqual when from == DType.Bool => $"{lanes}.And({lanes}.Or({x[0]}, {x[1]}), {lanes}.Not({lanes}.And({x[0]}, {x[1]})))",
        Less when from == DType.Bool => $"{lanes}.And({lanes}.Not({x[0]}), {x[1]})",
        LessOrEqual when from == DType.Bool => $"{lanes}.Or({lanes}.Not({x[0]}), {x[1]})",
        Add => $"({x[0]} + {x[1]})",
        Subtract => $"({x[0]} - {x[1]})",
        Multiply => $"({x[0]} * {x[1]})",
        Divide => $"({x[0]} / {x[1]})",
        Negate => $"(-{x[0]})",
        StopGradient => x[0],
        Maximum => $"{lanes}.Max({x[0]}, {x[1]})",
        Minimum => $"{lanes}.Min({x[0]}, {x[1]})",
        Power => $"{lanes}.Pow({x[0]}, {x[1]})",
        Cast when from == to => x[0],
        Cast when from == DType.Bool => $"{lanes}.Select({x[0]}, {lanes}.Splat({CSharp.Literal(1, to)}), {lanes}.Splat({CSharp.Literal(0, to)}))",
        Cast when to == DType.Bool => $"{lanes}.NotEqual({x[0]}, {lanes}.Splat({CSharp.Literal(0, from)}))",
        Abs or Sign or Exp or Expm1 or Log or Log1p or Sqrt or Tanh or Sigmoid or Softplus or Sin or Cos or Erf or Floor or Ceiling or Round
            or Equal or NotEqual or Less or LessOrEqual or And or Or or Not or Select
            => $"{lanes}.{op.GetType().Name}({string.Join(", ", x)})",
        _ => throw new InvalidOperationException($"no CPU lowering for {op.Name}"),
    };

    /// <summary>A C# expression over plain numbers and bools.</summary>
    public static string OverScalars(Operator op, DType from, DType to, string[] x) => op switch
    {
        Add => Narrow(to, $"({x[0]} + {x[1]})"),
        Subtract => Narrow(to, $"({x[0]} - {x[1]})"),
        Multiply => Narrow(to, $"({x[0]} * {x[1]})"),
        Divide => Narrow(to, $"({x[0]} / {x[1]})"),
        Negate => Narrow(to, $"(-{x[0]})"),
        StopGradient => x[0],
        Maximum => $"{MathClass(to)}.Max({x[0]}, {x[1]})",
        Minimum => $"{MathClass(to)}.Min({x[0]}, {x[1]})",
        Abs => $"{RuntimeApi.Scalar}.Abs({x[0]})",
        Cast when from != to && from.IsHalf() => OverScalars(op, DType.F32, to, [$"((float){x[0]})"]),
        Cast when to.IsHalf() && from.IsInteger() => $"(({CSharp.TypeName(to)})(double){x[0]})",
        Cast when to.IsHalf() && from != DType.Bool && from != to => $"(({CSharp.TypeName(to)}){x[0]})",
        Cast when from == to => x[0],
        Cast when from == DType.Bool => $"({x[0]} ? {CSharp.Literal(1, to)} : {CSharp.Literal(0, to)})",
        Cast when to == DType.Bool => $"({x[0]} != {CSharp.Literal(0, from)})",
        // Truncates, saturates, and makes 0 of NaN, where a C# cast would wrap.
        Cast when to.IsInteger() => $"{CSharp.TypeName(to)}.CreateSaturating({x[0]})",
        Cast => $"({CSharp.TypeName(to)}){x[0]}",
        Equal => $"({x[0]} == {x[1]})",
        NotEqual => $"({x[0]} != {x[1]})",
        Less when from == DType.Bool => $"(!{x[0]} & {x[1]})",
        LessOrEqual when from == DType.Bool => $"(!{x[0]} | {x[1]})",
        Less => $"({x[0]} < {x[1]})",
        LessOrEqual => $"({x[0]} <= {x[1]})",
        And => $"({x[0]} & {x[1]})",
        Or => $"({x[0]} | {x[1]})",
        Not => $"(!{x[0]})",
        Select => $"({x[0]} ? {x[1]} : {x[2]})",
        Sqrt or Floor or Ceiling => $"{MathClass(to)}.{op.GetType().Name}({x[0]})",
        RoundAtRandom => $"{(to == DType.F16 ? RuntimeApi.RandomRoundingToF16 : RuntimeApi.RandomRoundingToBF16)}({x[0]}, {x[1]})",
        Power => $"{RuntimeApi.Scalar}.Pow({x[0]}, {x[1]})",
        Sign or Exp or Expm1 or Log or Log1p or Tanh or Sigmoid or Softplus or Sin or Cos or Erf or Round
            => $"{RuntimeApi.Scalar}.{op.GetType().Name}({x[0]})",
        _ => throw new InvalidOperationException($"no CPU lowering for {op.Name}"),
    };

    // C# computes with bytes as ints.
    static string Narrow(DType type, string expression) => type == DType.U8 ? $"(byte){expression}" : expression;

    static string MathClass(DType type) => type == DType.F32 ? "MathF" : "Math";
}
