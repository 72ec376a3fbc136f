using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using NetCompiler.CommandLine.Execution;
using NetCompiler.CommandLine.Output;
using NetCompiler.Text;

namespace NetCompiler.CommandLine.Commands;

/// <summary>Prints what the compiler has to say about files.</summary>
internal sealed class CheckCommand : NetcCommand
{
    readonly Argument<string[]> _files = new("FILE") { Description = "The .net files.", Arity = ArgumentArity.OneOrMore };
    readonly Option<string> _format = new("--format") { Description = "How to print: text for people and editors, json for programs.", HelpName = "text|json", DefaultValueFactory = _ => "text" };

    public CheckCommand(Terminal terminal)
        : base(terminal, "check", "Reports the mistakes in .net files.",
            "netc check lenet.net",
            "netc check networks/*.net --format json")
    {
        _format.CompletionSources.Add("text", "json");
        _format.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && token.Value is not ("text" or "json"))
                result.AddError($"--format takes text or json, not '{token.Value}'");
        });
        Add(_files);
        Add(_format);
    }

    protected override int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var files = parsed.GetRequiredValue(_files);
        var all = new List<Diagnostic>();
        bool json = parsed.GetValue(_format) == "json";
        foreach (var file in files)
        {
            var sources = new SourceFiles();
            var compilation = sources.Compile(file, new CompilerOptions(), cancellation);
            var diagnostics = compilation.Diagnostics;
            // A file that several others use is reported once.
            var fresh = diagnostics.Where(diagnostic => !all.Contains(diagnostic)).ToList();
            all.AddRange(fresh);
            if (json)
                continue;
            var printer = new DiagnosticPrinter(Terminal.Out, sources.Texts);
            foreach (var diagnostic in fresh)
                printer.Print(diagnostic);
            // A library of layers is as it should be; but who takes one for a network, or saved an empty file, should see it.
            if (compilation.Outline.Length == 0 && !compilation.HasErrors)
                Terminal.Write($"{file} {compilation.DescribeWithoutNetworks()}\n");
        }
        if (json)
            Terminal.Write(Json(all) + "\n");
        else
            Terminal.Write($"{(files.Length == 1 ? files[0] : DiagnosticPrinter.Plural(files.Length, "file"))}: {DiagnosticPrinter.Count(all)}\n");
        return all.Any(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error) ? NetcCommandLine.UserError : NetcCommandLine.Success;
    }

    static readonly JsonSerializerOptions _json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    static string Json(List<Diagnostic> diagnostics) => JsonSerializer.Serialize(
        diagnostics.Select(diagnostic => new
        {
            code = diagnostic.Code,
#pragma warning disable CA1308 // the words of the text form, which are small
            severity = diagnostic.Severity.ToString().ToLowerInvariant(),
#pragma warning restore CA1308
            message = diagnostic.Message,
            location = Place(diagnostic.Location),
            notes = diagnostic.Notes.Select(note => new { message = note.Message, location = Place(note.Location) }),
        }), _json);

    /// <summary>Lines and columns count from 1, as in the text form.</summary>
    static object Place(SourceLocation location) => new
    {
        path = location.Path,
        line = location.Start.Line + 1,
        column = location.Start.Column + 1,
        endLine = location.End.Line + 1,
        endColumn = location.End.Column + 1,
    };
}
