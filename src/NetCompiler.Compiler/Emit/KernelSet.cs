using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Text;
using NetCompiler.Loops;
using NetCompiler.Operators;
using NetCompiler.Plan;
using static NetCompiler.Emit.CSharp;

namespace NetCompiler.Emit;

/// <summary>
/// The loop kernels of a network, each distinct one once. Sizes are written into a kernel as numbers, which the JIT makes use of,
/// unless the network has it at many sizes: then it is given them.
/// </summary>
internal sealed class KernelSet
{
    // With so many sizes one general kernel costs less, in text and to the JIT, than its specialised versions gain.
    const int ManySizes = 3;

    readonly Dictionary<string, string> _nameOf = new(StringComparer.Ordinal);
    readonly List<(string Name, string Comment, string Text)> _kernels = [];
    readonly Dictionary<LoopKernel, GeneralKernel> _general = new(ReferenceComparer<LoopKernel>.Instance);
    readonly Dictionary<LoopKernel, (string Name, ImmutableArray<string> Arguments, string Launch)> _added = new(ReferenceComparer<LoopKernel>.Instance);

    /// <summary>A kernel as one over symbols, which it is for these sizes.</summary>
    sealed record GeneralKernel(KernelText Kernel, ImmutableArray<Dim> Sizes);

    /// <param name="calls">Where all that will be added is called.</param>
    /// <param name="target">What the kernels run on.</param>
    public KernelSet(IEnumerable<LoopCall> calls, Target target)
    {
        Target = target;
        var families = new Dictionary<string, List<(LoopKernel Kernel, GeneralKernel General)>>(StringComparer.Ordinal);
        foreach (var call in calls)
        {
            var (general, sizes) = GeneralSizes.Run(call.Kernel);
            var text = target.Write(general, call.Tile);
            if (!families.TryGetValue(text.Text, out var family))
                families.Add(text.Text, family = []);
            family.Add((call.Kernel, new GeneralKernel(text, sizes)));
        }
        foreach (var family in families.Values.Where(family => family.Select(member => string.Join(",", member.General.Sizes)).Distinct(StringComparer.Ordinal).Count() >= ManySizes))
        {
            foreach (var (kernel, general) in family)
                _general[kernel] = general;
        }
    }

    /// <summary>What the kernels run on.</summary>
    public Target Target { get; }

    /// <summary>Adds a kernel unless an equal one is there, and gives its name, what it is given after its operands, and what starts it.</summary>
    public (string Name, ImmutableArray<string> Arguments, string Launch) Add(LoopCall call, Node node)
    {
        if (!_added.TryGetValue(call.Kernel, out var added))
            _added.Add(call.Kernel, added = AddNew(call, node));
        return added;
    }

    (string Name, ImmutableArray<string> Arguments, string Launch) AddNew(LoopCall call, Node node)
    {
        var kernel = call.Kernel;
        if (_general.TryGetValue(kernel, out var general))
        {
            var sizes = general.Kernel.Symbols.Select(symbol => Expression(general.Sizes[SizeOf(symbol, general.Sizes.Length)]));
            return (NameOf(kernel, general.Kernel.Text, SourceComment.For(node) + " and others"), [.. sizes], general.Kernel.Launch);
        }
        var (text, symbols, launch) = Target.Write(kernel, call.Tile);
        return (NameOf(kernel, text, SourceComment.For(node)), [.. symbols.Select(Symbol)], launch);
    }

    string NameOf(LoopKernel kernel, string text, string comment)
    {
        if (!_nameOf.TryGetValue(text, out string? name))
        {
            name = $"{Target.KernelPrefix}{(_kernels.Count + 1).ToString(CultureInfo.InvariantCulture)}_{Describe(kernel)}";
            _nameOf.Add(text, name);
            _kernels.Add((name, comment, text.Replace(LoopKernelText.NamePlaceholder, name)));
        }
        return name;
    }

    static int SizeOf(string symbol, int sizes) => Enumerable.Range(0, sizes).First(size => GeneralSizes.Symbol(size) == symbol);

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
    public static string Describe(LoopKernel kernel)
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

    /// <summary>Without the type: <c>// c1 (lenet.net:8)</c>.</summary>
    public static string Place(Node node)
    {
        string file = node.Origin.Path.Split('/', '\\').Last();
        string place = file.Length == 0 ? "" : $" ({file}:{node.Origin.Line.ToString(CultureInfo.InvariantCulture)})";
        return $"// {NameOf(node)}{place}";
    }

    /// <summary>The name: <c>c1</c>, or <c>gradient of c1</c>.</summary>
    public static string NameOf(Node node)
    {
        string name = node.Origin.Name.Length > 0 ? node.Origin.Name : node.Operator.Name;
        return node.Origin.IsGradient ? $"gradient of {name}" : name;
    }
}
