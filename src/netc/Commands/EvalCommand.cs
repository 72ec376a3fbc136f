using System.CommandLine;
using NetCompiler.CommandLine.Execution;
using NetCompiler.CommandLine.Output;
using NetCompiler.Runtime;
using NetCompiler.Training;

namespace NetCompiler.CommandLine.Commands;

/// <summary>Measures a trained network on the test digits.</summary>
internal sealed class EvalCommand : DigitCommand
{
    readonly Option<string> _weights = WeightsOption();
    readonly Option<string?> _function = FunctionOption("Which function measures; needed only where several do and none is called evaluate.");
    readonly Option<int> _batch = CountOption("--batch", "How many samples are computed at once.", 256);
    readonly Option<int> _samples = CountOption("--samples", "Use the first N test samples only; 0 for all.", 0, least: 0);

    public EvalCommand(Terminal terminal)
        : base(terminal, "eval", "Measures a trained network on test digits.",
            "netc eval lenet.net --weights lenet.safetensors",
            "netc eval lenet.net --weights lenet.safetensors --data ~/mnist")
    {
        Add(_weights);
        Add(_function);
        Add(_batch);
        Add(_samples);
    }

    protected override int Run(ParseResult parsed, Network network, DigitSource data, CancellationToken cancellation)
    {
        var weights = parsed.GetRequiredValue(_weights);
        RequireFile(weights);
        var test = data.Load(Split.Test, parsed.GetValue(_samples));
        var function = FindFunction(network, parsed.GetValue(_function), "evaluate", candidate => Measures(test, candidate), "takes images and labels, updates nothing and gives a 'loss'");
        if (function.Trains)
            throw new UserErrorException($"{function} changes the network: choose a function that does not train");
        test = DigitColumns.Fit(test, [function]);
        Load(network, weights);
        Terminal.Write($"data: {data.Description}\n");
        Terminal.Write($"{network.Name}.{function.Name}: {Describe(Trainer.Evaluate(test, parsed.GetValue(_batch), FunctionSteps.Evaluate(network, function.Name, test), cancellation))} ({Quantity.Exact(test.Count)} samples)\n");
        return NetcCommandLine.Success;
    }
}
