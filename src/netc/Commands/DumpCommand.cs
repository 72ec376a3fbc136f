using System.CommandLine;
using NetCompiler.CommandLine.Execution;
using NetCompiler.CommandLine.Output;

namespace NetCompiler.CommandLine.Commands;

/// <summary>Prints the graph as it is after a pass of the compiler.</summary>
internal sealed class DumpCommand : NetcCommand
{
    readonly Argument<string> _file = FileArgument();
    readonly Option<string?> _after = new("--after") { Description = "The pass after which to print. Without it, the passes are listed with their reasons.", HelpName = "PASS" };
    readonly Option<string?> _network = NetworkOption();
    readonly Option<string?> _function = FunctionOption("Which function; all by default.");

    public DumpCommand(Terminal terminal)
        : base(terminal, "dump", "Shows the graph after a pass of the compiler, as text.",
            "netc dump lenet.net",
            "netc dump lenet.net --after simplify --function train")
    {
        Add(_file);
        Add(_after);
        Add(_network);
        Add(_function);
    }

    protected override int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var file = parsed.GetRequiredValue(_file);
        var compilation = SourceFiles.CompileOrFail(file, Terminal, new CompilerOptions(), cancellation);
        var name = parsed.GetValue(_network);
        if (name is not null)
            Choose.Network(file, compilation.Outline, name);
        if (parsed.GetValue(_function) is { } function)
            Choose.Function(Choose.Network(file, compilation.Outline, name), function);
        if (parsed.GetValue(_after) is not { } pass)
        {
            int width = Compilation.Passes.Max(entry => entry.Name.Length);
            foreach (var entry in Compilation.Passes)
                Terminal.Write($"{entry.Name.PadRight(width)}  {entry.Reason}\n");
            return NetcCommandLine.Success;
        }
        if (!Compilation.Passes.Any(entry => entry.Name == pass))
            throw Choose.Unknown("there is no pass", pass, Compilation.Passes.Select(entry => entry.Name));
        Terminal.Write(compilation.Dump(pass, name, parsed.GetValue(_function)));
        return NetcCommandLine.Success;
    }
}
