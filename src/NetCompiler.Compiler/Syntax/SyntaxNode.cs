using NetCompiler.Text;

namespace NetCompiler.Syntax;

/// <summary>
/// A node of the syntax tree: immutable, compared by reference, so that later stages can key their findings by node.
/// The span covers the node's text from its first to its last token and encloses the spans of its parts.
/// </summary>
internal abstract class SyntaxNode(TextSpan span)
{
    /// <summary>Where the node stands in its file.</summary>
    public TextSpan Span { get; } = span;
}

/// <summary>A name where it is declared or picks a member; the text is empty where the name is missing in the source.</summary>
internal sealed class Identifier(TextSpan span, string text) : SyntaxNode(span)
{
    public string Text { get; } = text;

    /// <summary>Whether the parser made the name up after an error, so that nothing more needs to be said about it.</summary>
    public bool IsMissing => Text.Length == 0;

    public override string ToString() => Text;
}
