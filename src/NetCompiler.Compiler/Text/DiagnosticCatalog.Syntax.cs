namespace NetCompiler.Text;

// 1xxx: what the text alone tells, before any name is looked up.
public static partial class DiagnosticCatalog
{
    internal static readonly DiagnosticDescriptor UnexpectedToken = Error("NETC1001", "Unexpected text",
        "{0}",
        "The text does not continue in any way the language knows. The message says what could stand here.",
        "Follow the message; the language reference shows each construct whole.");

    internal static readonly DiagnosticDescriptor MissingToken = Error("NETC1002", "Something is missing",
        "expected {0} {1}",
        "A statement ends with ';', and every bracket that opens is closed. The place named is where the missing text belongs, which is the end of what was written before it.",
        "Add what the message names.");

    internal static readonly DiagnosticDescriptor ExpectedExpression = Error("NETC1003", "A value is missing",
        "expected a value {0}",
        "An operator, '=', ':' or a bracket must be followed by a value: a name, a number, a string, a call, or a group in brackets.",
        "Write the value, or remove the operator that waits for it.");

    internal static readonly DiagnosticDescriptor UnknownDeclaration = Error("NETC1004", "Not a declaration",
        "'{0}' does not start a declaration{1}",
        "Outside a network a file holds only 'use', 'namespace', 'network', 'layer' and 'optimizer'.",
        "Use one of these words, or move the statement into a network or a layer.");

    internal static readonly DiagnosticDescriptor UnknownStatement = Error("NETC1005", "Not a statement",
        "'{0}' does not start a statement{1}",
        "A statement binds a name ('h = …;'), declares ('input', 'param', 'state', 'function'), repeats or chooses ('for', 'if'), or checks ('check').",
        "Correct the word, or bind the value to a name.");

    internal static readonly DiagnosticDescriptor ForeignOperator = Error("NETC1006", "An operator of another language",
        "'{0}' is not an operator of this language; {1}",
        "Some operators of C#, C and Python have another spelling here, or none.",
        "Write what the message shows.");

    internal static readonly DiagnosticDescriptor UnusedValue = Error("NETC1007", "A value that goes nowhere",
        "this value is not bound to a name, so it has no effect; write 'name = …;'",
        "Expressions have no side effects: a value that no name holds cannot be used.",
        "Bind the value to a name, or remove it.");

    internal static readonly DiagnosticDescriptor InvalidTarget = Error("NETC1008", "Not something to assign to",
        "only a name, or a parameter such as 'c1.weight', can stand left of '='",
        "A tensor is a value: its elements cannot be assigned one by one.",
        "Make a new tensor ('concat', 'where', 'pad', …) and bind it to a name.");

    internal static readonly DiagnosticDescriptor ChainedComparison = Error("NETC1009", "Comparisons do not chain",
        "'{0}' cannot follow another comparison; write 'a {1} b and b {0} c'",
        "In 'a < b < c' it is not clear whether both comparisons or a comparison with a truth value is meant.",
        "Join two comparisons with 'and', or use brackets.");

    internal static readonly DiagnosticDescriptor PipeIntoOperator = Error("NETC1010", "Only a layer can follow '|>'",
        "'|>' must be followed by a layer or a call such as 'dense(10)', not by {0}; '|>' binds looser than every operator, so put the pipeline in brackets: '(x |> f) + y'",
        "'x |> f(a)' means f(x, a). The right-hand side is therefore a layer, a call, or a value in brackets.",
        "Put the pipeline in brackets and the operator outside.");

    internal static readonly DiagnosticDescriptor PositionalAfterNamed = Error("NETC1011", "A positional argument after a named one",
        "this argument needs a name, because it follows the named argument '{0}:'",
        "Positional arguments are matched by their place, which a named argument before them would make unclear.",
        "Name the argument, or move it before the named ones.");

    internal static readonly DiagnosticDescriptor DuplicateClause = Error("NETC1012", "A clause given twice",
        "'{0}' is given twice",
        "Each part of a declaration is written once.",
        "Remove one, or join the two.");

    internal static readonly DiagnosticDescriptor NumberOutOfRange = Error("NETC1013", "A number out of range",
        "the number '{0}' does not fit {1}",
        "Whole numbers have 64 bits with a sign, and numbers with a point or an exponent are 64-bit floating point.",
        "Write a smaller number; a whole number with a point ('1e30') is a floating-point number.");

    internal static readonly DiagnosticDescriptor MalformedNumber = Error("NETC1014", "Not a number",
        "'{0}' is not a number{1}",
        "A number is digits with an optional point and exponent ('5', '0.5', '1e-4'), '_' between digits, and at its end optionally K, M, G or T (thousands) or KB, MB, GB or TB (powers of 1024).",
        "Correct the number. A name cannot start with a digit.");

    internal static readonly DiagnosticDescriptor UnterminatedString = Error("NETC1015", "A string without end",
        "this string has no closing '\"' on its line",
        "A string ends on the line on which it starts.",
        "Add the closing '\"'; a line break in a string is written '\\n'.");

    internal static readonly DiagnosticDescriptor InvalidEscape = Error("NETC1016", "An unknown escape in a string",
        "'{0}' is not an escape; known are \\\" \\\\ \\n \\t \\r \\0 and \\uXXXX",
        "A backslash in a string starts an escape.",
        "Write '\\\\' for a backslash; paths may use '/' everywhere.");

    internal static readonly DiagnosticDescriptor UnterminatedComment = Error("NETC1017", "A comment without end",
        "this comment has no closing '*/'",
        "A comment that starts with '/*' ends with '*/'; such comments do not nest.",
        "Add '*/', or use '//' for each line.");

    internal static readonly DiagnosticDescriptor StrayCharacter = Error("NETC1018", "A character that means nothing here",
        "the character {0} has no meaning in this language{1}",
        "Outside strings and comments only names (letters, digits, '_'), numbers, and the language's operators and brackets may occur.",
        "Remove the character.");

    internal static readonly DiagnosticDescriptor NestingTooDeep = Error("NETC1019", "Nested too deeply",
        "this is nested too deeply, or one expression has too many operators (the limit is {0} together); bind parts of it to names",
        "Brackets, blocks and operators of one statement may together be 500 deep. No readable program comes near it.",
        "Bind parts of the expression to names, or use 'for'.");

    internal static readonly DiagnosticDescriptor FileTooLarge = Error("NETC1020", "A file that is too large",
        "the file has {0} characters; the limit is {1}",
        "A network description is written by people; a file this large is probably data.",
        "Split the file and join the parts with 'use', or keep numbers in a safetensors file.");

    internal static readonly DiagnosticDescriptor MisplacedUse = Error("NETC1021", "'use' or 'namespace' in the wrong place",
        "'{0}' must come before the first network, layer or optimizer",
        "A file starts with what it builds on and with the namespace of everything in it.",
        "Move the line to the top of the file.");

    internal static readonly DiagnosticDescriptor MisplacedStatement = Error("NETC1022", "A statement in the wrong place",
        "'{0}' {1}",
        "Inputs, functions, checks and settings describe a network; 'return' ends a layer; 'yield' belongs to 'scan'; 'updates' only assigns.",
        "Move the statement to where it belongs.");

    internal static readonly DiagnosticDescriptor KeywordAsName = Error("NETC1023", "A keyword used as a name",
        "'{0}' is a keyword and cannot be a name",
        "Words that start a statement or join the parts of an expression cannot name a value.",
        "Choose another name, for example with '_' at its end.");

    internal static readonly DiagnosticDescriptor UnbalancedBracket = Error("NETC1024", "A bracket without partner",
        "{0}",
        "Brackets close in the reverse order in which they open.",
        "Add or remove the bracket that the message names.");
}
