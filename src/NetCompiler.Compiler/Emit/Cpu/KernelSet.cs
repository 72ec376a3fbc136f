using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Text;
using NetCompiler.Loops;
using NetCompiler.Operators;

namespace NetCompiler.Emit.Cpu;

/// <summary>The loop kernels of a network, each distinct one once.</summary>
internal sealed class KernelSet
{
    readonly Dictionary<string, string> _nameOf = new(StringComparer.Ordinal);
    readonly List<(string Name, string Comment, string Text)> _kernels = [];

    /// <summary>Adds a kernel unless an equal one is there, and gives its name, the symbols that it is given and its range.</summary>
    public (string Name, ImmutableArray<string> Symbols, Dim Range) Add(LoopKernel kernel, Node node)
    {
        var (text, symbols, range) = LoopKernelWriter.Write(kernel);
        if (!_nameOf.TryGetValue(text, out string? name))
        {
            name = $"K{(_kernels.Count + 1).ToString(CultureInfo.InvariantCulture)}_{Describe(kernel)}";
            _nameOf.Add(text, name);
            _kernels.Add((name, SourceComment.For(node), text.Replace(LoopKernelWriter.NamePlaceholder, name)));
        }
        return (name, symbols, range);
    }

    public void Write(CodeWriter writer)
    {
        foreach (var (_, comment, text) in _kernels)
        {
            writer.Line();
            writer.Line(comment);
            writer.Lines(text.TrimEnd('\n'));
        }
    }

    /// <summary>AddMaximum, SumExp: the operators, the outermost first.</summary>
    static string Describe(LoopKernel kernel)
    {
        var operators = LoopExpression.Reachable(kernel.Roots)
            .Select(expression => expression.Operation).OfType<LoopOperation.Apply>().Select(apply => apply.Operator)
            .Concat(kernel.Reductions.Select(reduction => reduction.Operator))
            .Where(op => op is not (Cast or StopGradient))
            .Select(op => op.GetType().Name)
            .Reverse()
            .Distinct()
            .ToList();
        return operators.Count == 0 ? "Copy" : string.Concat(operators.Take(4)) + (operators.Count > 4 ? "Etc" : "");
    }
}

/// <summary>The comment that ties emitted code to its line: <c>// c1 (lenet.net:8) [N, 20, 24, 24]</c>.</summary>
internal static class SourceComment
{
    public static string For(Node node) => $"{Place(node)} {node.Type}";

    /// <summary>Without the type.</summary>
    public static string Place(Node node)
    {
        string file = node.Origin.Path.Split('/', '\\').Last();
        string place = file.Length == 0 ? "" : $" ({file}:{node.Origin.Line.ToString(CultureInfo.InvariantCulture)})";
        string name = node.Origin.Name.Length > 0 ? node.Origin.Name : node.Operator.Name;
        return $"// {(node.Origin.IsGradient ? $"gradient of {name}" : name)}{place}";
    }
}
