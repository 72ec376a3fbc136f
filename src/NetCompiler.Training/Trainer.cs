using System.Diagnostics;
using System.Globalization;
using NetCompiler.Runtime;

namespace NetCompiler.Training;

/// <summary>Learns from a batch and returns its mean loss and accuracy (NaN where there is none).</summary>
/// <param name="batch">The samples; valid during the call.</param>
/// <param name="rate">The schedule's learning rate, for networks that take it as an argument.</param>
public delegate (float Loss, float Accuracy) TrainStep(Batch batch, float rate);

/// <summary>
/// Begins to learn from a batch, such as by <c>network.BeginTrain(…)</c>, and returns what will be its mean loss and accuracy (NaN where
/// there is none).
/// </summary>
/// <param name="batch">The samples; valid during the call.</param>
/// <param name="rate">The schedule's learning rate, for networks that take it as an argument.</param>
public delegate Pending<(float Loss, float Accuracy)> BeginTrainStep(Batch batch, float rate);

/// <summary>Returns a batch's mean loss and accuracy (NaN where there is none) and learns nothing.</summary>
/// <param name="batch">The samples; valid during the call.</param>
public delegate (float Loss, float Accuracy) EvaluateStep(Batch batch);

/// <summary>What a training run needs besides data and network.</summary>
public sealed record TrainerOptions
{
    /// <summary>How often every sample is seen.</summary>
    public int Epochs { get; init; } = 5;

    /// <summary>Samples in a step.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Determines the order of the samples.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Whether each epoch has an order of its own rather than that of the data.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>The learning rate of a step; see <see cref="Schedules"/>.</summary>
    public Func<int, float> Rate { get; init; } = Schedules.Constant(0.01f);

    /// <summary>The file in which the network is saved after every epoch, if any.</summary>
    public string? CheckpointPath { get; init; }
}

/// <summary>Trains a network on a data set, epoch by epoch. Equal options, data and network give equal bits.</summary>
/// <param name="network">What is trained, and saved at checkpoints.</param>
/// <param name="options">How.</param>
public sealed class Trainer(Network network, TrainerOptions options)
{
    readonly Network _network = network ?? throw new ArgumentNullException(nameof(network));
    readonly TrainerOptions _options = options ?? throw new ArgumentNullException(nameof(options));

    /// <summary>Runs all epochs.</summary>
    /// <param name="training">The samples to learn from.</param>
    /// <param name="train">Learns from a batch.</param>
    /// <param name="validation">The samples to measure with after each epoch, if any.</param>
    /// <param name="evaluate">Measures a batch; needed where there is <paramref name="validation"/>.</param>
    /// <param name="progress">Told after every step.</param>
    /// <param name="epochDone">Told after every epoch.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <returns>The outcome of every epoch.</returns>
    /// <exception cref="TrainingDivergedException">The loss became infinite or NaN.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled. The checkpoint is that of the last whole epoch.</exception>
    /// <exception cref="IOException">The checkpoint cannot be written.</exception>
    public IReadOnlyList<EpochResult> Run(
        Dataset training,
        TrainStep train,
        Dataset? validation = null,
        EvaluateStep? evaluate = null,
        IProgress<TrainingProgress>? progress = null,
        IProgress<EpochResult>? epochDone = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(train);
        return Run(training, (batch, rate) => new Pending<(float, float)>(train(batch, rate)), validation, evaluate, progress, epochDone, cancellation);
    }

    /// <summary>Runs all epochs; while a device computes a step, the next batch is put together and on its way there.</summary>
    /// <param name="training">The samples to learn from.</param>
    /// <param name="begin">Begins to learn from a batch. The outcome is read, and reported, when the step after has begun.</param>
    /// <param name="validation">The samples to measure with after each epoch, if any.</param>
    /// <param name="evaluate">Measures a batch; needed where there is <paramref name="validation"/>.</param>
    /// <param name="progress">Told after every step.</param>
    /// <param name="epochDone">Told after every epoch.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <returns>The outcome of every epoch.</returns>
    /// <exception cref="TrainingDivergedException">The loss became infinite or NaN.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled. The checkpoint is that of the last whole epoch.</exception>
    /// <exception cref="IOException">The checkpoint cannot be written.</exception>
    public IReadOnlyList<EpochResult> Run(
        Dataset training,
        BeginTrainStep begin,
        Dataset? validation = null,
        EvaluateStep? evaluate = null,
        IProgress<TrainingProgress>? progress = null,
        IProgress<EpochResult>? epochDone = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(begin);
        if (validation is not null && evaluate is null)
            throw new ArgumentException("measuring the validation samples needs an evaluate step", nameof(evaluate));
        if (training.Count == 0)
            throw new ArgumentException("there are no training samples", nameof(training));

        var epochs = new List<EpochResult>(_options.Epochs);
        for (var epoch = 1; epoch <= _options.Epochs; epoch++)
        {
            var clock = Stopwatch.StartNew();
            var mean = RunEpoch(epoch, training, begin, progress, clock, cancellation);
            clock.Stop();
            var validated = validation is null ? (Metrics?)null : Evaluate(validation, _options.BatchSize, evaluate!, cancellation);
            if (_options.CheckpointPath is { } path)
                _network.Save(path);
            var result = new EpochResult(epoch, mean, validated, clock.Elapsed);
            epochs.Add(result);
            epochDone?.Report(result);
        }
        return epochs;
    }

    /// <summary>Measures all samples: the mean over samples, also where the last batch is smaller.</summary>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public static Metrics Evaluate(Dataset data, int batchSize, EvaluateStep evaluate, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(evaluate);
        var sum = new MetricsSum();
        foreach (var batch in data.Batches(batchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            sum.Add(evaluate(batch), batch.Count);
        }
        return sum.Mean;
    }

    Metrics RunEpoch(int epoch, Dataset training, BeginTrainStep begin, IProgress<TrainingProgress>? progress, Stopwatch clock, CancellationToken cancellation)
    {
        var stepsPerEpoch = training.BatchCount(_options.BatchSize);
        // A stream for each epoch: with seed + epoch, the second epoch of seed 1 would be the first of seed 2.
        var order = new Philox4x32(_options.Seed, (ulong)epoch).NextUInt64();
        var sum = new MetricsSum();
        var steps = 0;
        (Pending<(float Loss, float Accuracy)> Result, int Count, float Rate)? running = null;
        foreach (var batch in training.Batches(_options.BatchSize, order, _options.Shuffle))
        {
            cancellation.ThrowIfCancellationRequested();
            var rate = _options.Rate((epoch - 1) * stepsPerEpoch + steps + (running is null ? 0 : 1));
            var result = begin(batch, rate);
            EndRunning();
            running = (result, batch.Count, rate);
            // What is there is reported at once.
            if (result.IsCompleted)
                EndRunning();
        }
        EndRunning();
        return sum.Mean;

        void EndRunning()
        {
            if (running is not var (pending, count, rate))
                return;
            running = null;
            var result = pending.Value;
            steps++;
            if (!float.IsFinite(result.Loss))
                throw Diverged(result.Loss, epoch, steps, stepsPerEpoch, rate);
            sum.Add(result, count);
            progress?.Report(new TrainingProgress(epoch, _options.Epochs, steps, stepsPerEpoch, sum.Mean, rate, sum.Samples / clock.Elapsed.TotalSeconds));
        }
    }

    TrainingDivergedException Diverged(float loss, int epoch, int step, int stepsPerEpoch, float rate)
    {
        var checkpoint = _options.CheckpointPath is { } path && epoch > 1 ? $"; {path} holds the network after epoch {epoch - 1}" : "";
        return new TrainingDivergedException(string.Create(CultureInfo.InvariantCulture,
            $"the loss became {loss} at step {step} of {stepsPerEpoch} in epoch {epoch}: lower the learning rate (the schedule gives {rate} here), clip the gradients, or look for NaN in the data{checkpoint}"), epoch, step);
    }
}
