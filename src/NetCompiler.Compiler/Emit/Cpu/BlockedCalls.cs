using System;
using System.Linq;
using NetCompiler.Algorithms;
using NetCompiler.Graph;
using NetCompiler.Operators;
using static NetCompiler.Emit.CSharp;

namespace NetCompiler.Emit.Cpu;

/// <summary>Calls of the kernels that read or write images in blocks of 16 channels.</summary>
internal static class BlockedCalls
{
    /// <param name="node">A node that the choice of layouts made.</param>
    /// <param name="x">The operands.</param>
    /// <param name="y">The result.</param>
    /// <param name="epilogue">What finishes the elements of a convolution's image; null for nothing.</param>
    public static string Statement(Node node, string[] x, string y, string? epilogue) => node.Operator switch
    {
        ToBlocked { ChannelsLast: true } to => CallLayout("BlockChannelsLast", to.Planar(node.Inputs[0].Shape), x, y),
        ToBlocked => CallLayout("Block", node.Inputs[0].Shape, x, y),
        FromBlocked { ChannelsLast: true } from => CallLayout("UnblockChannelsLast", BlockedLayout.Unblock(node.Inputs[0].Shape, from.Channels), x, y),
        FromBlocked => CallLayout("Unblock", node.Shape, x, y),
        PackFilter pack => CallPack(pack, node, x, y),
        BlockedConv2D convolution => CallConvolution(convolution, x, y, epilogue ?? $"default({RuntimeApi.NoEpilogue})"),
        BlockedPool pool => CallPool(pool, node, x, y),
        ChannelAverage average => FormattableString.Invariant(
            $"{RuntimeApi.BlockedPooling}.AverageChannels(Pool, {Expression(node.Shape[0])}, {average.Channels}, {Expression(node.Shape[2] * node.Shape[3])}, {average.Size}, {average.Before}, {x[0]}, {y});"),
        _ => throw new InvalidOperationException($"no CPU lowering for {node.Operator.Name}"),
    };

    static string CallLayout(string call, Shape planar, string[] x, string y) =>
        $"{RuntimeApi.ImageLayouts}.{call}(Pool, {Expression(planar[0])}, {Expression(planar[1])}, {Expression(planar[2] * planar[3])}, {x[0]}, {y});";

    static string CallPack(PackFilter pack, Node node, string[] x, string y)
    {
        var algorithm = ConvolutionAlgorithms.Named(pack.Planar.Algorithm);
        string call = pack.Planar.Pass == ConvolutionPass.BackwardData ? "PackBackward" : "PackForward";
        return $"{algorithm.Kernel}.{call}(Pool, {Sizes(algorithm, pack.Planar.Window, pack.Data, node.Inputs[0].Shape)}, {x[0]}, {y});";
    }

    static string CallConvolution(BlockedConv2D convolution, string[] x, string y, string epilogue)
    {
        var algorithm = ConvolutionAlgorithms.Named(convolution.Planar.Algorithm);
        string sizes = Sizes(algorithm, convolution.Planar.Window, convolution.Data, convolution.Filter);
        string input = algorithm.HasLayoutArgument ? $"{RuntimeApi.ImageLayout}.{(convolution.PlanarInput ? "Planar" : "Blocked")}, " : "";
        string blocking = algorithm.Blocking == default ? "" : FormattableString.Invariant(
            $", new {RuntimeApi.ConvolutionBlocking}({algorithm.Blocking.Kilobytes}, {RuntimeApi.ConvolutionCut}.{algorithm.Blocking.Cut})");
        if (convolution.Pool is { } pool)
        {
            var planes = convolution.Data[0] * convolution.Planar.Window.Groups * BlockedLayout.Blocks(convolution.Filter[0].Value / convolution.Planar.Window.Groups);
            return $"{algorithm.Kernel}.ForwardPooled(Pool, {sizes}, {Calls.ShapeOf(pool, planes, convolution.Result)}, {input}{x[0]}, {x[1]}, {y}, {epilogue}{blocking});";
        }
        return convolution.Planar.Pass switch
        {
            ConvolutionPass.Forward => $"{algorithm.Kernel}.Forward(Pool, {sizes}, {input}{x[0]}, {x[1]}, {y}, {epilogue}{blocking});",
            ConvolutionPass.BackwardData => $"{algorithm.Kernel}.BackwardData(Pool, {sizes}, {x[0]}, {x[1]}, {y}, {epilogue}{blocking});",
            _ => $"{algorithm.Kernel}.BackwardFilter(Pool, {sizes}, {input}{x[0]}, {x[1]}, {y}{blocking});",
        };
    }

    static string Sizes(ConvolutionAlgorithm algorithm, ConvolutionWindow window, Shape data, Shape filter) =>
        Calls.ShapeOf(window, data, filter) + (algorithm.Tile == 0 ? "" : FormattableString.Invariant($", {algorithm.Tile}"));

    static string CallPool(BlockedPool pool, Node node, string[] x, string y)
    {
        string call = pool.Planar switch
        {
            MaxPoolGather => "MaxGather",
            MaxPoolScatter => "MaxScatter",
            AveragePool => "AverageForward",
            _ => "AverageBackward",
        };
        var data = pool.Planar is AveragePoolBackward backward ? backward.Data : BlockedLayout.Unblock(node.Inputs[0].Shape);
        // A plane of the runtime is a block of 16 channels.
        var planes = data[0] * BlockedLayout.Blocks(data[1]);
        return $"{RuntimeApi.BlockedPooling}.{call}(Pool, {Calls.ShapeOf(pool.Window, planes, data)}, {string.Join(", ", x)}, {y}{Calls.CountsOf(pool.Planar)});";
    }
}
