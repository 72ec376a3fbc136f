using System.Globalization;
using System.Linq;
using NetCompiler.Graph;

namespace NetCompiler.Emit;

/// <summary>How values, types and names of the language are spelled in C#, whatever the culture.</summary>
internal static class CSharp
{
    public static string TypeName(DType type) => type switch
    {
        DType.F32 => "float",
        DType.F64 => "double",
        DType.I32 => "int",
        DType.I64 => "long",
        DType.U8 => "byte",
        DType.F16 => "Half",
        DType.BF16 => "BFloat16",
        _ => "bool",
    };

    public static string Literal(double value, DType type)
    {
        if (type == DType.Bool)
            return value != 0 ? "true" : "false";
        if (type == DType.F32)
        {
            float single = (float)value;
            if (float.IsNaN(single))
                return "float.NaN";
            if (float.IsInfinity(single))
                return single > 0 ? "float.PositiveInfinity" : "float.NegativeInfinity";
            string shortest = single.ToString("G7", CultureInfo.InvariantCulture);
            if (float.Parse(shortest, CultureInfo.InvariantCulture) != single)
                shortest = single.ToString("G9", CultureInfo.InvariantCulture);
            return shortest + "f";
        }
        if (type == DType.F64)
            return Literal(value);
        if (type.IsHalf())
            return $"({TypeName(type)}){(value < 0 || 1 / value < 0 ? $"({Literal(value)})" : Literal(value))}";
        string whole = ((long)value).ToString(CultureInfo.InvariantCulture);
        return type == DType.I64 ? whole + "L" : type == DType.U8 ? "(byte)" + whole : whole;
    }

    public static string Literal(double value)
    {
        if (double.IsNaN(value))
            return "double.NaN";
        if (double.IsInfinity(value))
            return value > 0 ? "double.PositiveInfinity" : "double.NegativeInfinity";
        string text = value.ToString("G15", CultureInfo.InvariantCulture);
        if (double.Parse(text, CultureInfo.InvariantCulture) != value)
            text = value.ToString("G17", CultureInfo.InvariantCulture);
        return text.Any(c => c is '.' or 'E' or 'e') ? text : text + ".0";
    }

    public static string Literal(string value) =>
        "\"" + string.Concat(value.Select(c => c switch
        {
            '"' => "\\\"",
            '\\' => "\\\\",
            _ when c < ' ' || c > '~' => "\\u" + ((int)c).ToString("x4", CultureInfo.InvariantCulture),
            _ => c.ToString(),
        })) + "\"";

    /// <summary>Letters and digits of a name that may have dots, as part of an identifier.</summary>
    public static string Clean(string name) => new([.. name.Select(c => char.IsLetterOrDigit(c) ? c : '_')]);

    /// <summary>A dimension as an expression of 64 bits, where symbols are ints.</summary>
    public static string LongExpression(Dim dim) => dim.Format(
        symbol => $"(long){Symbol(symbol)}",
        (numerator, divisor) => $"{RuntimeApi.FloorDivide}({numerator}, {divisor.ToString(CultureInfo.InvariantCulture)})");

    /// <summary>A dimension as an expression over the variables of its symbols.</summary>
    public static string Expression(Dim dim) => dim.Format(
        Symbol,
        (numerator, divisor) => $"{RuntimeApi.FloorDivide}({numerator}, {divisor.ToString(CultureInfo.InvariantCulture)})");

    /// <summary>
    /// The variable that holds a symbolic dimension. One capital letter stays as it is; anything longer could be the name of a
    /// variable of the generated code, as L is that of the lanes.
    /// </summary>
    public static string Symbol(string name) => name is [>= 'A' and <= 'Z' and not 'L'] ? name : "dim_" + name;

    /// <summary>An expression without the parentheses around all of it.</summary>
    public static string Bare(string expression)
    {
        if (expression.Length < 2 || expression[0] != '(' || expression[expression.Length - 1] != ')')
            return expression;
        int depth = 0;
        for (int i = 0; i < expression.Length - 1; i++)
        {
            depth += expression[i] == '(' ? 1 : expression[i] == ')' ? -1 : 0;
            if (depth == 0)
                return expression;
        }
        return expression.Substring(1, expression.Length - 2);
    }

    /// <summary>The expression in parentheses unless it is a single number or name.</summary>
    public static string Factor(Dim dim) => dim.IsConstant || dim.SymbolName is not null ? Expression(dim) : $"({Expression(dim)})";

    /// <summary>conv_out or convOut as a C# member name: ConvOut.</summary>
    public static string PascalCase(string name) =>
        string.Concat(name.Split('_').Where(part => part.Length > 0).Select(part => char.ToUpperInvariant(part[0]) + part.Substring(1)));

    /// <summary>A name that may be a C# keyword.</summary>
    public static string Identifier(string name) => Keywords.Contains(name) ? "@" + name : name;

    static readonly System.Collections.Generic.HashSet<string> Keywords =
    [
        .. ("abstract as base bool break byte case catch char checked class const continue decimal default delegate do double else enum event " +
            "explicit extern false finally fixed float for foreach goto if implicit in int interface internal is lock long namespace new null " +
            "object operator out override params private protected public readonly ref return sbyte sealed short sizeof stackalloc static string " +
            "struct switch this throw true try typeof uint ulong unchecked unsafe ushort using virtual void volatile while").Split(' '),
    ];
}
