using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using NetCompiler.CommandLine.Commands;
using NetCompiler.CommandLine.Output;
using NetCompiler.Text;

namespace NetCompiler.CommandLine;

/// <summary>The commands of netc, and what its exit codes mean.</summary>
internal static class NetcCommandLine
{
    public const int Success = 0, UserError = 1, UsageError = 2, InternalError = 3, Interrupted = 130;

    // Ctrl-C is noticed between two training steps; a step of a large network takes seconds.
    static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    public static async Task<int> Run(string[] args, Terminal terminal)
    {
        var root = new RootCommand("Compiles neural networks written as .net files to C#.")
        {
            new CheckCommand(terminal),
            new BuildCommand(terminal),
            new SummaryCommand(terminal),
            new GraphCommand(terminal),
            new DumpCommand(terminal),
            new BenchCommand(terminal),
            new ProfileCommand(terminal),
            new VerifyCommand(terminal),
            new ExplainCommand(terminal),
            new TuneCommand(terminal),
            new TrainCommand(terminal),
            new EvalCommand(terminal),
            new PredictCommand(terminal),
        };
        foreach (var option in root.Options.OfType<HelpOption>())
            option.Action = new HelpWithExamples((HelpAction)option.Action!);

        var parsed = root.Parse(args);
        bool asksForHelp = parsed.Action is HelpWithExamples || parsed.Action?.GetType().DeclaringType == typeof(VersionOption);
        if (parsed.Errors.Count > 0 && !asksForHelp)
        {
            foreach (var message in Explain(parsed))
                terminal.Fail(message);
            var command = parsed.CommandResult.Command;
            terminal.Remark($"run 'netc {(command is RootCommand ? "" : command.Name + " ")}--help' to see how it is used");
            return UsageError;
        }
        return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = _patience });
    }

    /// <summary>The mistakes in a command line. A misspelt name is the cause of what else is missing, so it is reported alone.</summary>
    static IEnumerable<string> Explain(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (parsed.UnmatchedTokens is not [var unknown, ..])
            return command is RootCommand ? ["name a command"] : parsed.Errors.Select(error => Explain(error, command));
        var options = command.Options.Concat(parsed.RootCommandResult.Command.Options).SelectMany(option => (string[])[option.Name, .. option.Aliases]);
        return
        [
            unknown.StartsWith('-') ? $"there is no option {unknown}{Suggestions.DidYouMean(unknown, options)}"
            : command is RootCommand ? $"there is no command '{unknown}'{Suggestions.DidYouMean(unknown, command.Subcommands.Select(candidate => candidate.Name))}"
            : $"'{unknown}' is one argument too many",
        ];
    }

    /// <summary>What is missing, in netc's words; the messages of its own checks as they are.</summary>
    static string Explain(ParseError error, Command command) => error.SymbolResult switch
    {
        OptionResult { IdentifierToken: null, Option: var option } => $"{command.Name} needs {option.Name} {option.HelpName}",
        OptionResult { Tokens.Count: 0, Option: var option } => $"{option.Name} needs a value: {option.Name} {option.HelpName}",
        OptionResult { Tokens.Count: > 1, Option: var option } when option.Arity.MaximumNumberOfValues == 1 => $"{option.Name} is given more than once",
        ArgumentResult { Tokens.Count: 0, Argument: var argument } when command.Arguments.Contains(argument) => $"{command.Name} needs a file: netc {command.Name} {argument.Name}",
        _ => error.Message,
    };

    sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            help.Invoke(parseResult);
            var examples = parseResult.CommandResult.Command is NetcCommand command
                ? command.Examples
                : ["netc train examples/mnist-lenet/lenet.net -o lenet.safetensors", "netc summary --help"];
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var example in examples)
                output.WriteLine("  " + example);
            output.WriteLine();
            if (parseResult.CommandResult.Command is RootCommand)
                output.WriteLine("Exit codes: 0 done, 1 a mistake in a file or in data, 2 a wrong command line.\n");
            return Success;
        }
    }
}
