using System;
using System.Collections.Generic;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;

namespace NetCompiler.Reports;

/// <summary>What a node of a drawing stands for, so that it can be drawn alike everywhere.</summary>
public enum DrawingKind
{
    /// <summary>A tensor that the caller passes.</summary>
    Input,
    /// <summary>A parameter or state.</summary>
    Variable,
    /// <summary>A layer or operator with products or convolutions, where the work is.</summary>
    Product,
    /// <summary>Arithmetic for each element.</summary>
    Elementwise,
    /// <summary>A reduction or pooling.</summary>
    Reduction,
    /// <summary>Elements only change places.</summary>
    Shaping,
    /// <summary>A result of the function.</summary>
    Output,
}

/// <summary>A box of a drawing.</summary>
/// <param name="Id">Its index among the nodes.</param>
/// <param name="Kind">What it stands for.</param>
/// <param name="Title">Its name.</param>
/// <param name="Subtitle">What it does, or empty.</param>
/// <param name="Type">The type of its value, such as <c>f32[N, 10]</c>.</param>
/// <param name="Detail">More lines for those who ask: the place in the file, parameters, cost.</param>
public sealed record DrawingNode(int Id, DrawingKind Kind, string Title, string Subtitle, string Type, string Detail);

/// <summary>An arrow of a drawing, along which a value goes.</summary>
/// <param name="From">The index of the node that computes the value.</param>
/// <param name="To">The index of the node that reads it.</param>
/// <param name="Type">The value's type.</param>
public sealed record DrawingEdge(int From, int To, string Type);

/// <summary>A function of a network as boxes and arrows, without places.</summary>
/// <param name="Network">The network's name.</param>
/// <param name="Function">The function's name.</param>
/// <param name="Nodes">The boxes, those that compute a value before those that read it.</param>
/// <param name="Edges">The arrows; no two have the same ends.</param>
public sealed record NetworkDrawing(string Network, string Function, EquatableArray<DrawingNode> Nodes, EquatableArray<DrawingEdge> Edges)
{
    /// <summary>One box for each input, binding (with what is within it, below <paramref name="depth"/> names) and result.</summary>
    internal static NetworkDrawing OfLayers(NetworkModel network, FunctionModel function, SourceText source, int depth)
    {
        var drawing = new Draft();
        var boxOf = new Dictionary<Node, int>();
        foreach (var layer in Layer.Of(network, function, depth))
        {
            int box = drawing.Add(KindOf(layer.Nodes), layer.Name, layer.IsInput ? "" : layer.Describe(source), layer.Result.Type.ToString(), DetailOf(layer));
            foreach (var node in layer.Nodes)
                boxOf.Add(node, box);
        }
        foreach (var node in boxOf.Keys)
        {
            foreach (var input in node.Inputs)
            {
                if (boxOf.TryGetValue(input, out int from))
                    drawing.Connect(from, boxOf[node], input.Type.ToString());
            }
        }
        return drawing.Finish(network, function, boxOf);
    }

    /// <summary>One box for each operator, variable and result; constants are left out.</summary>
    internal static NetworkDrawing OfOperators(NetworkModel network, FunctionModel function)
    {
        var drawing = new Draft();
        var boxOf = new Dictionary<Node, int>();
        foreach (var node in Node.Reachable(Layer.Results(function).Select(result => result.Value)))
        {
            if (node.Operator is Constant or TrainingFlag or DimensionSize && !Layer.Results(function).Any(result => result.Value == node))
                continue;
            var (title, subtitle) = node.Operator switch
            {
                FunctionArgument argument => (argument.Argument, ""),
                VariableRead read => (read.Variable.Name, ""),
                var op => (op.Name, op.ToString().Length > op.Name.Length ? op.ToString().Substring(op.Name.Length + 1) : ""),
            };
            var constants = string.Join(", ", node.Inputs.Select(input => input.Operator).OfType<Constant>().Select(constant => constant.ToString()));
            boxOf.Add(node, drawing.Add(KindOf([node]), title, constants.Length == 0 ? subtitle : $"{subtitle} {constants}".Trim(), node.Type.ToString(), $"{node.Origin.Name}\n{PlaceOf(node.Origin)}".Trim()));
            foreach (var input in node.Inputs)
            {
                if (boxOf.TryGetValue(input, out int from))
                    drawing.Connect(from, boxOf[node], input.Type.ToString());
            }
        }
        return drawing.Finish(network, function, boxOf);
    }

    static DrawingKind KindOf(IReadOnlyCollection<Node> nodes) =>
        nodes.Any(node => node.Operator is FunctionArgument) ? DrawingKind.Input
        : nodes.All(node => node.Operator is VariableRead) ? DrawingKind.Variable
        : nodes.Any(node => !node.Operator.Cost(node).MultiplyAdds.Is(0)) ? DrawingKind.Product
        : nodes.Any(node => node.Operator is Reduction or PositionOf or MaxPoolGather or AveragePool) ? DrawingKind.Reduction
        : nodes.All(node => node.Operator is Shaping) ? DrawingKind.Shaping
        : DrawingKind.Elementwise;

    static string DetailOf(Layer layer)
    {
        var lines = new List<string> { PlaceOf(layer.Result.Origin) };
        lines.AddRange(layer.Variables.Select(variable => $"{variable.Name} : {variable.Type}"));
        var work = Dim.Zero;
        foreach (var node in layer.Nodes)
            work += node.Operator.Cost(node).MultiplyAdds;
        if (!work.Is(0))
            lines.Add($"{work} multiply-adds");
        return string.Join("\n", lines.Where(line => line.Length > 0));
    }

    static string PlaceOf(Origin origin) => origin.Path.Length == 0 ? "" : $"{origin.Path}:{origin.Line}";

    sealed class Draft
    {
        readonly List<DrawingNode> _nodes = [];
        readonly Dictionary<(int From, int To), DrawingEdge> _edges = [];

        public int Add(DrawingKind kind, string title, string subtitle, string type, string detail)
        {
            _nodes.Add(new DrawingNode(_nodes.Count, kind, title, subtitle, type, detail));
            return _nodes.Count - 1;
        }

        public void Connect(int from, int to, string type)
        {
            if (from != to && !_edges.ContainsKey((from, to)))
                _edges.Add((from, to), new DrawingEdge(from, to, type));
        }

        public NetworkDrawing Finish(NetworkModel network, FunctionModel function, Dictionary<Node, int> boxOf)
        {
            foreach (var output in Layer.Results(function))
                Connect(boxOf[output.Value], Add(DrawingKind.Output, output.Name, "", output.Value.Type.ToString(), ""), output.Value.Type.ToString());
            return new NetworkDrawing(network.Name, function.Name, [.. _nodes], [.. _edges.Values]);
        }
    }
}
