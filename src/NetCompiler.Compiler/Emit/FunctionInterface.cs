using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Security;
using NetCompiler.Graph;
using NetCompiler.Text;
using NetCompiler.Operators;
using NetCompiler.Plan;
using static NetCompiler.Emit.CSharp;

namespace NetCompiler.Emit;

/// <summary>
/// The C# signature of a function: spans in, views or scalars out. A symbolic dimension follows from the length of an argument
/// where one determines it (<c>N = image.Length / 784</c>); any other is an extra <c>int</c> parameter.
/// </summary>
internal sealed class FunctionInterface
{
    readonly FunctionModel _function;
    readonly List<(Argument Argument, string Symbol, Dim Unit)> _solved = [];
    readonly List<string> _given = [];

    public FunctionInterface(NetworkModel network, FunctionModel function)
    {
        ClassName = network.Name;
        _function = function;
        ReturnsNumbers = function.Outputs.Length > 0 && function.Outputs.All(output => output.Value.Shape.IsScalar);
        CanBegin = ReturnsNumbers && network.Functions.All(other => PascalCase(other.Name) != BeginName);
        Symbols = [.. function.Arguments.SelectMany(argument => argument.Type.Shape.Dims)
            .Concat(Node.Reachable(function.Roots).SelectMany(Dims))
            .SelectMany(dim => dim.Symbols).Distinct(StringComparer.Ordinal)];
        Solve();
    }

    static IEnumerable<Dim> Dims(Node node) => node.Operator switch
    {
        DimensionSize size => [size.Dim],
        Slice slice => node.Shape.Dims.Concat(slice.Starts),
        Scan scan => Node.Reachable(scan.Body).SelectMany(Dims).Prepend(scan.Length),
        _ => node.Shape.Dims,
    };

    /// <summary>The symbolic dimensions, in the order in which they appear.</summary>
    public ImmutableArray<string> Symbols { get; }

    public string MethodName => PascalCase(_function.Name);

    /// <summary>The class that the method belongs to.</summary>
    public string ClassName { get; }

    /// <summary>Whether there are results, and none of them is a tensor.</summary>
    public bool ReturnsNumbers { get; }

    /// <summary>Whether the method has a counterpart that does not wait for the device: it returns numbers, and no function has that name.</summary>
    public bool CanBegin { get; }

    /// <summary>The name of that counterpart.</summary>
    public string BeginName => "Begin" + MethodName;

    /// <summary>The method that computes on a GPU, and the one that begins to: no function has a name with an underscore.</summary>
    public string OnGpuName => "OnGpu_" + MethodName;

    /// <inheritdoc cref="OnGpuName"/>
    public string BeginOnGpuName => "BeginOnGpu_" + MethodName;

    /// <summary>What it returns.</summary>
    public string PendingType => $"{RuntimeApi.Pending}<{ReturnType}>";

    IEnumerable<Argument> Tensors => _function.Arguments.Where(argument => !argument.Type.Shape.IsScalar);

    void Solve()
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            // An input that is empty because of another dimension says nothing about this one: those with one unknown alone come first.
            var next = Tensors.Select(argument => Solvable(argument, known)).OfType<(Argument, string, Dim Unit)>()
                .OrderBy(candidate => candidate.Unit.IsConstant ? 0 : 1).ToList();
            if (next.Count == 0)
                break;
            _solved.Add(next[0]);
            known.Add(next[0].Item2);
        }
        _given.AddRange(Symbols.Where(symbol => !known.Contains(symbol)));
    }

    /// <summary>The one dimension that an argument's length tells when others are known, and the product of these; null if it tells none.</summary>
    static (Argument Argument, string Symbol, Dim Unit)? Solvable(Argument argument, HashSet<string> known)
    {
        var size = argument.Type.Shape.Size;
        var unknown = size.Symbols.Where(symbol => !known.Contains(symbol)).ToList();
        if (unknown.Count != 1)
            return null;
        var unit = size.DivideExactly(Dim.Symbol(unknown[0]));
        return unit is null || unit.Symbols.Contains(unknown[0]) ? null : (argument, unknown[0], unit);
    }

    /// <summary>A name for a local variable that no argument has.</summary>
    public string Local(string name)
    {
        while (_function.Arguments.Any(argument => argument.Name == name))
            name += "_";
        return name;
    }

    public string Parameters => string.Join(", ", _function.Arguments
        .Select(argument => argument.Type.Shape.IsScalar
            ? $"{TypeName(argument.Type.Element)} {Identifier(argument.Name)}"
            : $"ReadOnlySpan<{TypeName(argument.Type.Element)}> {Identifier(argument.Name)}")
        .Concat(_given.Select(symbol => $"int {Symbol(symbol)}")));

    public string ReturnType => _function.Outputs.Length switch
    {
        0 => "void",
        1 => OutputType(_function.Outputs[0]),
        _ => $"({string.Join(", ", _function.Outputs.Select((output, i) => $"{OutputType(output)} {OutputName(i)}"))})",
    };

    static string OutputType(Output output) =>
        output.Value.Shape.IsScalar ? TypeName(output.Value.Element) : $"{RuntimeApi.TensorView}<{TypeName(output.Value.Element)}>";

    string OutputName(int index) => PascalCase(_function.Outputs[index].Name);

    /// <summary>The names of the parameters, to hand them on.</summary>
    public string ArgumentList => string.Join(", ", _function.Arguments.Select(argument => Identifier(argument.Name)).Concat(_given.Select(Symbol)));

    /// <summary>The expression that the method returns.</summary>
    /// <param name="number">An expression for result number i, which is a number.</param>
    /// <param name="view">The same for a tensor.</param>
    public string Result(Func<int, string> number, Func<int, string> view)
    {
        var values = _function.Outputs.Select((output, i) => output.Value.Shape.IsScalar ? number(i) : view(i)).ToList();
        return values.Count == 1 ? values[0] : $"({string.Join(", ", values)})";
    }

    public void WriteChecks(CodeWriter writer)
    {
        foreach (string symbol in _given)
            writer.Line($"{RuntimeApi.Arguments}.CheckDimension({Literal(symbol)}, {Symbol(symbol)});");
        foreach (var (argument, symbol, unit) in _solved)
        {
            string per = unit.IsConstant ? Expression(unit) : LongExpression(unit);
            writer.Line($"int {Symbol(symbol)} = {RuntimeApi.Arguments}.SolveDimension({Literal(argument.Name)}, {Identifier(argument.Name)}.Length, {per}, {Literal(argument.Type.Shape.ToString())}, {Literal(symbol)});");
        }
        foreach (var argument in Tensors.Where(argument => _solved.All(solved => solved.Argument != argument)))
        {
            string dims = string.Concat(argument.Type.Shape.Dims.Select(dim => ", " + (dim.IsConstant || dim.SymbolName is not null ? Expression(dim) : $"checked((int)({LongExpression(dim)}))")));
            writer.Line($"{RuntimeApi.Arguments}.CheckLength({Literal(argument.Name)}, {Identifier(argument.Name)}.Length, {Literal(argument.Type.Shape.ToString())}{dims});");
        }
        foreach (var check in _function.Checks)
            writer.Line($"{RuntimeApi.Arguments}.{(check.AtMost ? "CheckAtMost" : "CheckEqual")}({Literal(check.Message)}, {LongExpression(check.Left)}, {LongExpression(check.Right)});");
    }

    public void WriteDocumentation(CodeWriter writer)
    {
        string summary = _function.Documentation.Length > 0 ? _function.Documentation : DefaultSummary();
        writer.Line("/// <summary>");
        foreach (string line in summary.Split('\n'))
            writer.Line($"/// {SecurityElement.Escape(line.Trim())}");
        writer.Line("/// </summary>");
        foreach (var argument in _function.Arguments)
        {
            string text = argument.Documentation.Length > 0 ? $"{argument.Documentation.Replace('\n', ' ')} " : "";
            writer.Line($"/// <param name=\"{argument.Name}\">{SecurityElement.Escape(text)}<c>{argument.Type}</c>, row-major.</param>");
        }
        foreach (string symbol in _given)
            writer.Line($"/// <param name=\"{Symbol(symbol)}\">The dimension {symbol}, which no single argument determines.</param>");
        if (_function.Outputs.Length > 0)
            writer.Line($"/// <returns>{SecurityElement.Escape(string.Join(", ", _function.Outputs.Select(output => $"{output.Name}: {output.Value.Type}")))}. Tensors stay valid until the next call of this function.</returns>");
        if (Tensors.Any())
            writer.Line("/// <exception cref=\"ArgumentException\">A span's length does not fit its shape. Nothing has changed then.</exception>");
    }

    string DefaultSummary()
    {
        string arguments = string.Join(", ", _function.Arguments.Select(argument => argument.Name));
        string outputs = string.Join(", ", _function.Outputs.Select(output => output.Name));
        return $"{_function.Name}({arguments})" + (outputs.Length > 0 ? $" -> {outputs}" : "") + (_function.Updates.IsEmpty ? "." : ", and updates the network's variables.");
    }

    /// <summary>The descriptor that the command line and the trainer read.</summary>
    public string Signature()
    {
        var inputs = _function.Arguments.Select(argument => Describe(argument.Name, argument.Type))
            .Concat(_given.Select(symbol => Describe(symbol, TensorType.Scalar(DType.I32))));
        var outputs = _function.Outputs.Select(output => Describe(output.Name, output.Value.Type));
        return $"new({Literal(_function.Name)}, [{string.Join(", ", inputs)}], [{string.Join(", ", outputs)}], {Literal(_function.Trains ? 1 : 0, DType.Bool)})";
    }

    static string Describe(string name, TensorType type) =>
        $"new({Literal(name)}, {Literal(type.Element.Name())}, {Literal(type.Shape.ToString())})";

    /// <summary>The case of the untyped entry point.</summary>
    public void WriteInvoke(CodeWriter writer, int index)
    {
        writer.Line($"case {Literal(_function.Name)}:");
        using (writer.Block(""))
        {
            writer.Line($"{RuntimeApi.Arguments}.CheckCount(Functions[{index.ToString(CultureInfo.InvariantCulture)}], arguments.Length);");
            var arguments = _function.Arguments.Select((argument, i) =>
                    $"{RuntimeApi.Arguments}.{(argument.Type.Shape.IsScalar ? "Scalar" : "Array")}<{TypeName(argument.Type.Element)}>({Literal(argument.Name)}, arguments[{i.ToString(CultureInfo.InvariantCulture)}])")
                .Concat(_given.Select((symbol, i) => $"{RuntimeApi.Arguments}.Scalar<int>({Literal(symbol)}, arguments[{(_function.Arguments.Length + i).ToString(CultureInfo.InvariantCulture)}])"));
            string call = $"{MethodName}({string.Join(", ", arguments)})";
            switch (_function.Outputs.Length)
            {
                case 0:
                    writer.Line($"{call};");
                    writer.Line("return [];");
                    break;
                case 1:
                    writer.Line($"return [{call}];");
                    break;
                default:
                    writer.Line($"var result = {call};");
                    writer.Line($"return [{string.Join(", ", _function.Outputs.Select((_, i) => $"result.{OutputName(i)}"))}];");
                    break;
            }
        }
    }
}
