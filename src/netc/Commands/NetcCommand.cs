using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using NetCompiler.CommandLine.Gpu;
using NetCompiler.CommandLine.Output;
using NetCompiler.Training;

namespace NetCompiler.CommandLine.Commands;

/// <summary>A command of netc: its examples for the help, and how failures end.</summary>
internal abstract class NetcCommand : Command
{
    protected NetcCommand(Terminal terminal, string name, string description, params string[] examples)
        : base(name, description)
    {
        Terminal = terminal;
        Examples = examples;
        // On another thread, so that this one can react to Ctrl-C.
        SetAction((parsed, cancellation) => Task.Run(() => Guard(parsed, cancellation), CancellationToken.None));
    }

    /// <summary>Command lines that the help shows.</summary>
    public IReadOnlyList<string> Examples { get; }

    protected Terminal Terminal { get; }

    /// <summary>Does what the command is for; returns the exit code.</summary>
    protected abstract int Run(ParseResult parsed, CancellationToken cancellation);

    int Guard(ParseResult parsed, CancellationToken cancellation)
    {
        try
        {
            return Run(parsed, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            Terminal.Remark("stopped");
            return NetcCommandLine.Interrupted;
        }
        catch (Exception exception) when (exception is UserErrorException or IOException or UnauthorizedAccessException or TrainingDivergedException)
        {
            if (exception.Message.Length > 0)
                Terminal.Fail(exception.Message);
            return NetcCommandLine.UserError;
        }
        catch (Exception exception) when (GpuAccess.Failure(exception) is { } failure)
        {
            Terminal.Fail(failure);
            return NetcCommandLine.UserError;
        }
        catch (Exception exception)
        {
            Terminal.Fail($"netc has failed, which is a fault of netc and not of your file; please report it with the file and this text:\n{exception}");
            return NetcCommandLine.InternalError;
        }
    }

    /// <summary>The <c>.net</c> file that a command is about.</summary>
    protected static Argument<string> FileArgument() => new("FILE") { Description = "The .net file." };

    protected static Option<string?> NetworkOption() =>
        new("--network") { Description = "Which network of the file; needed only where there are several.", HelpName = "NAME" };

    protected static Option<string?> FunctionOption(string description) => new("--function") { Description = description, HelpName = "NAME" };

    protected static Option<int> DepthOption() =>
        CountOption("--depth", "How deep layers are told apart: 1 for the network's own bindings, 2 for those within them, and so on.", 1);

    /// <summary>An option for a number that is at least <paramref name="least"/>.</summary>
    protected static Option<int> CountOption(string name, string description, int defaultValue, int least = 1)
    {
        return new Option<int>(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => defaultValue, CustomParser = Parse };

        int Parse(ArgumentResult result)
        {
            var text = result.Tokens[0].Value;
            if (!BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
                result.AddError($"{name} takes a whole number, not '{text}'");
            else if (value < least)
                result.AddError($"{name} is {text}; it must be at least {least}");
            else if (value > int.MaxValue)
                result.AddError($"{name} is {text}; it must be at most {int.MaxValue}");
            else
                return (int)value;
            return defaultValue;
        }
    }

    /// <summary>Whoever mistypes the folder should not learn of it after the work is done.</summary>
    /// <exception cref="UserErrorException">A file of that name cannot be written.</exception>
    protected static void RequireWritable(string path)
    {
        if (Directory.Exists(path))
            throw new UserErrorException($"{path} is a folder: -o names the file to write");
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder && !Directory.Exists(folder))
            throw new UserErrorException($"there is no folder '{folder}': make it first");
    }

    /// <summary>What reports say of functions that also train.</summary>
    protected const string ForwardOnly = "forward part only; gradients and updates are not counted\n";
}
