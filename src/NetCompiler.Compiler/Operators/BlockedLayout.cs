using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using NetCompiler.Graph;
using NetCompiler.Text;

namespace NetCompiler.Operators;

/// <summary>An operator that no program makes: it comes of the choice of layouts, after all gradients are taken.</summary>
internal interface ILayoutOperator;

/// <summary>
/// Images [N, ⌈C / 16⌉, H, W, 16]: 16 channels of a pixel lie side by side, as vectors take them. Lanes beyond the channels may hold
/// anything, NaN too: element-wise operators run over them, and whatever folds or mixes channels leaves them out.
/// </summary>
internal static class BlockedLayout
{
    /// <summary>The channels of a block, whatever the width of vectors is.</summary>
    public const int Lanes = 16;

    /// <summary>The number of blocks of a constant number of channels.</summary>
    public static long Blocks(Dim channels) => Blocks(channels.Value);

    /// <inheritdoc cref="Blocks(Dim)"/>
    public static long Blocks(long channels) => (channels + Lanes - 1) / Lanes;

    /// <summary>The blocked shape of images [N, C, H, W].</summary>
    public static Shape Block(Shape planar) => new(planar[0], Blocks(planar[1]), planar[2], planar[3], Lanes);

    /// <summary>The planar shape of blocked images, with all lanes as channels unless fewer are given.</summary>
    public static Shape Unblock(Shape blocked, Dim? channels = null) => new(blocked[0], channels ?? blocked[1] * Lanes, blocked[2], blocked[3]);

    /// <summary>What is required of blocked images of some channels.</summary>
    public static ShapeProblem? Check(TensorType images, Dim channels) =>
        images.Element != DType.F32 ? new("needs f32 images")
        : images.Shape.Rank != 5 || !images.Shape[4].Is(Lanes) || !channels.IsConstant || !images.Shape[1].Is(Blocks(channels))
            ? new($"needs {channels} channels in blocks of {Lanes}, but gets {images.Shape}")
        : null;

    public static void Block(ReferenceTensor planar, ReferenceTensor blocked) => Move(planar, blocked, (from, to) => blocked.Data[to] = planar.Data[from]);

    public static void Unblock(ReferenceTensor blocked, ReferenceTensor planar) => Move(planar, blocked, (to, from) => planar.Data[to] = blocked.Data[from]);

    /// <summary>The planar form of a blocked tensor.</summary>
    public static ReferenceTensor Unblock(ReferenceTensor blocked, int channels)
    {
        var planar = new ReferenceTensor([blocked.Dims[0], channels, blocked.Dims[2], blocked.Dims[3]]);
        Unblock(blocked, planar);
        return planar;
    }

    static void Move(ReferenceTensor planar, ReferenceTensor blocked, Action<int, int> visit)
    {
        for (int i = 0; i < planar.Data.Length; i++)
        {
            var at = planar.Position(i);
            visit(i, blocked.Offset([at[0], at[1] / Lanes, at[2], at[3], at[1] % Lanes]));
        }
    }
}

/// <summary>y[n, b, h, w, l] = x[n, 16·b + l, h, w]: channels in blocks of 16. Lanes beyond the channels hold 0.</summary>
/// <param name="ChannelsLast">Whether x is [N, H, W, C] instead.</param>
internal sealed record ToBlocked(bool ChannelsLast = false) : Operator, ILayoutOperator
{
    public override string Name => "to_blocked";

    protected override string Attributes => ChannelsLast ? "channels_last" : "";

    /// <summary>The shape of x as [N, C, H, W].</summary>
    public Shape Planar(Shape x) => ChannelsLast ? new(x[0], x[3], x[1], x[2]) : x;

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 1);
        if (inputs[0].Element != DType.F32 || inputs[0].Shape.Rank != 4 || !Planar(inputs[0].Shape)[1].IsConstant)
            return new ShapeProblem($"needs f32 images {(ChannelsLast ? "[N, H, W, C]" : "[N, C, H, W]")} of a known number of channels, but gets {inputs[0]}");
        return inputs[0].WithShape(BlockedLayout.Block(Planar(inputs[0].Shape)));
    }

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) => Gradient.None(NoGradient);

    public const string NoGradient = "layouts are chosen after gradients are taken";

    public override Work Cost(Node node) => new(Dim.Zero, Dim.Zero);

    public override void Evaluate(ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols) =>
        BlockedLayout.Block(ChannelsLast ? ChannelsLastImages.ToPlanar(inputs[0], symbols) : inputs[0], output);
}

/// <summary>Images [N, H, W, C], as many programs hold them: only at the edges of what is computed in blocks.</summary>
internal static class ChannelsLastImages
{
    /// <summary>From [N, H, W, C] to [N, C, H, W].</summary>
    public static EquatableArray<int> ToPlanarAxes { get; } = [0, 3, 1, 2];

    /// <summary>From [N, C, H, W] to [N, H, W, C].</summary>
    public static EquatableArray<int> FromPlanarAxes { get; } = [0, 2, 3, 1];

    public static ReferenceTensor ToPlanar(ReferenceTensor x, IReadOnlyDictionary<string, long> symbols)
    {
        var planar = new ReferenceTensor([x.Dims[0], x.Dims[3], x.Dims[1], x.Dims[2]]);
        new Transpose(ToPlanarAxes).Evaluate([x], planar, symbols);
        return planar;
    }
}

/// <summary>y[n, c, h, w] = x[n, c / 16, h, w, c mod 16]: channels out of blocks of 16. Lanes beyond the channels are dropped.</summary>
/// <param name="Channels">The channels.</param>
/// <param name="ChannelsLast">Whether y is [N, H, W, C] instead.</param>
internal sealed record FromBlocked(Dim Channels, bool ChannelsLast = false) : Operator, ILayoutOperator
{
    public override string Name => "from_blocked";

    protected override string Attributes => $"channels={Channels}" + (ChannelsLast ? " channels_last" : "");

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 1);
        var problem = BlockedLayout.Check(inputs[0], Channels);
        if (problem is not null)
            return problem;
        var planar = BlockedLayout.Unblock(inputs[0].Shape, Channels);
        return inputs[0].WithShape(ChannelsLast ? new(planar[0], planar[2], planar[3], planar[1]) : planar);
    }

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) => Gradient.None(ToBlocked.NoGradient);

    public override Work Cost(Node node) => new(Dim.Zero, Dim.Zero);

    public override void Evaluate(ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols)
    {
        if (ChannelsLast)
            new Transpose(ChannelsLastImages.FromPlanarAxes).Evaluate([BlockedLayout.Unblock(inputs[0], output.Dims[3])], output, symbols);
        else
            BlockedLayout.Unblock(inputs[0], output);
    }
}

/// <summary>
/// A pooling of blocked images [N, C / 16, H, W, 16], each lane by itself: what <paramref name="Planar"/> says of images with as many channels
/// as there are lanes.
/// </summary>
internal sealed record BlockedPool(Operator Planar) : Operator, ILayoutOperator
{
    public override string Name => "blocked_" + Planar.Name;

    protected override string Attributes
    {
        get
        {
            string text = Planar.ToString();
            return text.Substring(System.Math.Min(Planar.Name.Length + 1, text.Length));
        }
    }

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        foreach (var input in inputs)
        {
            if (input.Shape.Rank != 5 || BlockedLayout.Check(input, input.Shape[1] * BlockedLayout.Lanes) is not null)
                return new ShapeProblem($"needs f32 images in blocks of {BlockedLayout.Lanes} channels, but gets {input}");
        }
        var inferred = Planar.Infer([.. System.Linq.Enumerable.Select(inputs, Planes)]);
        return inferred.Type is { } type ? type.WithShape(BlockedLayout.Block(type.Shape)) : inferred;
    }

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) => Gradient.None(ToBlocked.NoGradient);

    public override Work Cost(Node node) => new(Dim.Zero, node.Inputs[node.Inputs.Length - 1].Shape.Size * Window.Size);

    public PoolingWindow Window => Planar switch
    {
        MaxPoolGather pool => pool.Window,
        MaxPoolScatter pool => pool.Window,
        AveragePool pool => pool.Window,
        AveragePoolBackward pool => pool.Window,
        _ => throw new InvalidOperationException($"{Planar} is no pooling"),
    };

    public override void Evaluate(ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols)
    {
        var result = BlockedLayout.Unblock(output, output.Dims[1] * BlockedLayout.Lanes);
        Planar.Evaluate([.. System.Linq.Enumerable.Select(inputs, input => BlockedLayout.Unblock(input, input.Dims[1] * BlockedLayout.Lanes))], result, symbols);
        BlockedLayout.Block(result, output);
    }

    static TensorType Planes(TensorType blocked) => blocked.WithShape(BlockedLayout.Unblock(blocked.Shape));
}
