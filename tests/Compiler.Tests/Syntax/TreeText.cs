using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using NetCompiler.Syntax;
using NetCompiler.Text;

namespace NetCompiler.Compiler.Tests.Syntax;

/// <summary>Shows syntax trees as text: expressions with all their brackets, anything else as nested names of nodes.</summary>
internal static class TreeText
{
    /// <summary>An expression in prefix form: <c>(+ a (* b c))</c>.</summary>
    public static string Show(Expression expression) => expression switch
    {
        ErrorExpression => "<error>",
        IntegerLiteral n => n.Value.ToString(CultureInfo.InvariantCulture),
        FloatLiteral n => n.Value.ToString("R", CultureInfo.InvariantCulture) + "f",
        BooleanLiteral b => b.Value ? "true" : "false",
        StringLiteral s => "\"" + s.Value + "\"",
        NameExpression n => n.Name,
        ListExpression l => "[" + string.Join(" ", l.Elements.Select(Show)) + "]",
        ComprehensionExpression c => $"[{Show(c.Element)} for {c.Variable} in {Show(c.Items)}]",
        UnaryExpression u => $"({u.Operator} {Show(u.Operand)})",
        BinaryExpression b => $"({b.Operator} {Show(b.Left)} {Show(b.Right)})",
        RangeExpression r => $"(Range {Show(r.Start)} {Show(r.End)})",
        ConditionalExpression c => $"(If {Show(c.Condition)} {Show(c.WhenTrue)} {Show(c.WhenFalse)})",
        CallExpression c => $"(Call {string.Join(" ", new[] { Show(c.Callee) }.Concat(c.Arguments.Select(ShowArgument)))})",
        MemberExpression m => $"(Member {Show(m.Target)} {m.Member})",
        IndexExpression i => $"(Index {Show(i.Target)} {string.Join(" ", i.Items.Select(ShowItem))})",
        ScanExpression => "(Scan)",
        _ => throw new InvalidOperationException(expression.GetType().Name),
    };

    private static string ShowArgument(Argument argument) =>
        argument.Name is null ? Show(argument.Value) : $"{argument.Name}: {Show(argument.Value)}";

    private static string ShowItem(IndexItem item) => item switch
    {
        IndexEllipsis => "...",
        IndexPosition p => Show(p.Value),
        IndexSlice s => $"{ShowPart(s.Start)}:{ShowPart(s.Stop)}:{ShowPart(s.Step)}",
        _ => throw new InvalidOperationException(item.GetType().Name),
    };

    private static string ShowPart(Expression? part) => part is null ? "" : Show(part);

    /// <summary>The whole tree, a node a line, indented.</summary>
    public static string Outline(SyntaxNode node)
    {
        var text = new StringBuilder();
        Write(node, null, 0);
        return text.ToString();

        void Write(object? value, string? name, int depth)
        {
            var label = name is null ? "" : name + ": ";
            switch (value)
            {
                case null:
                    return;
                case Expression expression and not ScanExpression:
                    Line($"{label}{Show(expression)}");
                    return;
                case Identifier identifier:
                    Line($"{label}{identifier.Text}");
                    return;
                case SyntaxNode child:
                    Line($"{label}{child.GetType().Name}");
                    foreach (var (property, part) in Parts(child))
                        Write(part, property, depth + 1);
                    return;
                case string or bool or Enum:
                    Line($"{label}{value}");
                    return;
                case IEnumerable items:
                    foreach (var item in items)
                        Write(item, name, depth);
                    return;
            }

            void Line(string line) => text.Append(' ', depth * 2).Append(line.Replace("\n", " / ", StringComparison.Ordinal)).Append('\n');
        }
    }

    /// <summary>The node and everything below it, parents first.</summary>
    public static IEnumerable<SyntaxNode> Descendants(SyntaxNode root)
    {
        var pending = new Stack<SyntaxNode>([root]);
        while (pending.TryPop(out var node))
        {
            yield return node;
            foreach (var child in Children(node))
                pending.Push(child);
        }
    }

    public static IEnumerable<SyntaxNode> Children(SyntaxNode node) => Parts(node).SelectMany(part => part.Value switch
    {
        SyntaxNode child => [child],
        string => [],
        IEnumerable items => items.OfType<SyntaxNode>(),
        _ => Enumerable.Empty<SyntaxNode>(),
    });

    private static readonly Dictionary<Type, PropertyInfo[]> Properties = [];

    private static IEnumerable<(string Name, object? Value)> Parts(SyntaxNode node)
    {
        if (!Properties.TryGetValue(node.GetType(), out var properties))
            Properties[node.GetType()] = properties =
            [
                .. node.GetType().GetProperties().Where(p => p.PropertyType != typeof(TextSpan) && p.PropertyType != typeof(SourceText)
                    && p.Name is not (nameof(Identifier.IsMissing) or nameof(DimensionSyntax.IsEllipsis) or nameof(CallExpression.IsPiped))),
            ];
        return properties.Select(property => (property.Name, property.GetValue(node)));
    }
}
