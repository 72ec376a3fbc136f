using System.CommandLine;
using System.Text;
using NetCompiler.CommandLine.Execution;
using NetCompiler.CommandLine.Output;
using NetCompiler.Runtime;

namespace NetCompiler.CommandLine.Commands;

/// <summary>Writes the C# of a file's networks into a folder.</summary>
internal sealed class BuildCommand : NetcCommand
{
    readonly Argument<string> _file = FileArgument();
    readonly Option<string> _output = new("--output", "-o") { Description = "The folder for the C# files; made if it does not exist.", HelpName = "DIR", Required = true };
    readonly Option<string?> _namespace = new("--namespace") { Description = "The C# namespace of networks whose file names none.", HelpName = "NAME" };
    readonly Option<bool> _lines = new("--line-directives") { Description = "Map the C# to lines of the .net file, for errors, stack traces and breakpoints." };

    readonly Option<Device> _device = ComputePlace.Option("What for: cpu, or gpu for C# and kernels for GPUs as well, which need the package NetCompiler.Runtime.Gpu.", DeviceKind.Cpu, DeviceKind.Gpu);

    public BuildCommand(Terminal terminal)
        : base(terminal, "build", "Compiles a .net file to C# files.",
            "netc build lenet.net -o Generated",
            "netc build lenet.net -o Generated --device gpu",
            "netc build lenet.net -o Generated --namespace MyProject.Networks")
    {
        Add(_file);
        Add(_output);
        Add(_namespace);
        Add(_lines);
        Add(_device);
    }

    protected override int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var options = new CompilerOptions { LineDirectives = parsed.GetValue(_lines), Gpu = parsed.GetRequiredValue(_device).Kind == DeviceKind.Cpu ? GpuCode.None : GpuCode.Required };
        if (parsed.GetValue(_namespace) is { } name)
            options = options with { RootNamespace = name };
        var compilation = SourceFiles.CompileOrFail(parsed.GetRequiredValue(_file), Terminal, options, cancellation);
        var folder = parsed.GetRequiredValue(_output);
        if (File.Exists(folder))
            throw new UserErrorException($"{folder} is a file: -o names a folder");
        if (compilation.Outline.Length == 0)
            throw new UserErrorException($"{parsed.GetRequiredValue(_file)} {compilation.DescribeWithoutNetworks()}: nothing to build");
        var files = compilation.Emit(cancellation);
        Directory.CreateDirectory(folder);
        foreach (var file in files)
        {
            var path = Path.Combine(folder, file.Name);
            var bytes = Encoding.UTF8.GetBytes(file.Text);
            // An unchanged file keeps its time, so that builds which look at times do nothing.
            bool unchanged = File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes);
            if (!unchanged)
                AtomicFile.Write(path, stream => stream.Write(bytes));
            Terminal.Write($"{path}  {Quantity.Bytes(bytes.Length)}{(unchanged ? ", unchanged" : "")}\n");
        }
        return NetcCommandLine.Success;
    }
}
