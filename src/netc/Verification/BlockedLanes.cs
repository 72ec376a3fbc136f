using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.CommandLine.Verification;

/// <summary>
/// Which elements of blocked images (<see cref="BlockedLayout"/>) mean something: lanes beyond the channels may hold anything.
/// </summary>
internal sealed class BlockedLanes
{
    readonly Dictionary<Node, long?> _channels = [];

    /// <summary>Whether the order of the elements is the business of a kernel, so that they cannot be compared.</summary>
    public static bool IsFormless(Node node) => node.Operator is PackFilter or PackMatrix;

    /// <summary>The channels of a node in blocks; null if it is in none.</summary>
    public long? Channels(Node node)
    {
        if (!_channels.TryGetValue(node, out long? channels))
            _channels.Add(node, channels = Find(node));
        return channels;
    }

    /// <summary>Tells for each element of a node whether it is compared.</summary>
    public Func<int, bool> Mask(Node node, IReadOnlyList<int> dims)
    {
        if (Channels(node) is not { } channels || channels % BlockedLayout.Lanes == 0)
            return _ => true;
        // Of images [N, C / 16, H, W, 16] or of what is folded over pixels, [..., C / 16, 16].
        int blockAxis = dims.Count == 5 ? 1 : dims.Count - 2;
        int blocks = dims[blockAxis], within = dims.Skip(blockAxis + 1).Aggregate(1, (size, dim) => size * dim);
        return i => i / within % blocks * BlockedLayout.Lanes + i % BlockedLayout.Lanes < channels;
    }

    long? Find(Node node)
    {
        switch (node.Operator)
        {
            case ToBlocked to:
                return to.Planar(node.Inputs[0].Shape)[1].Value;
            case BlockedConv2D blocked:
                return blocked.Planar.Pass switch
                {
                    ConvolutionPass.Forward => blocked.Filter[0].Value,
                    ConvolutionPass.BackwardData => blocked.Data[1].Value,
                    _ => null,
                };
            case ChannelAverage average:
                return average.Channels;
            case FromBlocked:
                return null;
        }
        bool isBlocked = node.Shape.Rank >= 2 && node.Shape[node.Shape.Rank - 1].Is(BlockedLayout.Lanes) && node.Operator is Elementwise or BlockedPool or Reduction;
        return isBlocked ? node.Inputs.Select(Channels).FirstOrDefault(channels => channels is not null) : null;
    }
}
