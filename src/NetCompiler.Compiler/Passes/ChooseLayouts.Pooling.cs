using System;
using System.Collections.Generic;
using System.Linq;
using NetCompiler.Algorithms;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Passes;

/// <summary>Poolings of blocked images: as part of the convolution that they read, or as averages over channels.</summary>
internal sealed partial class ChooseLayouts
{
    Node Pool(Operator pool, Node node) => _graph.Make(new BlockedPool(pool), [.. node.Inputs.Select(Blocked)]);

    /// <summary>
    /// The blocked form of images that were taken for rows of channels [N, 1, C, H · W], averaged among neighbours as a pooling of rows and worked on element by
    /// element; null where anything else was done to them, or nothing.
    /// </summary>
    Node? OfChannelRows(Node rows, Shape image)
    {
        if (rows.Shape.Rank != 4 || rows.Shape != new Shape(image[0], 1, image[1], image[2] * image[3]))
            return null;
        if (!_ofRows.TryGetValue((rows, image), out var blocked))
            _ofRows.Add((rows, image), blocked = Find());
        return blocked;

        Node? Find()
        {
            switch (rows.Operator)
            {
                case Constant constant:
                    return _graph.Constant(constant.Value, rows.Type.WithShape(BlockedLayout.Block(image)));
                case Broadcast { Axes.Items.IsEmpty: true }:
                    return _graph.Broadcast(Planar(rows.Inputs[0]), BlockedLayout.Block(image), []);
                case Reshape when rows.Inputs[0].Shape == image && _forms[rows.Inputs[0]].Home == Home.Blocked:
                    return Blocked(rows.Inputs[0]);
                case AveragePool or AveragePoolBackward when OfChannelRows(rows.Inputs[0], image) is { } averaged && ChannelAverage.Of(rows.Operator, image) is { } average:
                    return _graph.Make(average, averaged);
                case Elementwise when rows.Inputs.Select(input => OfChannelRows(input, image)).ToList() is var operands && operands.All(operand => operand is not null):
                    return _graph.Make(rows.Operator, [.. operands.Select(operand => operand!)]);
                default:
                    return null;
            }
        }
    }

    /// <summary>
    /// max_pool(f(x * w)) = f(max_pool(x * w)) for what grows with its operand, and for NaN, but where f itself makes NaN of some infinite elements that are
    /// not the largest: a bias of +∞ on a window with -∞ gives +∞ instead. The convolution gives the maxima alone, and its result is never stored. Only where nothing else reads what is in between, such as a gradient; null elsewhere.
    /// </summary>
    Node? PoolConvolution(Node node, PoolingWindow window)
    {
        var between = new Stack<Node>();
        var image = node.Inputs[0];
        while (_readers[image] == 1 && Growing(image) is { } operand)
        {
            between.Push(image);
            image = operand;
        }
        if (_readers[image] != 1 || _forms[image].Blocked is not { Operator: BlockedConv2D { Planar.Pass: ConvolutionPass.Forward, Pool: null } convolution } convolved
            || ConvolutionProblem.Of(convolved, _trains) is not { } problem || !ConvolutionAlgorithms.Named(convolution.Planar.Algorithm).AdmitsPooling(problem, window))
            return null;
        var result = _graph.Make(convolution with { Pool = window }, convolved.Inputs);
        foreach (var step in between)
        {
            Node Operand(Node operand) => operand == image ? result : OfEachPixel(operand, node.Shape)!;
            result = _graph.Make(step.Operator, [.. step.Inputs.Select(Operand)]);
            image = step;
        }
        return result;
    }

    /// <summary>What an operator grows with or stays equal, if its other operand is the same for all pixels of a channel; else null.</summary>
    Node? Growing(Node node)
    {
        if (node.Operator is not (Add or Maximum or Minimum or Subtract))
            return null;
        if (OfEachPixel(node.Inputs[1], node.Shape) is not null)
            return node.Inputs[0];
        return node.Operator is not Subtract && OfEachPixel(node.Inputs[0], node.Shape) is not null ? node.Inputs[1] : null;
    }

    /// <summary>What has the same value for all pixels, in blocked form for images of a planar shape; null if it may differ.</summary>
    Node? OfEachPixel(Node value, Shape shape)
    {
        switch (value.Operator)
        {
            case Constant constant:
                return _graph.Constant(constant.Value, value.Type.WithShape(BlockedLayout.Block(shape)));
            case Broadcast broadcast when Enumerable.Range(0, broadcast.Axes.Items.Length).All(axis => broadcast.Axes.Items[axis] < 2 || value.Inputs[0].Shape[axis].Is(1)):
                var image = _graph.Broadcast(value.Inputs[0], shape, broadcast.Axes);
                return image.Operator is Broadcast again ? Repeat(image, again) : null;
            default:
                return null;
        }
    }
}
