using System.CommandLine;
using System.Globalization;
using NetCompiler.CommandLine.Execution;
using NetCompiler.CommandLine.Output;
using NetCompiler.Runtime;
using NetCompiler.Training;
using Spectre.Console;

namespace NetCompiler.CommandLine.Commands;

/// <summary>Shows test digits and what a trained network takes them for.</summary>
internal sealed class PredictCommand : DigitCommand
{
    const int BarWidth = 24;

    readonly Option<string> _weights = WeightsOption();
    readonly Option<string?> _function = FunctionOption("Which function predicts; needed only where several take images alone and none is called predict.");
    readonly Option<int> _count = CountOption("--count", "How many digits.", 5);
    readonly Option<int> _from = CountOption("--from", "The first digit's place in the test split.", 0, least: 0);

    public PredictCommand(Terminal terminal)
        : base(terminal, "predict", "Draws test digits as text, with the network's prediction for each.",
            "netc predict lenet.net --weights lenet.safetensors",
            "netc predict lenet.net --weights lenet.safetensors --data ~/mnist --from 100 --count 3")
    {
        Add(_weights);
        Add(_function);
        Add(_count);
        Add(_from);
    }

    protected override int Run(ParseResult parsed, Network network, DigitSource data, CancellationToken cancellation)
    {
        var weights = parsed.GetRequiredValue(_weights);
        RequireFile(weights);
        int from = parsed.GetValue(_from), count = parsed.GetValue(_count);
        var test = data.Load(Split.Test, 0);
        if (from >= test.Count || count > test.Count - from)
            throw new UserErrorException($"the test split has {Quantity.Exact(test.Count)} digits; {count} from {from} on are more than there are");
        test = test.Take(from, count);
        var function = FindFunction(network, parsed.GetValue(_function), "predict", candidate => Predicts(test, candidate), $"takes images alone and gives {Mnist.Classes} numbers for each");
        if (!Predicts(test, function))
            throw new UserErrorException($"{function} does not predict digits: it must take images alone and give {Mnist.Classes} numbers for each");

        Load(network, weights);
        Terminal.Write($"data: {data.Description}\n");
        var inputs = DigitColumns.Fit(test, [function]);
        var images = test.Column<float>("image");
        var labels = test.Column<int>("label");
        int right = 0, sample = 0;
        foreach (var batch in inputs.Batches(1))
        {
            cancellation.ThrowIfCancellationRequested();
            var results = network.Invoke(function.Name, [.. function.Inputs.Select(input => batch[input.Name])]);
            var scores = ((TensorView<float>)results[IndexOfScores(function)]).AsSpan();
            var probabilities = Probabilities(scores);
            int label = labels.Values[sample];
            Show(images[sample], probabilities, label, from + sample);
            if (Best(probabilities) == label)
                right++;
            sample++;
        }
        Terminal.Write($"{right} of {count} right\n");
        return NetcCommandLine.Success;
    }

    static bool Predicts(Dataset digits, FunctionSignature function) =>
        !function.Trains && DigitColumns.TakesOnlyImages(digits, function) && IndexOfScores(function) >= 0;

    static int IndexOfScores(FunctionSignature function)
    {
        for (int i = 0; i < function.Outputs.Count; i++)
        {
            if (function.Outputs[i] is { ElementType: "f32", Dimensions: [null, Mnist.Classes] })
                return i;
        }
        return -1;
    }

    /// <summary>The scores if they are probabilities, else their softmax: networks may give logits.</summary>
    static float[] Probabilities(ReadOnlySpan<float> scores)
    {
        // The rounding of ten terms is far below this.
        const float tolerance = 1e-3f;
        var values = scores.ToArray();
        if (values.All(value => value >= 0) && Math.Abs(values.Sum() - 1) < tolerance)
            return values;
        float largest = values.Max();
        var powers = Array.ConvertAll(values, value => MathF.Exp(value - largest));
        float sum = powers.Sum();
        return Array.ConvertAll(powers, power => power / sum);
    }

    static int Best(float[] probabilities) => Array.IndexOf(probabilities, probabilities.Max());

    /// <summary>The digit on the left, the classes' probabilities on the right.</summary>
    void Show(ReadOnlySpan<float> pixels, float[] probabilities, int label, int place)
    {
        int best = Best(probabilities);
        var picture = AsciiDigit.Render(pixels).TrimEnd('\n').Split('\n');
        var verdict = best == label ? $"[green]{best}, which is right[/]" : $"[red]{best}, but it is {label}[/]";
        Terminal.Out.MarkupLine($"[bold]digit {place}[/]: {verdict}");
        int top = (picture.Length - probabilities.Length) / 2;
        for (int line = 0; line < picture.Length; line++)
        {
            int digit = line - top;
            Terminal.Out.Markup($"  {picture[line].PadRight(SyntheticDigits.Size)}   {(digit >= 0 && digit < probabilities.Length ? Bar(digit, probabilities[digit], best, label) : "")}".TrimEnd());
            Terminal.Write("\n");
        }
        Terminal.Write("\n");
    }

    static string Bar(int digit, float probability, int best, int label)
    {
        int length = (int)MathF.Round(probability * BarWidth);
        var colour = digit != best ? "grey" : best == label ? "green" : "red";
        var percent = (probability * 100).ToString("0.0", CultureInfo.InvariantCulture);
        return $"{digit} [{colour}]{new string('█', length)}[/]{new string(' ', BarWidth - length)} {percent,5} %{(digit == label && digit != best ? " ◄" : "")}";
    }
}
