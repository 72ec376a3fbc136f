using System.CommandLine;
using NetCompiler.CommandLine.Execution;
using NetCompiler.CommandLine.Output;
using NetCompiler.Runtime;
using NetCompiler.Training;

namespace NetCompiler.CommandLine.Commands;

/// <summary>A command that runs a network on digits: compiles it in memory, makes it and finds the data.</summary>
internal abstract class DigitCommand : NetcCommand
{
    readonly Argument<string> _file = FileArgument();
    readonly Option<string?> _network = NetworkOption();
    readonly Option<string?> _data = new("--data") { Description = $"The folder with the MNIST files, or '{DigitSource.Synthetic}' for digits drawn by netc. By default the folder that NETC_DATA names, else {DigitSource.Synthetic}.", HelpName = "DIR" };
    readonly Option<int> _threads = CountOption("--threads", "How many threads to compute on.", Environment.ProcessorCount);
    readonly Option<Device> _device = ComputePlace.Option();

    protected DigitCommand(Terminal terminal, string name, string description, params string[] examples)
        : base(terminal, name, description, examples)
    {
        Add(_file);
        Add(_network);
        Add(_data);
        Add(_threads);
        Add(_device);
    }

    protected sealed override int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var file = parsed.GetRequiredValue(_file);
        var place = ComputePlace.Open(parsed.GetRequiredValue(_device));
        var compilation = SourceFiles.CompileOrFail(file, Terminal, place.With(new CompilerOptions()), cancellation);
        var outline = Choose.Network(file, compilation.Outline, parsed.GetValue(_network));
        var data = DigitSource.Find(parsed.GetValue(_data));
        using var pool = new WorkerPool(parsed.GetValue(_threads));
        var network = place.Create(CompiledNetwork.Compile(compilation.Emit(outline.Name, cancellation)), outline.Name, SeedOf(parsed), pool);
        if (place.IsGpu)
            Terminal.Write($"device: {place.Gpu}\n");
        return Run(parsed, network, data, cancellation);
    }

    /// <summary>The seed of the network's first values.</summary>
    protected virtual ulong SeedOf(ParseResult parsed) => 1;

    /// <summary>Does what the command is for; returns the exit code.</summary>
    protected abstract int Run(ParseResult parsed, Network network, DigitSource data, CancellationToken cancellation);

    protected static Option<string> WeightsOption() =>
        new("--weights", "-w") { Description = "The safetensors file with the network's variables, as netc train writes it.", HelpName = "FILE", Required = true };

    /// <summary>Whoever mistypes the file should learn of it before anything else is done.</summary>
    protected static void RequireFile(string path)
    {
        if (Directory.Exists(path))
            throw new UserErrorException($"{path} is a folder: name a .safetensors file");
        if (!File.Exists(path))
            throw new UserErrorException($"there is no file {path}; 'netc train … -o {path}' writes one");
    }

    /// <summary>Loads all variables from a file that has exactly them.</summary>
    protected static void Load(Network network, string path)
    {
        try
        {
            network.Load(path);
        }
        catch (LoadException exception)
        {
            throw new UserErrorException($"{exception.Report}\nthe file holds the weights of another network, or of another version of this one");
        }
    }

    /// <summary>The function of that name; without a name the one called <paramref name="usual"/> if it fits, else the only one that does.</summary>
    protected static FunctionSignature FindFunction(Network network, string? name, string usual, Func<FunctionSignature, bool> fits, string purpose)
    {
        if (name is not null)
            return network.Functions.FirstOrDefault(function => function.Name == name) ?? throw Choose.Unknown($"{network.Name} has no function", name, network.Functions.Select(function => function.Name));
        var fitting = network.Functions.Where(fits).ToList();
        if (fitting.FirstOrDefault(function => function.Name == usual) is { } preferred)
            return preferred;
        return fitting switch
        {
            [var only] => only,
            [] => throw new UserErrorException($"{network.Name} has no function that {purpose}:\n" + string.Join("\n", network.Functions.Select(function => $"  {function}"))),
            _ => throw new UserErrorException($"{network.Name} has several functions that {purpose}: choose one of {string.Join(", ", fitting.Select(function => function.Name))} with --function"),
        };
    }

    /// <summary>Whether the function measures a loss on digits.</summary>
    protected static bool Measures(Dataset digits, FunctionSignature function) =>
        !function.Trains && DigitColumns.Fits(digits, function) && function.Outputs.Any(output => output is { Name: "loss", Dimensions.Count: 0 });

    protected static string Describe(Metrics metrics) =>
        $"loss {Quantity.Number(metrics.Loss)}{(double.IsNaN(metrics.Accuracy) ? "" : $", accuracy {Quantity.Percent(metrics.Accuracy)}")}";
}
