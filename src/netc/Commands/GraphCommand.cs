using System.CommandLine;
using System.Text;
using NetCompiler.CommandLine.Drawing;
using NetCompiler.CommandLine.Execution;
using NetCompiler.CommandLine.Output;
using NetCompiler.Reports;
using NetCompiler.Runtime;

namespace NetCompiler.CommandLine.Commands;

/// <summary>Draws a network.</summary>
internal sealed class GraphCommand : NetcCommand
{
    static readonly (string Extension, Func<NetworkDrawing, string> Write)[] _formats =
    [
        (".dot", DotDrawing.Write),
        (".svg", SvgDrawing.Write),
        (".html", HtmlDrawing.Write),
    ];

    readonly Argument<string> _file = FileArgument();
    readonly Option<string?> _output = new("--output", "-o") { Description = "The file to write: .svg, .html or .dot. Without it, DOT goes to the standard output.", HelpName = "FILE" };
    readonly Option<string?> _network = NetworkOption();
    readonly Option<string?> _function = FunctionOption("Which function; the one that predicts by default.");
    readonly Option<int> _depth = DepthOption();
    readonly Option<bool> _detail = new("--detail") { Description = "A box for each operator and variable rather than for each layer." };

    public GraphCommand(Terminal terminal)
        : base(terminal, "graph", "Draws a network as SVG, as a page to zoom in, or for Graphviz.",
            "netc graph lenet.net -o lenet.svg",
            "netc graph lenet.net --function train --detail -o lenet.html",
            "netc graph lenet.net | dot -Tpdf -o lenet.pdf")
    {
        _output.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !_formats.Any(format => format.Extension == ExtensionOf(token.Value)))
                result.AddError($"netc draws {string.Join(", ", _formats.Select(format => format.Extension))}, not '{token.Value}'");
        });
        Add(_file);
        Add(_output);
        Add(_network);
        Add(_function);
        Add(_depth);
        Add(_detail);
    }

    protected override int Run(ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(_output) is { } output)
            RequireWritable(output);
        var file = parsed.GetRequiredValue(_file);
        var compilation = SourceFiles.CompileOrFail(file, Terminal, new CompilerOptions(), cancellation);
        var network = Choose.Network(file, compilation.Outline, parsed.GetValue(_network));
        var function = Choose.Function(network, parsed.GetValue(_function));
        var drawing = parsed.GetValue(_detail)
            ? compilation.DrawOperators(network.Name, function.Name)
            : compilation.Draw(network.Name, function.Name, parsed.GetValue(_depth));
        if (parsed.GetValue(_output) is not { } path)
        {
            Terminal.Write(DotDrawing.Write(drawing));
            return NetcCommandLine.Success;
        }
        var text = _formats.First(format => format.Extension == ExtensionOf(path)).Write(drawing);
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
        Terminal.Write($"{path}  {DiagnosticPrinter.Plural(drawing.Nodes.Length, "node")}, {DiagnosticPrinter.Plural(drawing.Edges.Length, "edge")}\n");
        if (function.ForwardOnly)
            Terminal.Write(ForwardOnly);
        return NetcCommandLine.Success;
    }

#pragma warning disable CA1308 // extensions are written small
    static string ExtensionOf(string path) => Path.GetExtension(path).ToLowerInvariant();
#pragma warning restore CA1308
}
