using System;
using System.Collections.Generic;
using System.Linq;
using NetCompiler.Algorithms;
using NetCompiler.Emit.Cpu;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Plan;
using static NetCompiler.Emit.CSharp;

namespace NetCompiler.Emit;

/// <summary>Steps that are calls of the runtime's kernels.</summary>
/// <param name="target">What they run on: kernels have the same names there.</param>
internal sealed class Calls(Target target)
{
    /// <summary>
    /// The statements of a step; <paramref name="address"/> spells where a buffer lies, <paramref name="epilogue"/> what the kernel ends with.
    /// </summary>
    public string Statements(CallStep step, Func<Plan.Buffer, string> address, string? epilogue)
    {
        string[] x = [.. step.Inputs.Select(read => address(read!))];
        if (step.Result.Kind == BufferKind.Passing)
            return CallConsume(step.Node, x, epilogue!);
        string y = address(step.Result);
        return step.Node.Operator switch
        {
            MatMul => CallMatMul(step.Node, x, y, epilogue, step.Epilogue?.Parts ?? 1),
            PackMatrix => CallPackMatrix(step.Node, x, y),
            PackedMatMul => CallPackedMatMul(step.Node, x, y, epilogue, step.Epilogue?.Parts ?? 1),
            Convolution => CallConvolution(step.Node, x, y, epilogue),
            BlockedConv2D or PackFilter or BlockedPool or ChannelAverage or ToBlocked or FromBlocked => BlockedCalls.Statement(step.Node, x, y, epilogue),
            MaxPoolGather or MaxPoolScatter or AveragePool or AveragePoolBackward => CallPooling(step.Node, x, y),
            Concat => CallConcat(step.Node, x, y),
            Unslice => CallUnslice(step.Node, x, y),
            RandomUniform random => $"{RuntimeApi.RandomNumbers}.Uniform({target.Executor}, {target.Scalar(x[0])}, {random.Stream.ToString(System.Globalization.CultureInfo.InvariantCulture)}, {y}, {Expression(step.Node.Shape.Size)});",
            Gather => CallGather(step.Node, x, y),
            ArgSort sort => CallAlongAxis("ArgSort", step.Node, sort.Axis, x, y, sort.Descending),
            CumulativeSum sum => CallAlongAxis("CumulativeSum", step.Node, sum.Axis, x, y, sum.Reverse),
            ScatterAdd => CallScatterAdd(step.Node, x, y),
            AttentionOperator => AttentionCalls.Statement(step, x, address),
            _ => throw new InvalidOperationException($"no call for {step.Node.Operator.Name}"),
        };
    }

    /// <summary>Which algorithm was taken, for the comment above the step.</summary>
    public static string Choice(Node node) => node.Operator switch
    {
        // Plain convolutions have an algorithm on GPUs alone.
        Convolution { Algorithm.Length: > 0 } convolution when GpuConvolutionAlgorithm.All.FirstOrDefault(known => known.Name == convolution.Algorithm) is { } algorithm => $"{algorithm}: {algorithm.Description}",
        MatMul { Algorithm: not SizedProduct.SizedName and var name } when GpuProductAlgorithm.All.FirstOrDefault(known => known.Name == name) is { } algorithm => $"{algorithm}: {algorithm.Description}",
        MatMul { Algorithm: not ("" or SizedProduct.SizedName) and var algorithm } => $"{algorithm}: {ProductAlgorithm.Named(algorithm).Description}",
        MatMul => SizedProduct.SizedName,
        PackMatrix => "in the order that products read",
        PackedMatMul => "gemm of a packed matrix",
        BlockedConv2D blocked => Choice(blocked),
        PackFilter pack => $"in the order that {pack.Planar.Algorithm} reads",
        ToBlocked => "channels into blocks of 16",
        FromBlocked => "channels out of blocks of 16",
        Convolution when IsDepthwise(node) => "sums of shifted planes",
        Conv2D => "im2col + gemm",
        Conv2DBackwardData => "gemm + col2im",
        Conv2DBackwardFilter => "im2col + gemm, summed over fixed parts of the batch",
        Concat or Unslice or Gather => "copies",
        ArgSort => "stable sort of each line",
        CumulativeSum => "running sums of each line",
        RandomUniform => "Philox4x32-10",
        ScatterAdd => "sums in the order of the indices",
        AttentionOperator => "scores block by block, none stored",
        _ => "direct loops",
    };

    static string Choice(BlockedConv2D convolution)
    {
        var algorithm = ConvolutionAlgorithms.Named(convolution.Planar.Algorithm);
        return $"{algorithm}: {algorithm.Description}{algorithm.Blocking.Description}{(convolution.Pool is null ? "" : ", pooled as it is made")}";
    }

    // Each channel is convolved by itself; the runtime decides likewise.
    static bool IsDepthwise(Node node)
    {
        var (window, channels) = node.Operator switch
        {
            Conv2D forward => (forward.Window.StrideWidth == 1 ? forward.Window : ConvolutionWindow.Unit, node.Inputs[0].Shape[1]),
            Conv2DBackwardData backward => (backward.Window, backward.Data[1]),
            Conv2DBackwardFilter backward => (backward.Window, node.Inputs[0].Shape[1]),
            _ => throw new InvalidOperationException(),
        };
        return window.Groups > 1 && channels.Is(window.Groups);
    }

    /// <summary>A product that is not stored.</summary>
    static string CallConsume(Node node, string[] x, string consumer)
    {
        var algorithm = ((MatMul)node.Operator).Algorithm;
        string blocking = algorithm.Length > 0 && ProductAlgorithm.Named(algorithm) is BlockedProduct blocks ? $", {Blocking(blocks)}" : "";
        bool transposesLeft = MatMulOperand.Of(node, 0).Transposed, transposesRight = MatMulOperand.Of(node, 1).Transposed;
        int rank = node.Shape.Rank;
        Dim m = node.Shape[rank - 2], n = node.Shape[rank - 1], k = node.Inputs[0].Shape[rank - 1];
        return $"{RuntimeApi.Gemm}.Consume(Pool, {Literal(transposesLeft ? 1 : 0, DType.Bool)}, {Literal(transposesRight ? 1 : 0, DType.Bool)}, {Expression(m)}, {Expression(n)}, {Expression(k)}, "
            + $"{x[0]}, {Expression(transposesLeft ? m : k)}, {x[1]}, {Expression(transposesRight ? k : n)}, {consumer}{blocking});";
    }

    static string Blocking(BlockedProduct blocks) =>
        $"new {RuntimeApi.GemmBlocking}({blocks.Vectors}, {Literal(blocks.CopiesRight ? 1 : 0, DType.Bool)}, {blocks.MostDepth})";

    string CallMatMul(Node node, string[] x, string y, string? epilogue, int parts)
    {
        string end = epilogue is null ? "" : ", " + epilogue;
        var algorithm = ((MatMul)node.Operator).Algorithm;
        if (target.Method(node) is { } method)
            end += method;
        else if (algorithm.Length > 0 && ProductAlgorithm.Named(algorithm) is BlockedProduct blocking)
            end = $", {epilogue ?? $"new {RuntimeApi.NoEpilogue}()"}, {Blocking(blocking)}";
        var left = MatMulOperand.Of(node, 0);
        var right = MatMulOperand.Of(node, 1);
        int rank = node.Shape.Rank;
        Dim m = node.Shape[rank - 2], n = node.Shape[rank - 1], k = node.Inputs[0].Shape[rank - 1];
        Dim strideA = left.Transposed ? m : k, strideB = right.Transposed ? k : n;
        string flags = $"{Literal(left.Transposed ? 1 : 0, DType.Bool)}, {Literal(right.Transposed ? 1 : 0, DType.Bool)}";
        string sizes = $"{Expression(m)}, {Expression(n)}, {Expression(k)}";
        var batch = Dim.Product(node.Shape.Dims.RemoveRange(rank - 2, 2));
        if (algorithm == StrassenProduct.StrassenName)
            return $"{RuntimeApi.Gemm}.MultiplyStrassen({target.Executor}, {sizes}, {x[0]}, {Expression(k)}, {x[1]}, {Expression(n)}, {y}, {Expression(n)});";
        string call = CallInParts("Multiply", parts);
        return batch.Is(1)
            ? $"{RuntimeApi.Gemm}.{call}, {flags}, {sizes}, {x[0]}, {Expression(strideA)}, {x[1]}, {Expression(strideB)}, {y}, {Expression(n)}{end});"
            : $"{RuntimeApi.Gemm}.MultiplyBatched({target.Executor}, {Expression(batch)}, {flags}, {sizes}, "
                + $"{x[0]}, {Expression(strideA)}, {Expression(m * k)}, {x[1]}, {Expression(strideB)}, {Expression(k * n)}, {y}, {Expression(n)}, {Expression(m * n)}{end});";
    }

    string CallInParts(string call, int parts) =>
        parts == 1 ? $"{call}({target.Executor}" : $"{call}Parts({target.Executor}, {parts.ToString(System.Globalization.CultureInfo.InvariantCulture)}";

    string CallPackMatrix(Node node, string[] x, string y)
    {
        bool transposed = MatMulOperand.Of(node, 0).Transposed;
        Dim n = node.Inputs[0].Shape[1], k = node.Inputs[0].Shape[0];
        return $"{RuntimeApi.Gemm}.PackB({target.Executor}, {Literal(transposed ? 1 : 0, DType.Bool)}, {Expression(n)}, {Expression(k)}, {x[0]}, {Expression(transposed ? k : n)}, {y});";
    }

    string CallPackedMatMul(Node node, string[] x, string y, string? epilogue, int parts)
    {
        bool transposed = MatMulOperand.Of(node, 0).Transposed;
        Dim m = node.Shape[0], n = node.Shape[1], k = node.Inputs[0].Shape[1];
        return $"{RuntimeApi.Gemm}.{CallInParts("MultiplyPacked", parts)}, {Literal(transposed ? 1 : 0, DType.Bool)}, {Expression(m)}, {Expression(n)}, {Expression(k)}, "
            + $"{x[0]}, {Expression(transposed ? m : k)}, {x[1]}, {y}, {Expression(n)}{(epilogue is null ? "" : ", " + epilogue)});";
    }

    string CallConvolution(Node node, string[] x, string y, string? epilogue)
    {
        var (call, window, data, filter) = node.Operator switch
        {
            Conv2D forward => ("Forward", forward.Window, node.Inputs[0].Shape, node.Inputs[1].Shape),
            Conv2DBackwardData backward => ("BackwardData", backward.Window, backward.Data, node.Inputs[1].Shape),
            Conv2DBackwardFilter backward => ("BackwardFilter", backward.Window, node.Inputs[0].Shape, backward.Filter),
            _ => throw new InvalidOperationException(),
        };
        var (kernel, tile) = target.Kernel((Convolution)node.Operator);
        return $"{kernel}.{call}({target.Executor}, {ShapeOf(window, data, filter)}{(tile == 0 ? "" : ", " + Literal(tile, DType.I32))}, {x[0]}, {x[1]}, {y}{(epilogue is null ? "" : ", " + epilogue)}{target.Method(node)});";
    }

    /// <summary>The sizes of a convolution as the runtime takes them.</summary>
    public static string ShapeOf(ConvolutionWindow window, Shape data, Shape filter) =>
        $"new {RuntimeApi.ConvolutionShape}({Join(data.Dims)}, {Join([filter[0], filter[2], filter[3]])}, "
            + $"{window.StrideHeight}, {window.StrideWidth}, {window.PadTop}, {window.PadLeft}, {window.PadBottom}, {window.PadRight}, "
            + $"{window.DilationHeight}, {window.DilationWidth}, {window.Groups})";

    string CallPooling(Node node, string[] x, string y)
    {
        var (call, window, data) = node.Operator switch
        {
            MaxPoolGather gather => ("MaxGather", gather.Window, node.Inputs[0].Shape),
            MaxPoolScatter scatter => ("MaxScatter", scatter.Window, node.Inputs[0].Shape),
            AveragePool average => ("AverageForward", average.Window, node.Inputs[0].Shape),
            AveragePoolBackward average => ("AverageBackward", average.Window, average.Data),
            _ => throw new InvalidOperationException(),
        };
        return $"{RuntimeApi.Pooling}.{call}({target.Executor}, {ShapeOf(window, data[0] * data[1], data)}, {string.Join(", ", x)}, {y}{CountsOf(node.Operator)});";
    }

    /// <summary>The sizes of a pooling of so many planes, or planes of blocks, as the runtime takes them.</summary>
    public static string ShapeOf(PoolingWindow window, Dim planes, Shape data) =>
        $"new {RuntimeApi.PoolingShape}({Expression(planes)}, {Join([data[2], data[3]])}, "
            + $"{window.KernelHeight}, {window.KernelWidth}, {window.StrideHeight}, {window.StrideWidth}, "
            + $"{window.PadTop}, {window.PadLeft}, {window.PadBottom}, {window.PadRight}"
            + (window.DilationHeight == 1 && window.DilationWidth == 1 ? "" : $", DilationHeight: {window.DilationHeight}, DilationWidth: {window.DilationWidth}")
            + (window.Ceil ? ", Ceil: true" : "") + ")";

    /// <summary>The argument that leaves padding out of averages.</summary>
    public static string CountsOf(Operator pool) =>
        pool is AveragePool { CountPadding: false } or AveragePoolBackward { CountPadding: false } ? ", countPadding: false" : "";

    string CallConcat(Node node, string[] x, string y)
    {
        int axis = ((Concat)node.Operator).Axis;
        var lines = new List<string>();
        var start = Dim.Zero;
        for (int i = 0; i < x.Length; i++)
        {
            var part = node.Inputs[i].Shape;
            lines.Add(Place(x[i], part, y, start * node.Shape.Strides[axis], node.Shape.Strides));
            start += part[axis];
        }
        return string.Join("\n", lines);
    }

    string CallUnslice(Node node, string[] x, string y)
    {
        var unslice = (Unslice)node.Operator;
        var strides = node.Shape.Strides;
        var offset = Dim.Zero;
        for (int axis = 0; axis < strides.Length; axis++)
            offset += unslice.Starts[axis] * strides[axis];
        return $"{target.Clear(y, Expression(node.Shape.Size))}\n"
            + Place(x[0], node.Inputs[0].Shape, y, offset, strides.Select((stride, axis) => stride * unslice.Steps[axis]));
    }

    string CallAlongAxis(string call, Node node, int axis, string[] x, string y, bool flag)
    {
        var dims = node.Shape.Dims;
        string sizes = Join([Dim.Product(dims.Take(axis)), dims[axis], Dim.Product(dims.Skip(axis + 1))]);
        return $"{RuntimeApi.AxisKernels}.{call}({target.Executor}, {sizes}, {x[0]}, {y}, {Literal(flag ? 1 : 0, DType.Bool)});";
    }

    string CallGather(Node node, string[] x, string y)
    {
        var (rows, indices) = (node.Inputs[0].Shape, node.Inputs[1].Shape);
        string missing = target.Literal(((Gather)node.Operator).Missing, node.Element);
        return $"{RuntimeApi.Indexing}.Gather({target.Executor}, {RowSizes(rows, indices)}, {x[0]}, {x[1]}, {y}, {missing});";
    }

    string CallScatterAdd(Node node, string[] x, string y) =>
        $"{RuntimeApi.Indexing}.ScatterAdd({target.Executor}, {RowSizes(node.Shape, node.Inputs[0].Shape)}, {x[0]}, {x[1]}, {y});";

    static string RowSizes(Shape rows, Shape indices) => Join([rows[0], rows.Without([0]).Size, indices.Size]);

    string Place(string from, Shape shape, string to, Dim offset, IEnumerable<Dim> strides) =>
        $"{RuntimeApi.Placement}.Copy({target.Executor}, {from}, [{Join(shape.Dims)}], {to}, {Expression(offset)}, [{Join(strides)}]);";

    static string Join(IEnumerable<Dim> dims) => string.Join(", ", dims.Select(Expression));
}
