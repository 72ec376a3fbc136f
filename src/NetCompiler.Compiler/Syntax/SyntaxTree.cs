using System.Collections.Immutable;
using Antlr4.Runtime;
using Antlr4.Runtime.Atn;
using NetCompiler.Text;

namespace NetCompiler.Syntax;

/// <summary>A file as a tree, with everything that is wrong about its text.</summary>
/// <param name="Root">The tree. Where the text is wrong it has gaps (<see cref="ErrorExpression"/>), about which nothing more needs to be said.</param>
/// <param name="Diagnostics">The findings in the order of the text.</param>
internal sealed record SyntaxTree(CompilationUnit Root, EquatableArray<Diagnostic> Diagnostics)
{
    /// <summary>The greatest length of a file, in UTF-16 units.</summary>
    public const int MaximumLength = 2_000_000;

    /// <summary>Parses a file. Never throws for any text: what is wrong with it is in <see cref="Diagnostics"/>.</summary>
    public static SyntaxTree Parse(SourceText source)
    {
        var diagnostics = new DiagnosticBag();
        var root = ParseUnit(source, diagnostics) ?? new CompilationUnit(new TextSpan(0, source.Text.Length), source, [], null, []);
        return new SyntaxTree(root, diagnostics.ToArray());
    }

    private static CompilationUnit? ParseUnit(SourceText source, DiagnosticBag diagnostics)
    {
        if (source.Text.Length > MaximumLength)
        {
            diagnostics.Report(DiagnosticCatalog.FileTooLarge, source.Locate(new TextSpan(0, 0)), source.Text.Length, MaximumLength);
            return null;
        }
        var scanned = TokenScanner.Scan(source, diagnostics);
        if (NestingGuard.FindTooDeep(scanned.Tokens) is { } token)
        {
            var span = TextSpan.FromBounds(token.StartIndex, token.StopIndex + 1);
            diagnostics.Report(DiagnosticCatalog.NestingTooDeep, source.Locate(span), NestingGuard.Limit);
            return null;
        }
        var parser = new Generated.NetParser(new CommonTokenStream(new ListTokenSource(scanned.Tokens)))
        {
            ErrorHandler = new ErrorStrategy(source, scanned, diagnostics),
        };
        parser.RemoveErrorListeners();
        // The grammar is LL(1): no decision ever asks for more than SLL, so no second pass with full LL is needed.
        parser.Interpreter.PredictionMode = PredictionMode.SLL;
        return new TreeBuilder(source, scanned, diagnostics).Build(parser.compilationUnit());
    }
}
