using System.CommandLine;
using NetCompiler.CommandLine.Execution;
using NetCompiler.CommandLine.Output;
using NetCompiler.Reports;

namespace NetCompiler.CommandLine.Commands;

/// <summary>A command about functions of a network at given sizes.</summary>
internal abstract class FunctionCommand : NetcCommand
{
    readonly Argument<string> _file = FileArgument();
    readonly Option<string?> _network = NetworkOption();
    readonly Option<string?> _function;
    readonly Option<string[]> _size;

    /// <param name="terminal">Where to write.</param>
    /// <param name="name">The command's name.</param>
    /// <param name="description">What it does, for the help.</param>
    /// <param name="functions">Which functions it is about where none is named.</param>
    /// <param name="defaultSize">The value of a symbolic dimension that is not given.</param>
    /// <param name="sizes">What the value of a symbolic dimension is by default, in words.</param>
    /// <param name="examples">Command lines that the help shows.</param>
    protected FunctionCommand(Terminal terminal, string name, string description, string functions, int defaultSize, string sizes, params string[] examples)
        : base(terminal, name, description, examples)
    {
        DefaultSize = defaultSize;
        _function = FunctionOption($"Which function; {functions} by default.");
        _size = new("--size") { Description = $"The value of a symbolic dimension, such as N=16; {sizes} by default.", HelpName = "NAME=N" };
        _size.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
            {
                if (token.Value.Split('=') is not [{ Length: > 0 }, var value] || !int.TryParse(value, out int size) || size < 1)
                    result.AddError($"--size takes NAME=N with N at least 1, such as N=16, not '{token.Value}'");
            }
        });
        Add(_file);
        Add(_network);
        Add(_function);
        Add(_size);
    }

    int DefaultSize { get; }

    /// <summary>Finds what the command is about.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="options">What the compiler is told.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <param name="withRecord">Whether the compiler takes the choices of the file's tuning record.</param>
    protected Subject Find(ParseResult parsed, CompilerOptions options, CancellationToken cancellation, bool withRecord = true)
    {
        var file = parsed.GetRequiredValue(_file);
        var compilation = SourceFiles.CompileOrFail(file, Terminal, options, cancellation, withRecord);
        var network = Choose.Network(file, compilation.Outline, parsed.GetValue(_network));
        var functions = parsed.GetValue(_function) is { } name ? [Choose.Function(network, name)] : network.Functions.ToList();
        var given = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var size in parsed.GetValue(_size) ?? [])
            given[size.Split('=')[0]] = int.Parse(size.Split('=')[1], System.Globalization.CultureInfo.InvariantCulture);
        var known = network.Functions.SelectMany(function => compilation.SymbolsOf(network.Name, function.Name)).Distinct().ToList();
        if (given.Keys.FirstOrDefault(symbol => !known.Contains(symbol)) is { } unknown)
            throw Choose.Unknown($"{network.Name} has no symbolic dimension", unknown, known);
        var symbols = known.ToDictionary(symbol => symbol, symbol => given.TryGetValue(symbol, out long size) ? size : DefaultSize, StringComparer.Ordinal);
        return new Subject(file, compilation, network, functions, symbols, given);
    }

    /// <summary>The functions of a network that a command is about.</summary>
    /// <param name="File">The file.</param>
    /// <param name="Compilation">The compiled file.</param>
    /// <param name="Network">The network.</param>
    /// <param name="Functions">The function that was named, or all.</param>
    /// <param name="Symbols">The value of each symbolic dimension of any of the network's functions.</param>
    /// <param name="Given">Those that the command line gives.</param>
    protected sealed record Subject(
        string File, Compilation Compilation, NetworkOutline Network, IReadOnlyList<FunctionOutline> Functions, IReadOnlyDictionary<string, long> Symbols,
        IReadOnlyDictionary<string, long> Given)
    {
        /// <summary>The sizes as they are written: <c>N = 64</c>; empty if there are none.</summary>
        public string Sizes => string.Join(", ", Symbols.Select(symbol => $"{symbol.Key} = {symbol.Value}"));

        public FunctionRun Start(FunctionOutline function, CompiledNetwork compiled, Runtime.WorkerPool pool, ComputePlace place) =>
            new(place.Create(compiled, Network.Name, seed: 1, pool), function.Name, Compilation.Inputs(Network.Name, function.Name, Symbols), Symbols);
    }

    /// <summary>How long to measure, as an option.</summary>
    protected static Option<double> SecondsOption(string description, double defaultValue) => new("--seconds")
    {
        Description = description,
        HelpName = "S",
        DefaultValueFactory = _ => defaultValue,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (!double.TryParse(text, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out double seconds) || !(seconds > 0 && seconds <= 3600))
                result.AddError($"--seconds takes a number above 0 and at most 3600, not '{text}'");
            return seconds;
        },
    };
}
