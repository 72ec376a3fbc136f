using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text.RegularExpressions;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;

namespace NetCompiler.Reports;

/// <summary>
/// The nodes that one line of the network's body stands for, as reports show them: an input, or a binding with all that its
/// layers unfold to.
/// </summary>
internal sealed class Layer
{
    readonly List<Node> _nodes = [];
    readonly List<Variable> _variables = [];

    readonly int _depth;

    Layer(string name, int depth)
    {
        Name = name;
        _depth = depth;
    }

    /// <summary>The binding's name, without the names that its layers add below the depth asked for.</summary>
    public string Name { get; }

    /// <summary>Ascending; leaves other than arguments belong to no layer, as they may serve many.</summary>
    public IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>The variables of this line, and those of no other line that it is the first to read.</summary>
    public IReadOnlyList<Variable> Variables => _variables;

    /// <summary>The value that the layer hands on; the last one if it hands on several.</summary>
    public Node Result { get; private set; } = null!;

    /// <summary>Whether it is what the caller passes.</summary>
    public bool IsInput => _nodes[0].Operator is FunctionArgument;

    /// <summary>
    /// What the layer does: the expression from <paramref name="source"/> if it lies there in one piece, without the name that flows
    /// into it (<c>conv2d(20, kernel: 5) |> max_pool2d(2)</c>), else the main operators in order.
    /// </summary>
    public string Describe(SourceText source) => IsInput ? "input" : Expression(source) ?? Operators;

    string? Expression(SourceText source)
    {
        var spans = _nodes.Where(node => NameOf(node, _depth) == Name && !node.Origin.IsGradient && node.Origin.Path == source.Path).Select(node => node.Origin.Location.Span).ToList();
        if (spans.Count == 0)
            return null;
        var all = spans.Aggregate((union, span) => union.Union(span));
        // What a loop binds again and again lies in several pieces, with other statements between.
        var text = source.Slice(WithOpeningBrackets(all, source.Text));
        if (text.IndexOfAny([';', '{', '}']) >= 0)
            return null;
        text = Regex.Replace(Regex.Replace(text, @"//[^\n]*", ""), @"\s+", " ").Trim();
        text = Regex.Replace(text, @"^[\w.]+ \|> ", "");
        const int shown = 44;
        return text.Length == 0 ? null : text.Length <= shown ? text : text.Substring(0, shown - 1) + "…";
    }

    /// <summary>The span, made longer at its start until each bracket that it closes is opened in it: the values in a bracket begin behind it.</summary>
    static TextSpan WithOpeningBrackets(TextSpan span, string source)
    {
        int start = span.Start;
        int open = 0;
        for (int i = span.Start; i < span.End; i++)
        {
            open += source[i] is '(' or '[' ? 1 : source[i] is ')' or ']' ? -1 : 0;
            while (open < 0 && start > 0)
                open += source[--start] is '(' or '[' ? 1 : source[start] is ')' or ']' ? -1 : 0;
        }
        return TextSpan.FromBounds(start, span.End);
    }

    /// <summary>The main operators in order, those that only rearrange left out where there are others.</summary>
    string Operators
    {
        get
        {
            var names = _nodes.Where(node => node.Operator is not (Shaping or Cast or ScanResult)).Select(ShortName).Distinct().ToList();
            if (names.Count == 0)
                names = [.. _nodes.Select(ShortName).Distinct()];
            const int shown = 4;
            return string.Join(", ", names.Take(shown)) + (names.Count > shown ? ", …" : "");
        }
    }

    /// <summary>The layers that the results of a function depend on, in the order of their last values.</summary>
    /// <param name="network">The network as the program has it.</param>
    /// <param name="function">One of its functions, after the passes.</param>
    /// <param name="depth">How many names deep layers are told apart: 1 for the bindings of the network itself, 2 for those within them.</param>
    public static ImmutableArray<Layer> Of(NetworkModel network, FunctionModel function, int depth)
    {
        var outputs = new HashSet<Node>(Results(function).Select(result => result.Value));
        var nodes = Node.Reachable(outputs).Where(node => node.Operator is not Leaf || node.Operator is FunctionArgument || outputs.Contains(node)).ToList();
        var nameOf = Names(nodes, Shared(network, function, depth), function.Name, depth);
        var layers = new Dictionary<string, Layer>(StringComparer.Ordinal);
        var read = new Dictionary<Variable, (Node Read, Layer Reader)>();
        void Read(Node variable, Layer reader)
        {
            if (!read.ContainsKey(((VariableRead)variable.Operator).Variable))
                read.Add(((VariableRead)variable.Operator).Variable, (variable, reader));
        }
        foreach (var node in nodes)
        {
            if (!layers.TryGetValue(nameOf[node], out var layer))
                layers.Add(nameOf[node], layer = new Layer(nameOf[node], depth));
            layer._nodes.Add(node);
            if (node.Operator is VariableRead)
                Read(node, layer);
            foreach (var input in node.Inputs)
            {
                if (input.Operator is VariableRead)
                    Read(input, layer);
                if (nameOf.TryGetValue(input, out var from) && from != layer.Name && !(input.Id < layers[from].Result?.Id))
                    layers[from].Result = input;
            }
        }
        // A pass may have moved the first use of a variable to another line, as that of a bias into a normalisation.
        foreach (var variable in read)
        {
            var owner = layers.TryGetValue(NameOf(variable.Value.Read, depth), out var own) ? own : variable.Value.Reader;
            owner._variables.Add(variable.Key);
        }
        foreach (var node in outputs.OrderBy(node => node.Id))
            layers[nameOf[node]].Result = node;
        return [.. layers.Values.OrderBy(layer => layer.Result.Id)];
    }

    /// <summary>What a function is called for: its outputs, or its updates where it has none.</summary>
    public static ImmutableArray<Output> Results(FunctionModel function) =>
        !function.Outputs.IsEmpty ? function.Outputs : [.. function.Updates.Select(update => new Output(update.Variable.Name, update.Value))];

    static Dictionary<Node, string> Names(List<Node> nodes, HashSet<string> shared, string function, int depth)
    {
        var nameOf = new Dictionary<Node, string>();
        var nameOfUser = new Dictionary<Node, string>();
        for (int i = nodes.Count - 1; i >= 0; i--)
        {
            var node = nodes[i];
            var name = node.Operator is FunctionArgument argument ? argument.Argument : node.Origin.Name.Length == 0 ? function : NameOf(node, depth);
            if (shared.Contains(name) && node.Operator is not FunctionArgument)
                name = nameOfUser.TryGetValue(node, out var user) ? user : function;
            nameOf.Add(node, name);
            foreach (var input in node.Inputs)
                nameOfUser[input] = name;
        }
        return nameOf;
    }

    /// <summary>
    /// Bindings of which a function computes a part but cannot compute the value, which needs other arguments. Equal expressions
    /// are one node, named after the first that needs it, as the maximum in <c>softmax(logits)</c> may be after the loss. Such
    /// nodes belong to their users.
    /// </summary>
    static HashSet<string> Shared(NetworkModel network, FunctionModel function, int depth)
    {
        var shared = new HashSet<string>(StringComparer.Ordinal);
        var given = new HashSet<string>(function.Arguments.Select(argument => argument.Name), StringComparer.Ordinal);
        var needsOthers = new HashSet<Node>();
        foreach (var node in Node.Reachable(network.Functions.SelectMany(other => (IEnumerable<Output>)Results(other)).Select(result => result.Value)))
        {
            if (node.Operator is FunctionArgument argument ? given.Contains(argument.Argument) : !node.Inputs.Any(needsOthers.Contains))
                continue;
            needsOthers.Add(node);
            // Of gradients each function needs parts of its own.
            if (!node.Origin.IsGradient)
                shared.Add(NameOf(node, depth));
        }
        return shared;
    }

    /// <summary>The first <paramref name="depth"/> names of the binding that a node belongs to; gradients are layers of their own.</summary>
    static string NameOf(Node node, int depth) =>
        node.Origin.IsGradient ? $"grad({Prefix(node.Origin.Name, depth)})" : Prefix(node.Origin.Name, depth);

    static string Prefix(string path, int depth)
    {
        int end = -1;
        for (int i = 0; i < depth; i++)
        {
            end = path.IndexOf('.', end + 1);
            if (end < 0)
                return path;
        }
        return path.Substring(0, end);
    }

    // Max-pooling is the gather of what it selects from; the reader thinks of the former.
    static string ShortName(Node node) => node.Operator is MaxPoolGather && node.Inputs[0] == node.Inputs[1] ? "max_pool" : node.Operator.Name;
}
