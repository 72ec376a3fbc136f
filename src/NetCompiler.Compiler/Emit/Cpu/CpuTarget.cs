using System;
using System.Globalization;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Loops;
using NetCompiler.Operators;
using NetCompiler.Plan;
using static NetCompiler.Emit.CSharp;

namespace NetCompiler.Emit.Cpu;

/// <summary>The processor: loops over vectors on the threads of a pool.</summary>
internal sealed class CpuTarget : Target
{
    public static CpuTarget Instance { get; } = new();

    public override string Prefix => "Plan_";

    public override string KernelPrefix => "K";

    public override string Executor => "Pool";

    public override string Buffer => RuntimeApi.PinnedBuffer;

    public override string SizeType => "nint";

    public override string Pointer(DType element) => $"{RuntimeApi.Pointer}<{TypeName(element)}>";

    public override string Storage(DType element) => TypeName(element);

    public override KernelText Write(LoopKernel kernel, TileUse? tile)
    {
        var (text, symbols, _) = LoopKernelWriter.Write(kernel);
        return new(text, symbols);
    }

    public override Dim RangeOf(LoopKernel kernel) => LoopKernelWriter.RangeOf(kernel);

    public override string Run(string instance, string launch, LoopKernel kernel, Dim range) =>
        $"Pool.Run({instance}, {Expression(range)}, {Grain(kernel, range)});";

    public override string Copy(string from, string to, string count) => $"{RuntimeApi.Placement}.Copy({from}, {to}, {count});";

    public override string Clear(string to, string count) => $"{RuntimeApi.Placement}.Clear({to}, {count});";

    public override string Scalar(string address) => $"{address}[0]";

    /// <summary>The least rows for a thread, so that handing work over costs little beside it.</summary>
    static string Grain(LoopKernel kernel, Dim range)
    {
        // An element takes about 0.1 ns from the cache, a transcendental function of it about 1 ns, waking a thread some microseconds.
        const long simpleElements = 16384, transcendental = 8;
        int functions = LoopExpression.Reachable(kernel.Roots).Count(expression => expression.Operation is LoopOperation.Apply { Operator: var op } && IsTranscendental(op));
        long elements = simpleElements / (1 + transcendental * functions);
        var work = Dim.Product(kernel.Axes).DivideExactly(range) ?? Dim.One;
        return work.IsConstant
            ? Math.Max(1, elements / Math.Max(1, work.Value)).ToString(CultureInfo.InvariantCulture)
            : $"1 + {elements.ToString(CultureInfo.InvariantCulture)} / (1 + {Expression(work)})";
    }

    static bool IsTranscendental(Operator op) =>
        op is Exp or Expm1 or Log or Log1p or Tanh or Sigmoid or Softplus or Sin or Cos or Erf or Power;
}
