using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Algorithms;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;

namespace NetCompiler.Passes;

/// <summary>
/// Chooses how each f32 convolution is computed, and with it which images are blocked (<see cref="BlockedLayout"/>). One walk from the inputs
/// to the results: a convolution takes the algorithm with the least predicted time, conversions of what it reads included; what
/// follows it (element-wise operators, poolings, sums over pixels, ...) stays in its layout; all else reads planar images. Each value
/// has a home, and its other form is made once, where it is first needed.
/// </summary>
internal sealed partial class ChooseLayouts
{
    readonly NetworkModel _network;
    readonly GraphBuilder _graph;
    readonly bool _trains;
    readonly ImmutableArray<ConvolutionAlgorithm> _algorithms;
    readonly Dictionary<Node, Forms> _forms = [];
    readonly MachineModel _machine = MachineModel.Default;
    readonly Dictionary<Node, int> _readers = [];
    readonly Dictionary<(Node Rows, Shape Image), Node?> _ofRows = [];
    double _seconds, _planarSeconds;
    bool _hasChoice;

    /// <summary>How a value is computed.</summary>
    enum Home
    {
        Planar,
        Blocked,
        /// <summary>Either form costs nothing, as of constants and of repeated values.</summary>
        Either,
    }

    /// <summary>The forms that a value has so far.</summary>
    sealed class Forms(Home home, Node? planar, Node? blocked)
    {
        public Home Home { get; } = home;

        public Node? Planar { get; set; } = planar;

        public Node? Blocked { get; set; } = blocked;

        /// <summary>The image as [N, H, W, C], of which the other forms are made.</summary>
        public Node? ChannelsLast { get; init; }
    }

    ChooseLayouts(NetworkModel network, bool trains, ImmutableArray<ConvolutionAlgorithm> algorithms)
    {
        _network = network;
        _graph = network.Builder;
        _trains = trains;
        _algorithms = algorithms;
    }

    /// <summary>The roots with one of <paramref name="algorithms"/> for each convolution of known sizes.</summary>
    public static ImmutableArray<Node> Run(
        NetworkModel network, FunctionModel function, ImmutableArray<Node> roots, ImmutableArray<ConvolutionAlgorithm> algorithms)
    {
        var nodes = Node.Reachable(roots);
        // Where all is chosen, nothing is left to do.
        if (!nodes.Any(node => IsOpen(node) && ConvolutionProblem.Of(node, function.Trains) is not null))
            return roots;
        var origin = network.Builder.Origin;
        try
        {
            var run = new ChooseLayouts(network, function.Trains, algorithms);
            return run.Walk(nodes, roots);
        }
        finally
        {
            network.Builder.Origin = origin;
        }
    }

    static bool IsOpen(Node node) => node.Operator is Convolution { Algorithm.Length: 0 } && node.Element == DType.F32;

    ImmutableArray<Node> Walk(ImmutableArray<Node> nodes, ImmutableArray<Node> roots)
    {
        foreach (var read in nodes.SelectMany(node => node.Inputs.Distinct()).Concat(roots))
            _readers[read] = _readers.TryGetValue(read, out int readers) ? readers + 1 : 1;
        foreach (var node in nodes)
        {
            _graph.Origin = node.Origin;
            _forms[node] = Visit(node);
        }
        ImmutableArray<Node> results = [.. roots.Select(root => { _graph.Origin = root.Origin; return Planar(root); })];
        double conversions = Node.Reachable(results).Where(node => node.Operator is ToBlocked or FromBlocked).Sum(node => Conversion(node.Type));
        if (_seconds + conversions <= _planarSeconds || _hasChoice)
            return results;
        // Few convolutions among much that needs planar images: there the conversions are not worth it.
        var first = new Dictionary<Node, Node>();
        foreach (var node in nodes)
        {
            _graph.Origin = node.Origin;
            ImmutableArray<Node> inputs = [.. node.Inputs.Select(input => first[input])];
            first[node] = IsOpen(node) && ConvolutionProblem.Of(node, _trains) is { } problem
                ? _graph.Make(((Convolution)node.Operator) with { Algorithm = Cheapest(problem, node, ImageLayout.Planar).Name }, inputs)
                : Again(node, inputs);
        }
        return [.. roots.Select(root => first[root])];
    }

    Node Again(Node node, ImmutableArray<Node> inputs) => inputs.SequenceEqual(node.Inputs) ? node : _graph.Make(node.Operator, inputs);

    Forms Visit(Node node)
    {
        if (IsOpen(node) && ConvolutionProblem.Of(node, _trains) is { } problem)
            return Convolve(node, problem);
        if (node.Operator is Transpose transpose && node.Element == DType.F32 && Edge(node, transpose) is { } edge)
            return edge;
        if (IsImage(node) && InImageLayout(node) is { } forms)
            return forms;
        if (node.Operator is Reduction reduction && _forms[node.Inputs[0]] is { Home: Home.Blocked, Blocked: { } folded } && Fold(reduction, node.Inputs[0], folded) is { } sum)
            return new(Home.Planar, sum, null);
        return new(Home.Planar, Again(node, [.. node.Inputs.Select(Planar)]), null);
    }

    /// <summary>A transpose at the edge of what is computed in blocks, which the conversion does in one pass; null for others.</summary>
    Forms? Edge(Node node, Transpose transpose)
    {
        var image = node.Inputs[0];
        if (transpose.Permutation == ChannelsLastImages.ToPlanarAxes && IsImage(node) && !IsOnePixel(node))
            return new(Home.Planar, null, null) { ChannelsLast = Planar(image) };
        return transpose.Permutation == ChannelsLastImages.FromPlanarAxes && IsImage(image) && !IsOnePixel(image) && _forms[image] is { Home: Home.Blocked, Blocked: { } blocked }
            ? new(Home.Planar, _graph.Make(new FromBlocked(image.Shape[1], ChannelsLast: true), blocked), null)
            : null;
    }

    /// <summary>A value that has a blocked form.</summary>
    static bool IsImage(Node node) => node.Shape.Rank == 4 && node.Shape[1].IsConstant && node.Shape[1].Value > 0 && node.Element is DType.F32 or DType.Bool;

    Forms Convolve(Node node, ConvolutionProblem problem)
    {
        var convolution = (Convolution)node.Operator;
        _planarSeconds += Cheapest(problem, node, ImageLayout.Planar).Seconds(problem, _machine);
        var chosen = Chosen(convolution, problem);
        _hasChoice |= chosen is not null;
        var algorithm = chosen ?? Cheapest(problem, node, null);
        _seconds += algorithm.Seconds(problem, _machine);
        convolution = convolution with { Algorithm = algorithm.Name };
        if (algorithm.Layout == ImageLayout.Planar)
            return new(Home.Planar, _graph.Make(convolution, [.. node.Inputs.Select(Planar)]), null);

        var (data, filter) = convolution.Shapes(node);
        bool planarInput = ReadsPlanar(algorithm, problem, node);
        var first = planarInput ? Planar(node.Inputs[0]) : Blocked(node.Inputs[0]);
        var second = problem.Pass == ConvolutionPass.BackwardFilter
            ? Blocked(node.Inputs[1])
            // All variants read one order.
            : _graph.Make(new PackFilter(convolution with { Algorithm = algorithm.Family }, data, algorithm.PackedLength(problem)), Planar(node.Inputs[1]));
        var result = _graph.Make(new BlockedConv2D(convolution, data, filter, planarInput), first, second);
        return problem.Pass == ConvolutionPass.BackwardFilter ? new(Home.Planar, result, null) : new(Home.Blocked, null, result);
    }

    IEnumerable<ConvolutionAlgorithm> Admissible(Convolution convolution, ConvolutionProblem problem)
    {
        double budget = KernelDescription.BudgetOf(convolution, _network);
        return _algorithms.Where(algorithm => algorithm.Admits(problem) && algorithm.Error(problem) <= budget);
    }

    /// <summary>What was chosen beforehand, if it computes the problem well enough.</summary>
    ConvolutionAlgorithm? Chosen(Convolution convolution, ConvolutionProblem problem) =>
        _network.Choices.TryGetValue(problem.Signature, out var name)
            ? Admissible(convolution, problem).FirstOrDefault(algorithm => algorithm.Name == name)
            : null;

    /// <summary>The algorithm with the least predicted time, conversions of what it reads included.</summary>
    ConvolutionAlgorithm Cheapest(ConvolutionProblem problem, Node node, ImageLayout? layout) =>
        Admissible((Convolution)node.Operator, problem)
            .Where(algorithm => layout is null || algorithm.Layout == layout)
            .OrderBy(algorithm => algorithm.Seconds(problem, _machine) + (layout is null ? Conversions(algorithm, problem, node) : 0)).First();

    double Conversions(ConvolutionAlgorithm algorithm, ConvolutionProblem problem, Node node)
    {
        double seconds = 0;
        for (int i = 0; i < (problem.Pass == ConvolutionPass.BackwardFilter ? 2 : 1); i++)
        {
            var forms = _forms[node.Inputs[i]];
            bool planar = algorithm.Layout == ImageLayout.Planar || i == 0 && ReadsPlanar(algorithm, problem, node);
            if ((planar ? forms.Planar : forms.Blocked) is null)
                seconds += Conversion(node.Inputs[i].Type);
        }
        return seconds;
    }

    bool ReadsPlanar(ConvolutionAlgorithm algorithm, ConvolutionProblem problem, Node node) =>
        algorithm.ReadsPlanar(problem) && (_forms[node.Inputs[0]].Planar ?? _forms[node.Inputs[0]].ChannelsLast) is not null;

    /// <summary>The time to bring an image from one layout into the other.</summary>
    double Conversion(TensorType image)
    {
        double bytes = 8.0 * (image.Shape[0].IsConstant ? 1 : ConvolutionProblem.TypicalBatch(_trains));
        foreach (var dim in image.Shape.Dims)
            bytes *= dim.IsConstant ? dim.Value : 1;
        return _machine.CallSeconds + _machine.Move(bytes);
    }

    Node Planar(Node node)
    {
        var forms = _forms[node];
        return forms.Planar ??= forms.ChannelsLast is { } image ? _graph.Transpose(image, ChannelsLastImages.ToPlanarAxes) : Unblock(forms.Blocked!, node.Shape[1]);
    }

    Node Blocked(Node node)
    {
        var forms = _forms[node];
        return forms.Blocked ??= forms is { Planar: null, ChannelsLast: { } image } ? _graph.Make(new ToBlocked(ChannelsLast: true), image) : Block(forms.Planar!);
    }

    // A row of pixels of which each image has one is a matrix [N, C] in either layout.
    static bool IsOnePixel(Node image) => image.Shape[2].Is(1) && image.Shape[3].Is(1);

    Node Unblock(Node blocked, Dim channels)
    {
        if (IsOnePixel(blocked))
            return _graph.Reshape(Crop(_graph.Reshape(blocked, new(blocked.Shape[0], blocked.Shape[1] * BlockedLayout.Lanes)), 1, channels), BlockedLayout.Unblock(blocked.Shape, channels));
        return blocked.Element == DType.F32
            ? _graph.Make(new FromBlocked(channels), blocked)
            : _graph.Cast(_graph.Make(new FromBlocked(channels), _graph.Cast(blocked, DType.F32)), blocked.Element);
    }

    Node Block(Node planar)
    {
        if (IsOnePixel(planar))
            return Split(_graph.Reshape(planar, new(planar.Shape[0], planar.Shape[1])), 1, BlockedLayout.Block(planar.Shape));
        return planar.Element == DType.F32
            ? _graph.Make(new ToBlocked(), planar)
            : _graph.Cast(_graph.Make(new ToBlocked(), _graph.Cast(planar, DType.F32)), planar.Element);
    }

    /// <summary>The first elements along an axis.</summary>
    Node Crop(Node value, int axis, Dim extent) => _graph.Slice(value, axis, Dim.Zero, extent);

    /// <summary>Fills an axis of channels up to whole blocks with 0 and divides it; the last axis of the target are the lanes.</summary>
    Node Split(Node value, int axis, Shape target)
    {
        var padded = value.Shape.With(axis, BlockedLayout.Blocks(value.Shape[axis]) * BlockedLayout.Lanes);
        if (padded != value.Shape && value.Element != DType.F32)
            value = _graph.Cast(_graph.Unslice(_graph.Cast(value, DType.F32), padded, Zeros(padded.Rank), Ones(padded.Rank)), value.Element);
        else
            value = _graph.Unslice(value, padded, Zeros(padded.Rank), Ones(padded.Rank));
        return _graph.Reshape(value, target);
    }

    static EquatableArray<Dim> Zeros(int rank) => [.. Enumerable.Repeat(Dim.Zero, rank)];

    static EquatableArray<int> Ones(int rank) => [.. Enumerable.Repeat(1, rank)];

    /// <summary>Both forms of an image, or the blocked one, if its operator can give that; else null.</summary>
    Forms? InImageLayout(Node node)
    {
        switch (node.Operator)
        {
            case Constant constant:
                return new(Home.Either, node, _graph.Constant(constant.Value, node.Type.WithShape(BlockedLayout.Block(node.Shape))));
            case Elementwise:
                return OfElements(node);
            case Broadcast broadcast:
                return Repeat(node, broadcast) is { } repeated ? new(Home.Either, Again(node, [Planar(node.Inputs[0])]), repeated) : null;
        }
        if (node.Operator is Reshape && IsImage(node) && OfChannelRows(node.Inputs[0], node.Shape) is { } rows)
            return new(Home.Blocked, null, rows);
        if (!node.Inputs.Any(input => _forms[input].Home == Home.Blocked))
            return null;
        var blocked = node.Operator switch
        {
            MaxPoolGather pool when node.Inputs[0] == node.Inputs[1] && PoolConvolution(node, pool.Window) is { } pooled => pooled,
            MaxPoolGather or MaxPoolScatter or AveragePool => Pool(node.Operator, node),
            AveragePoolBackward pool => Pool(pool with { Data = BlockedLayout.Unblock(BlockedLayout.Block(pool.Data)) }, node),
            Concat concat => Join(node, concat),
            Slice slice => Part(node, slice),
            Unslice unslice when unslice.Starts[1].Is(0) && unslice.Steps[1] == 1 && node.Inputs[0].Shape[1] == unslice.Target[1] =>
                _graph.Unslice(Blocked(node.Inputs[0]), BlockedLayout.Block(unslice.Target), [.. unslice.Starts.Items, Dim.Zero], [.. unslice.Steps.Items, 1]),
            _ => null,
        };
        return blocked is null ? null : new(Home.Blocked, null, blocked);
    }

    Forms? OfElements(Node node)
    {
        if (!node.Inputs.All(IsImage))
            return null;
        var inputs = node.Inputs.Select(input => _forms[input]).ToList();
        if (inputs.All(input => input.Home == Home.Either))
            return new(Home.Either, Again(node, [.. node.Inputs.Select(Planar)]), _graph.Make(node.Operator, [.. node.Inputs.Select(Blocked)]));
        // The layout in which fewer operands are missing.
        int toBlock = inputs.Count(input => input.Blocked is null), toUnblock = inputs.Count(input => input.Planar is null);
        return inputs.Any(input => input.Home == Home.Blocked) && toBlock <= toUnblock
            ? new(Home.Blocked, null, _graph.Make(node.Operator, [.. node.Inputs.Select(Blocked)]))
            : null;
    }

    // Channels [N, C, H, W] of all parts but the last must fill their blocks.
    Node? Join(Node node, Concat concat) =>
        node.Inputs.All(IsImage) && node.Element == DType.F32
        && (concat.Axis != 1 || node.Inputs.Take(node.Inputs.Length - 1).All(part => part.Shape[1].Value % BlockedLayout.Lanes == 0))
            ? _graph.Concat(node.Inputs.Select(Blocked), concat.Axis)
            : null;

    Node? Part(Node node, Slice slice)
    {
        var channels = node.Inputs[0].Shape[1];
        var (start, length) = (slice.Starts[1], slice.Lengths[1]);
        if (slice.Steps[1] != 1 || !start.IsConstant || start.Value % BlockedLayout.Lanes != 0
            || length.Value % BlockedLayout.Lanes != 0 && start.Value + length.Value != channels.Value)
            return null;
        EquatableArray<Dim> starts = [slice.Starts[0], start.Value / BlockedLayout.Lanes, slice.Starts[2], slice.Starts[3], Dim.Zero];
        return _graph.Slice(Blocked(node.Inputs[0]), starts, [.. BlockedLayout.Block(node.Shape).Dims], [.. slice.Steps.Items, 1]);
    }

    /// <summary>Repeats in blocked form: channels of the operand are divided, and its other axes stay.</summary>
    Node? Repeat(Node node, Broadcast broadcast)
    {
        var value = node.Inputs[0];
        var target = BlockedLayout.Block(node.Shape);
        int axis = broadcast.Axes.Items.IndexOf(1);
        if (axis >= 0 && value.Shape[axis].Is(1) && !node.Shape[1].Is(1))
        {
            // One channel for all: its axis goes.
            return _graph.Broadcast(_graph.Reshape(Planar(value), value.Shape.Without([axis])), target, broadcast.Axes.Items.RemoveAt(axis));
        }
        if (axis < 0)
            return _graph.Broadcast(Planar(value), target, broadcast.Axes);
        if (IsImage(value))
            return _graph.Broadcast(Blocked(value), target, Enumerable.Range(0, 5));
        // Lanes come last, so no axis after the channels may be of more than one element.
        if (value.Shape.Dims.Skip(axis + 1).Any(dim => !dim.Is(1)))
            return null;
        ImmutableArray<Dim> divided = [.. value.Shape.Dims.Take(axis), BlockedLayout.Blocks(value.Shape[axis]), .. value.Shape.Dims.Skip(axis + 1), BlockedLayout.Lanes];
        return _graph.Broadcast(Split(Planar(value), axis, new(divided)), target, [.. broadcast.Axes, 4]);
    }

    /// <summary>Folds blocked images over their pixels, or over channels that fill their blocks; null for other axes.</summary>
    Node? Fold(Reduction reduction, Node image, Node blocked)
    {
        var axes = reduction.Axes.Items;
        long channels = image.Shape[1].Value;
        if (axes.Contains(1))
        {
            return channels % BlockedLayout.Lanes == 0 ? _graph.Make(reduction with { Axes = [.. axes, 4] }, blocked) : null;
        }
        if (!axes.Contains(2) || !axes.Contains(3))
            return null;
        var sums = _graph.Make(reduction, blocked); // [N or nothing, C / 16, 16]
        int axis = sums.Shape.Rank - 2;
        var flat = _graph.Reshape(sums, new([.. sums.Shape.Dims.Take(axis), sums.Shape[axis] * BlockedLayout.Lanes]));
        return Crop(flat, axis, channels);
    }
}
