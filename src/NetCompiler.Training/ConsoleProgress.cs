namespace NetCompiler.Training;

/// <summary>Shows training on the console: one line that keeps changing at a terminal, and one line for each epoch.</summary>
public sealed class ConsoleProgress : IProgress<TrainingProgress>, IProgress<EpochResult>
{
    // More often is not seen, and would cost time that training needs.
    static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(200);

    DateTime _shown;

    void IProgress<TrainingProgress>.Report(TrainingProgress value)
    {
        if (Console.IsOutputRedirected || DateTime.UtcNow - _shown < s_interval)
            return;
        _shown = DateTime.UtcNow;
        Console.Write($"\repoch {value.Epoch}  {100L * value.Step / value.StepsPerEpoch,3} %  loss {value.Mean.Loss:F4}  {value.SamplesPerSecond:F0} samples/s   ");
    }

    void IProgress<EpochResult>.Report(EpochResult value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (!Console.IsOutputRedirected)
            Console.Write('\r');
        var test = value.Validation is { } validation ? $"  test loss {validation.Loss:F4}" + Accuracy("  test accuracy", validation) : "";
        Console.WriteLine($"epoch {value.Epoch}  loss {value.Training.Loss:F4}{(value.Validation is null ? Accuracy("  accuracy", value.Training) : "")}{test}  {value.Duration.TotalSeconds:F1} s");
    }

    static string Accuracy(string name, Metrics metrics) => double.IsNaN(metrics.Accuracy) ? "" : $"{name} {metrics.Accuracy:P2}";
}
