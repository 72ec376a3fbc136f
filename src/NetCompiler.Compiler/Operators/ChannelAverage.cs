using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;

namespace NetCompiler.Operators;

/// <summary>
/// y[n, c, h, w] = (Σ x[n, c - Before + t, h, w] for t from 0 to Size - 1) / Size over blocked images [N, C / 16, H, W, 16], with zeros beyond the
/// first and the last channel: what normalisations among neighbouring channels are made of, and its own transpose with the window
/// mirrored.
/// </summary>
/// <param name="Size">The channels of a window.</param>
/// <param name="Before">Those in front of its own channel, less than <paramref name="Size"/>.</param>
/// <param name="Channels">C.</param>
internal sealed record ChannelAverage(int Size, int Before, long Channels) : Operator, ILayoutOperator
{
    /// <summary>
    /// The average over channels that <paramref name="pool"/> computes, given planar images [N, C, H, W] as [N, 1, C, H · W], or its transpose; null for
    /// other poolings.
    /// </summary>
    public static ChannelAverage? Of(Operator pool, Shape images)
    {
        var (window, counts, backward) = pool switch
        {
            AveragePool forward => (forward.Window, forward.CountPadding, false),
            AveragePoolBackward transpose => (transpose.Window, transpose.CountPadding, true),
            _ => default,
        };
        int size = window.KernelHeight, after = size - 1 - window.PadTop;
        // As many windows as channels, and each of all its positions.
        bool isOne = counts && (window with { KernelHeight = 1, PadTop = 0, PadBottom = 0 }) == new PoolingWindow(1, 1, 1, 1, 0, 0, 0, 0) && window.PadBottom == after;
        return isOne ? new(size, backward ? after : window.PadTop, images[1].Value) : null;
    }

    public override string Name => "blocked_channel_average";

    protected override string Attributes => FormattableString.Invariant($"channels={Channels} size={Size} before={Before}");

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 1);
        if (BlockedLayout.Check(inputs[0], Channels) is { } problem)
            return problem;
        return Before >= 0 && Before < Size ? inputs[0] : new ShapeProblem($"needs a window that holds its own channel, but gets {Before} of {Size} channels before it");
    }

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) => Gradient.None(ToBlocked.NoGradient);

    public override Work Cost(Node node) => new(Dim.Zero, node.Shape.Size * Size);

    public override void Evaluate(ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols)
    {
        var x = BlockedLayout.Unblock(inputs[0], (int)Channels);
        var y = new ReferenceTensor(x.Dims);
        for (int i = 0; i < y.Data.Length; i++)
        {
            var at = y.Position(i);
            int first = at[1] - Before;
            y.Data[i] = Enumerable.Range(first, Size).Where(channel => channel >= 0 && channel < Channels)
                .Sum(channel => x.Data[x.Offset([at[0], channel, at[2], at[3]])]) / Size;
        }
        BlockedLayout.Block(y, output);
    }
}
