using System;
using NetCompiler.Graph;
using NetCompiler.Operators;
using static NetCompiler.Emit.CSharp;

namespace NetCompiler.Emit.Gpu;

/// <summary>Element-wise operators as C# that ILGPU compiles: bytes stand for bools in memory, and elementary functions are our own.</summary>
internal sealed class GpuScalars : ScalarSyntax
{
    public static GpuScalars Instance { get; } = new();

    public override string Load(int operand, DType element, string index) =>
        element == DType.Bool ? $"(p{operand}[{index}] != 0)" : $"p{operand}[{index}]";

    public override string Store(int operand, DType element, string index, string value) =>
        $"p{operand}[{index}] = {(element == DType.Bool ? $"(byte)({value} ? 1 : 0)" : value)};";

    public override string Scalar(int operand, DType element) => element == DType.Bool ? $"(p{operand} != 0)" : $"p{operand}";

    /// <summary>The type of an element in memory.</summary>
    public static string StorageName(DType type) => type == DType.Bool ? "byte" : NameOf(type);

    public override string TypeName(DType element) => NameOf(element);

    static string NameOf(DType type) => type == DType.F16 ? GpuApi.Float16 : CSharp.TypeName(type);

    public override string Literal(double value, DType element) => LiteralOf(value, element);

    /// <summary>A number: those of half types by their bits, since kernels cannot convert them from others on the way.</summary>
    public static string LiteralOf(double value, DType element) =>
        element.IsHalf() ? $"{NameOf(element)}.FromBits(0x{HalfBits.Of(value, element):X4})" : CSharp.Literal(value, element);

    public override string Apply(Operator op, DType from, DType to, string[] x) => op switch
    {
        Equal or NotEqual or Less or LessOrEqual when from.IsHalf() => Apply(op, DType.F32, to, [Widen(x[0]), Widen(x[1])]),
        Add => Narrow(to, $"({x[0]} + {x[1]})"),
        Subtract => Narrow(to, $"({x[0]} - {x[1]})"),
        Multiply => Narrow(to, $"({x[0]} * {x[1]})"),
        Divide => Narrow(to, $"({x[0]} / {x[1]})"),
        Negate => Narrow(to, $"(-{x[0]})"),
        StopGradient => x[0],
        Maximum or Minimum when to.IsFloat() => $"{GpuApi.Math}.{(op is Maximum ? "Max" : "Min")}({x[0]}, {x[1]})",
        Maximum => $"Math.Max({x[0]}, {x[1]})",
        Minimum => $"Math.Min({x[0]}, {x[1]})",
        Abs when to.IsFloat() => $"{MathClass(to)}.Abs({x[0]})",
        Abs when to == DType.U8 => x[0],
        Abs => $"({x[0]} < 0 ? -{x[0]} : {x[0]})",
        Sign when to.IsInteger() => Narrow(to, $"({x[0]} > 0 ? 1 : {x[0]} < 0 ? -1 : 0)"),
        Cast when from == to => x[0],
        Cast when from.IsHalf() => Apply(op, DType.F32, to, [Widen(x[0])]),
        // As the processor does it: floats do not have all digits of integers, which would be rounded twice.
        Cast when to.IsHalf() && from.IsInteger() => $"{GpuApi.HalfNumbers}.To{NameOf(to)}((double){x[0]})",
        Cast when to.IsHalf() && from != DType.Bool => $"{GpuApi.HalfNumbers}.To{NameOf(to)}({x[0]})",
        RoundAtRandom => $"{GpuApi.HalfNumbers}.RoundTo{NameOf(to)}({x[0]}, {x[1]})",
        Cast when from == DType.Bool => $"({x[0]} ? {Literal(1, to)} : {Literal(0, to)})",
        Cast when to == DType.Bool => $"({x[0]} != {Literal(0, from)})",
        // Truncates, saturates, and makes 0 of NaN, where a C# cast would wrap.
        Cast when from.IsFloat() && to.IsInteger() => $"{GpuApi.Math}.To{(to == DType.I32 ? "Int32" : to == DType.I64 ? "Int64" : "Byte")}({x[0]})",
        Cast when to.IsInteger() && to.Bytes() < from.Bytes() => $"{GpuApi.Math}.To{(to == DType.I32 ? "Int32" : "Byte")}({x[0]})",
        Cast => $"({TypeName(to)}){x[0]}",
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
        Power => $"{GpuApi.Math}.Pow({x[0]}, {x[1]})",
        Sign or Exp or Expm1 or Log or Log1p or Tanh or Sigmoid or Softplus or Sin or Cos or Erf or Round
            => $"{GpuApi.Math}.{op.GetType().Name}({x[0]})",
        _ => throw new InvalidOperationException($"no GPU lowering for {op.Name}"),
    };

    static string MathClass(DType type) => type == DType.F32 ? "MathF" : "Math";

    static string Widen(string half) => $"{GpuApi.HalfNumbers}.ToSingle({half})";

    // C# computes with bytes as ints.
    static string Narrow(DType type, string expression) => type == DType.U8 ? $"(byte){expression}" : expression;
}
