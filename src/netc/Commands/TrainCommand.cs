using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using NetCompiler.CommandLine.Execution;
using NetCompiler.CommandLine.Output;
using NetCompiler.Runtime;
using NetCompiler.Training;

namespace NetCompiler.CommandLine.Commands;

/// <summary>Trains a network on digits and saves what it learned.</summary>
internal sealed class TrainCommand : DigitCommand
{
    const float DefaultRate = 0.01f;

    readonly Option<string?> _function = FunctionOption("Which function trains; needed only where several do and none is called train.");
    readonly Option<int> _epochs = CountOption("--epochs", "How often every sample is seen.", 3);
    readonly Option<int> _batch = CountOption("--batch", "How many samples are in a step.", 64);
    readonly Option<float?> _rate = new("--rate") { Description = $"The learning rate, for functions that take one; {DefaultRate} by default.", HelpName = "R", CustomParser = Rate };
    readonly Option<ulong> _seed = new("--seed") { Description = "Determines the first values and the order of the samples.", HelpName = "N", DefaultValueFactory = _ => 1, CustomParser = Seed };
    readonly Option<int> _samples = CountOption("--samples", "Use the first N samples of each split only; 0 for all.", 0, least: 0);
    readonly Option<string?> _output = new("--output", "-o") { Description = "The safetensors file for the weights; written after every epoch.", HelpName = "FILE" };

    public TrainCommand(Terminal terminal)
        : base(terminal, "train", "Trains a network on handwritten digits: MNIST, or digits drawn by netc.",
            "netc train lenet.net -o lenet.safetensors",
            "netc train lenet.net --data ~/mnist --epochs 5 --batch 64 --seed 1 -o lenet.safetensors",
            "netc train mlp.net --function train --rate 0.1 --data synthetic")
    {
        Add(_function);
        Add(_epochs);
        Add(_batch);
        Add(_rate);
        Add(_seed);
        Add(_samples);
        Add(_output);
    }

    static float? Rate(ArgumentResult result)
    {
        if (!float.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out float rate) || !(rate > 0 && float.IsFinite(rate)))
            result.AddError($"--rate takes a number above 0, not '{result.Tokens[0].Value}'");
        return rate;
    }

    static ulong Seed(ArgumentResult result)
    {
        if (!ulong.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed))
            result.AddError($"--seed takes a whole number from 0 to {ulong.MaxValue}, not '{result.Tokens[0].Value}'");
        return seed;
    }

    protected override ulong SeedOf(ParseResult parsed) => parsed.GetValue(_seed);

    protected override int Run(ParseResult parsed, Network network, DigitSource data, CancellationToken cancellation)
    {
        var output = parsed.GetValue(_output);
        if (output is not null)
            RequireWritable(output);
        var function = FindFunction(network, parsed.GetValue(_function), "train", function => function.Trains, "trains");
        if (!function.Trains)
            throw new UserErrorException($"{function} does not train: declare it with 'minimizing' or 'updates'");
        float? rate = parsed.GetValue(_rate);
        if (rate is not null && !DigitColumns.TakesRate(function))
            throw new UserErrorException($"{function} takes no learning rate: the file fixes it; add an argument 'rate' to the function and use it in its optimizer");

        var training = data.Load(Split.Training, parsed.GetValue(_samples));
        var test = data.Load(Split.Test, parsed.GetValue(_samples));
        var measure = network.Functions.Where(candidate => Measures(test, candidate)).OrderBy(candidate => candidate.Name != "evaluate").FirstOrDefault();
        training = DigitColumns.Fit(training, [function]);
        test = measure is null ? test : DigitColumns.Fit(test, [measure]);
        Terminal.Write($"data: {data.Description}\n");
        Terminal.Write($"{network.Name}.{function.Name}: {Quantity.Exact(network.Parameters.Sum(parameter => (long)parameter.Length))} parameters, {Quantity.Exact(training.Count)} samples, batches of {parsed.GetValue(_batch)}, {DiagnosticPrinter.Plural(network.Pool.Threads, "thread")}\n");

        var trainer = new Trainer(network, new TrainerOptions
        {
            Epochs = parsed.GetValue(_epochs),
            BatchSize = parsed.GetValue(_batch),
            Seed = parsed.GetValue(_seed),
            Rate = Schedules.Constant(rate ?? DefaultRate),
            CheckpointPath = output,
        });
        var step = FunctionSteps.Train(network, function.Name, training);
        try
        {
            new TrainingDisplay(Terminal).Show((progress, epochDone) => trainer.Run(training, step, progress: progress, epochDone: epochDone, cancellation: cancellation));
        }
        catch (OperationCanceledException) when (output is not null && File.Exists(output))
        {
            Terminal.Remark($"{output} holds the network after the last whole epoch");
            throw;
        }

        if (measure is null)
            Terminal.Write("test: not measured, as no function without updates takes images and labels and gives a 'loss'\n");
        else
            Terminal.Write($"test: {Describe(Trainer.Evaluate(test, parsed.GetValue(_batch), FunctionSteps.Evaluate(network, measure.Name, test), cancellation))} ({Quantity.Exact(test.Count)} samples)\n");
        Terminal.Write(output is null ? "the weights are not saved: -o FILE.safetensors would do that\n" : $"saved to {output}\n");
        return NetcCommandLine.Success;
    }
}
