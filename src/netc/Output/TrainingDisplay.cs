using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using NetCompiler.Training;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace NetCompiler.CommandLine.Output;

/// <summary>Shows training as it goes: a bar for each epoch on a terminal, a line for each elsewhere.</summary>
internal sealed class TrainingDisplay(Terminal terminal)
{
    // More often is not seen, and would cost time that training needs.
    static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs <paramref name="train"/>, which reports to what it is given.</summary>
    public void Show(Action<IProgress<TrainingProgress>, IProgress<EpochResult>> train)
    {
        if (!terminal.Out.Profile.Capabilities.Interactive || !terminal.Out.Profile.Capabilities.Ansi)
        {
            train(new Direct<TrainingProgress>(_ => { }), new Direct<EpochResult>(Line));
            return;
        }
        var figures = new FiguresColumn();
        terminal.Out.Progress()
            .AutoClear(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 24 }, figures)
            .Start(context => Bars(context, figures, train));
    }

    static void Bars(ProgressContext context, FiguresColumn figures, Action<IProgress<TrainingProgress>, IProgress<EpochResult>> train)
    {
        ProgressTask? bar = null;
        var since = Stopwatch.StartNew();
        train(
            new Direct<TrainingProgress>(progress =>
            {
                if (bar is null)
                    since.Restart();
                else if (since.Elapsed < _interval && progress.Step < progress.StepsPerEpoch)
                    return;
                since.Restart();
                bar ??= context.AddTask($"epoch {progress.Epoch}/{progress.Epochs}", maxValue: progress.StepsPerEpoch);
                bar.Value = progress.Step;
                figures.Set(bar, Figures(progress.Mean, progress.SamplesPerSecond));
            }),
            new Direct<EpochResult>(_ => bar = null));
    }

    void Line(EpochResult epoch) =>
        terminal.Write($"epoch {epoch.Epoch}: {Figures(epoch.Training, null)}, {epoch.Duration.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s\n");

    static string Figures(Metrics metrics, double? samplesPerSecond) =>
        $"loss {Quantity.Number(metrics.Loss)}"
        + (double.IsNaN(metrics.Accuracy) ? "" : $", accuracy {Quantity.Percent(metrics.Accuracy)}")
        + (samplesPerSecond is { } rate ? $", {Quantity.Exact((long)rate)} images/s" : "");

    /// <summary>Calls at once and on the same thread, unlike <see cref="Progress{T}"/>.</summary>
    sealed class Direct<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }

    /// <summary>Loss, accuracy and speed of each epoch. Another thread draws.</summary>
    sealed class FiguresColumn : ProgressColumn
    {
        readonly ConcurrentDictionary<int, string> _figures = new();

        protected override bool NoWrap => true;

        public void Set(ProgressTask task, string figures) => _figures[task.Id] = figures;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Spectre.Console.Text(_figures.GetValueOrDefault(task.Id, ""));
    }
}
