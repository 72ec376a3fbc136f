namespace NetCompiler.Training;

/// <summary>Means over samples.</summary>
/// <param name="Loss">The loss.</param>
/// <param name="Accuracy">The share of samples classified rightly; NaN where the network classifies nothing.</param>
public readonly record struct Metrics(double Loss, double Accuracy);

/// <summary>How far training is, after a step.</summary>
/// <param name="Epoch">The present epoch, from 1.</param>
/// <param name="Epochs">How many there will be.</param>
/// <param name="Step">The steps done in this epoch.</param>
/// <param name="StepsPerEpoch">How many an epoch has.</param>
/// <param name="Mean">Means over the epoch's samples so far.</param>
/// <param name="Rate">The last step's learning rate.</param>
/// <param name="SamplesPerSecond">In this epoch.</param>
public readonly record struct TrainingProgress(int Epoch, int Epochs, int Step, int StepsPerEpoch, Metrics Mean, float Rate, double SamplesPerSecond);

/// <summary>An epoch's outcome.</summary>
/// <param name="Epoch">Its number, from 1.</param>
/// <param name="Training">Means over the training samples, each measured when it was learned from.</param>
/// <param name="Validation">Means over the validation samples after the epoch, if there are any.</param>
/// <param name="Duration">The time it took, without validation and checkpoint.</param>
public sealed record EpochResult(int Epoch, Metrics Training, Metrics? Validation, TimeSpan Duration);

/// <summary>The loss is no finite number any more: nothing can be learned from here on.</summary>
/// <param name="message">Where, and what to do.</param>
/// <param name="epoch">The epoch, from 1.</param>
/// <param name="step">The step within it, from 1.</param>
public sealed class TrainingDivergedException(string message, int epoch, int step) : Exception(message)
{
    /// <summary>The epoch, from 1.</summary>
    public int Epoch { get; } = epoch;

    /// <summary>The step within the epoch, from 1.</summary>
    public int Step { get; } = step;
}

/// <summary>Sums metrics weighted by batch size.</summary>
struct MetricsSum
{
    double _loss, _accuracy;

    public int Samples { get; private set; }

    public readonly Metrics Mean => new(_loss / Samples, _accuracy / Samples);

    public void Add((float Loss, float Accuracy) batch, int samples)
    {
        _loss += (double)batch.Loss * samples;
        _accuracy += (double)batch.Accuracy * samples;
        Samples += samples;
    }
}
