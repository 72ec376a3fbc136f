using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Emit.Cpu;

/// <summary>Loops over plain numbers as C#.</summary>
internal sealed class CpuScalars : ScalarSyntax
{
    public static CpuScalars Instance { get; } = new();

    public override string Load(int operand, DType element, string index) => $"p{operand}[{index}]";

    public override string Store(int operand, DType element, string index, string value) => $"p{operand}[{index}] = {value};";

    public override string Scalar(int operand, DType element) => $"p{operand}";

    public override string Apply(Operator op, DType from, DType to, string[] x) => Elementwise.OverScalars(op, from, to, x);
}
