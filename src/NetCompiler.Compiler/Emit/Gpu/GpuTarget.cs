using System;
using System.Collections.Generic;
using System.Linq;
using NetCompiler.Algorithms;
using NetCompiler.Emit.Cpu;
using NetCompiler.Graph;
using NetCompiler.Loops;
using NetCompiler.Operators;
using NetCompiler.Plan;
using static NetCompiler.Emit.CSharp;

namespace NetCompiler.Emit.Gpu;

/// <summary>A GPU: kernels that ILGPU compiles, queued one after the other on a stream.</summary>
internal sealed class GpuTarget : Target
{
    public static GpuTarget Instance { get; } = new();

    public override string Prefix => "GpuPlan_";

    public override string KernelPrefix => "G";

    public override string Executor => "Device";

    public override string Buffer => GpuApi.DeviceBuffer;

    // An address may be given out again, for another block.
    public override string Place => "Allocation";

    public override string SizeType => "int";

    public override string Pointer(DType element) => $"{GpuApi.DevicePointer}<{Storage(element)}>";

    public override string Storage(DType element) => GpuScalars.StorageName(element);

    // Which launch it is depends on the kernel as it is written, which may be one for many sizes.
    const string RowParts = "LaunchRowParts", ColumnParts = "LaunchColumnParts";

    public override KernelText Write(LoopKernel kernel, TileUse? tile)
    {
        var (text, symbols) = GpuLoopWriter.Write(kernel, tile);
        string launch = GpuLoopWriter.FormOf(kernel) switch
        {
            GpuForm.GroupPerRow => GpuLoopWriter.HasParts(kernel) ? RowParts : "LaunchRows",
            GpuForm.GroupPerColumns => ColumnParts,
            GpuForm.ThreadPerFour => "LaunchFours",
            _ => "LaunchFor",
        };
        return new(text, symbols, launch);
    }

    public override Dim RangeOf(LoopKernel kernel) => Dim.Product(kernel.Outer);

    public override string Run(string instance, string launch, LoopKernel kernel, Dim range) =>
        $"Device.{launch}({Count(range)}, {(launch is RowParts or ColumnParts ? $"{Count(Dim.Product(kernel.Inner))}, {StepsOf(kernel)}, " : "")}{instance});";

    // More than an int holds is refused where it is launched, for which it must not have wrapped around.
    static string Count(Dim dim) => Expression(dim) is var expression && expression.Contains(" * ") && !expression.Contains(RuntimeApi.FloorDivide)
        ? dim.Format(symbol => $"(long){Symbol(symbol)}", (_, _) => throw new InvalidOperationException())
        : expression;

    static string StepsOf(LoopKernel kernel)
    {
        bool storesElements = kernel.Stores.Any(store => !store.PerRow), storesRows = kernel.Stores.Any(store => store.PerRow);
        return $"new {GpuApi.RowSteps}({kernel.Reductions.Select(reduction => reduction.Stage).Distinct().Count()}, {kernel.Reductions.Length}, "
            + $"{CSharp.Literal(storesElements ? 1 : 0, DType.Bool)}, {CSharp.Literal(storesRows ? 1 : 0, DType.Bool)})";
    }

    // An operand takes 16 of the 4096 bytes that the arguments of a launch may have; sizes, divisors and what lies between loops take some, too.
    const int MostOperands = 16;

    public override int MostJoined => 12;

    public override bool Joins(LoopKernel kernel) => kernel is { Inner.IsEmpty: true, OverTiles: false } && kernel.Operands.Length <= MostOperands;

    public override string RunJoined(IEnumerable<(string Instance, Dim Range)> loops) =>
        "Device" + string.Concat(loops.Select((loop, i) => $"{(i == 0 ? "" : "\n    ")}.{(i == 0 ? "Join" : "And")}({Count(loop.Range)}, {loop.Instance})")) + "\n    .Launch();";

    public override string Copy(string from, string to, string count) => $"{RuntimeApi.Placement}.Copy(Device, {from}, {to}, {count});";

    public override string Clear(string to, string count) => $"{RuntimeApi.Placement}.Clear(Device, {to}, {count});";

    public override (string Class, int Tile) Kernel(Convolution convolution) =>
        convolution.Algorithm.Length > 0 && GpuConvolutionAlgorithm.Named(convolution.Algorithm) is var algorithm ? (algorithm.Kernel, algorithm.Tile) : base.Kernel(convolution);

    // The device that runs the code need not be the one that it was made for.
    public override string? Method(Node node)
    {
        string? method = node.Operator switch
        {
            MatMul { Algorithm.Length: > 0 } product => GpuProductAlgorithm.Named(product.Algorithm).Method,
            Convolution { Algorithm.Length: > 0 } convolution when GpuConvolutionAlgorithm.Named(convolution.Algorithm) is ImplicitProduct implicitly => implicitly.Method,
            _ => null,
        };
        return method is null ? "" : $", {Executor}.OrBySize({GpuApi.ProductMethod}.{method})";
    }

    public override string Scalar(string address) => address;

    public override string Literal(double value, DType element) => GpuScalars.LiteralOf(value, element == DType.Bool ? DType.U8 : element);
}
