using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;

namespace NetCompiler.Operators;

/// <summary>
/// The elements of a filter [O, C / groups, KH, KW] in the order in which the kernels of one algorithm read them, which is theirs alone; what
/// they need no element for is 0. The reference keeps the filter's own order, zeros after it.
/// </summary>
/// <param name="Planar">The convolution that it is packed for; its algorithm decides the order.</param>
/// <param name="Data">The shape of x, whose sizes may matter.</param>
/// <param name="Length">The number of elements, at least as many as the filter has.</param>
internal sealed record PackFilter(Convolution Planar, Shape Data, long Length) : Operator, ILayoutOperator
{
    public override string Name => "pack_filter";

    protected override string Attributes => $"length={Length} for={Planar}";

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 1);
        if (inputs[0].Element != DType.F32 || inputs[0].Shape.Rank != 4 || (inputs[0].Shape.Size - Length).IsPositive)
            return new ShapeProblem($"needs an f32 filter [O, C / groups, KH, KW] of at most {Length} elements, but gets {inputs[0]}");
        return inputs[0].WithShape(new(Length));
    }

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) => Gradient.None(ToBlocked.NoGradient);

    public override Work Cost(Node node) => new(Dim.Zero, Dim.Zero);

    public override void Evaluate(ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols) =>
        inputs[0].Data.CopyTo(output.Data, 0);
}

/// <summary>
/// A convolution of blocked images, or one of its transposes: of x and a packed filter to y, of dy and a packed filter to dx, of x and dy to
/// a plain dw. What it computes is what <paramref name="Planar"/> says of the planar images.
/// </summary>
/// <param name="Planar">The convolution, with its algorithm.</param>
/// <param name="Data">The shape of x [N, C, H, W].</param>
/// <param name="Filter">The shape of w [O, C / groups, KH, KW].</param>
/// <param name="PlanarInput">Whether x is planar: images of few channels are read as they are given.</param>
/// <param name="Pool">The windows whose maxima y holds instead, of a convolution forwards; null for none.</param>
internal sealed record BlockedConv2D(Convolution Planar, Shape Data, Shape Filter, bool PlanarInput = false, PoolingWindow? Pool = null) : Operator, ILayoutOperator
{
    public override string Name => "blocked_" + Planar.Name;

    protected override string Attributes => $"{(PlanarInput ? "planar " : "")}x={Data} w={Filter} {Details}".TrimEnd();

    string Details => $"{Planar.Window} by={Planar.Algorithm}".TrimStart() + (Pool is { } pool ? $" max_pool({pool})" : "");

    /// <summary>The shape of y [N, O, H, W] before it is pooled.</summary>
    public Shape Result => ((TensorType)Planar.Window.Infer(new(DType.F32, Data), new(DType.F32, Filter)).Type!).Shape;

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 2);
        if (Planar.Window.Infer(new(DType.F32, Data), new(DType.F32, Filter)) is { Problem: { } problem })
            return problem;
        var (x, y) = (new TensorType(DType.F32, PlanarInput ? Data : BlockedLayout.Block(Data)), new TensorType(DType.F32, BlockedLayout.Block(Result)));
        if (Pool is { } pool)
        {
            var pooled = pool.Infer(new(DType.F32, Result));
            if (pooled.Problem is not null)
                return pooled;
            y = new(DType.F32, BlockedLayout.Block(((TensorType)pooled.Type!).Shape));
        }
        var (first, second, result) = Planar.Pass switch
        {
            ConvolutionPass.Forward => (x, null, y),
            ConvolutionPass.BackwardData => (y, null, x),
            _ => (x, y, new TensorType(DType.F32, Filter)),
        };
        if (inputs[0] != first || second is not null && inputs[1] != second)
            return new ShapeProblem($"needs {first} and {second?.ToString() ?? "a packed filter"}, but gets {inputs[0]} and {inputs[1]}");
        if (second is null && (inputs[1].Element != DType.F32 || inputs[1].Shape.Rank != 1 || (Filter.Size - inputs[1].Shape.Size).IsPositive))
            return new ShapeProblem($"needs a packed filter, but gets {inputs[1]}");
        return result;
    }

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) => Gradient.None(ToBlocked.NoGradient);

    public override Work Cost(Node node) => ConvolutionWindow.Cost(Result, Filter);

    public override void Evaluate(ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols)
    {
        ImmutableArray<int> filter = [.. Filter.Dims.Select(dim => (int)dim.Value)];
        var (channels, features) = ((int)Data[1].Value, filter[0]);
        ReferenceTensor X(ReferenceTensor x) => PlanarInput ? x : BlockedLayout.Unblock(x, channels);
        switch (Planar.Pass)
        {
            case ConvolutionPass.Forward when Pool is { } pool:
                var convolved = new ReferenceTensor([.. Result.Dims.Select(dim => (int)dim.Evaluate(symbols))]);
                Planar.Evaluate([X(inputs[0]), Unpack(inputs[1], filter)], convolved, symbols);
                var pooled = new ReferenceTensor([output.Dims[0], features, output.Dims[2], output.Dims[3]]);
                new MaxPoolGather(pool).Evaluate([convolved, convolved], pooled, symbols);
                BlockedLayout.Block(pooled, output);
                break;
            case ConvolutionPass.Forward:
                Run([X(inputs[0]), Unpack(inputs[1], filter)], BlockedLayout.Unblock(output, features));
                break;
            case ConvolutionPass.BackwardData:
                Run([BlockedLayout.Unblock(inputs[0], features), Unpack(inputs[1], filter)], X(output));
                break;
            default:
                Planar.Evaluate([X(inputs[0]), BlockedLayout.Unblock(inputs[1], features)], output, symbols);
                break;
        }

        void Run(ImmutableArray<ReferenceTensor> operands, ReferenceTensor result)
        {
            Planar.Evaluate(operands, result, symbols);
            if (result != output)
                BlockedLayout.Block(result, output);
        }
    }

    static ReferenceTensor Unpack(ReferenceTensor packed, ImmutableArray<int> filter) =>
        new(filter, packed.Data.AsSpan(0, filter.Aggregate(1, (size, dim) => size * dim)).ToArray());
}
