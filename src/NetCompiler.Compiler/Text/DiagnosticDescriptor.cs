namespace NetCompiler.Text;

/// <summary>A kind of diagnostic: everything about it that does not depend on the user's text.</summary>
/// <param name="Code">The code, such as <c>NETC1001</c>.</param>
/// <param name="Severity">How grave it is.</param>
/// <param name="Title">The kind in a few words.</param>
/// <param name="MessageFormat">The message, a composite format string.</param>
/// <param name="Explanation">Why the language has this rule, for docs/errors.md.</param>
/// <param name="Cure">What to write instead, for docs/errors.md.</param>
public sealed record DiagnosticDescriptor(
    string Code,
    DiagnosticSeverity Severity,
    string Title,
    string MessageFormat,
    string Explanation,
    string Cure);
