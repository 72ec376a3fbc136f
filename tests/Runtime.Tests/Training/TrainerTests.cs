using NetCompiler.Runtime.Tests.Networks;
using NetCompiler.Training;
using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests.Training;

public sealed class TrainerTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("netc-");

    static readonly Dataset s_data = new(new Column<float>("x", [.. Enumerable.Range(0, 10).Select(i => (float)i)]));

    public void Dispose() => _folder.Delete(recursive: true);

    sealed class Collector<T> : IProgress<T>
    {
        public List<T> Reports { get; } = [];

        public void Report(T value) => Reports.Add(value);
    }

    [Fact]
    public void Every_epoch_sees_every_sample_in_an_order_of_its_own_and_the_run_repeats()
    {
        List<float> Run(ulong seed)
        {
            var seen = new List<float>();
            new Trainer(new TestNetwork(), new TrainerOptions { Epochs = 2, BatchSize = 4, Seed = seed }).Run(s_data, (batch, _) =>
            {
                seen.AddRange(batch.Values<float>("x"));
                return (1, 1);
            });
            return seen;
        }
        var seen = Run(1);
        seen[..10].Order().ShouldBe(Enumerable.Range(0, 10).Select(i => (float)i));
        seen[10..].Order().ShouldBe(Enumerable.Range(0, 10).Select(i => (float)i));
        seen[10..].ShouldNotBe(seen[..10]);
        Run(1).ShouldBe(seen);
        Run(2).ShouldNotBe(seen);
    }

    [Fact]
    public void A_step_that_is_begun_is_read_when_the_next_has_begun()
    {
        var device = new SlowDevice();
        var steps = new Collector<TrainingProgress>();
        new Trainer(new TestNetwork(), new TrainerOptions { Epochs = 2, BatchSize = 4, Rate = step => step }).Run(s_data, (_, rate) => device.Begin(rate), progress: steps);
        device.Log.ShouldBe(["begin 0", "begin 1", "wait 0", "begin 2", "wait 1", "wait 2", "begin 3", "begin 4", "wait 3", "begin 5", "wait 4", "wait 5"]);
        steps.Reports.Select(report => (report.Epoch, report.Step, report.Rate)).ShouldBe([(1, 1, 0f), (1, 2, 1f), (1, 3, 2f), (2, 1, 3f), (2, 2, 4f), (2, 3, 5f)]);
    }

    sealed class SlowDevice : IPendingResults<(float, float)>
    {
        public List<string> Log { get; } = [];

        public Pending<(float, float)> Begin(float rate)
        {
            Log.Add($"begin {rate}");
            return new(this, (long)rate);
        }

        public (float, float) Wait(long call)
        {
            Log.Add($"wait {call}");
            return (1, 1);
        }

        public bool IsThere(long call) => Log.Contains($"wait {call}");
    }

    [Fact]
    public void Means_are_over_samples_not_over_batches()
    {
        var mean = Trainer.Evaluate(s_data, 4, batch => (batch.Values<float>("x").Average(), batch.Count));
        mean.Loss.ShouldBe(4.5);
        mean.Accuracy.ShouldBe((4 * 4 + 4 * 4 + 2 * 2) / 10.0);
    }

    [Fact]
    public void Progress_validation_and_results_tell_the_same_story()
    {
        var (steps, epochs) = (new Collector<TrainingProgress>(), new Collector<EpochResult>());
        var options = new TrainerOptions { Epochs = 2, BatchSize = 4, Rate = Schedules.Step(1, every: 3, factor: 0.5f) };
        var results = new Trainer(new TestNetwork(), options).Run(
            s_data, (batch, rate) => (rate, 0.5f), validation: s_data, evaluate: _ => (7, 1), progress: steps, epochDone: epochs);
        steps.Reports.Select(report => (report.Epoch, report.Step, report.StepsPerEpoch, report.Rate))
            .ShouldBe([(1, 1, 3, 1f), (1, 2, 3, 1f), (1, 3, 3, 1f), (2, 1, 3, 0.5f), (2, 2, 3, 0.5f), (2, 3, 3, 0.5f)]);
        results.Select(result => (result.Epoch, result.Training.Loss, result.Validation!.Value.Loss)).ShouldBe([(1, 1, 7), (2, 0.5, 7)]);
        epochs.Reports.ShouldBe(results);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_loss_that_is_no_number_stops_the_run_and_says_where_and_what_to_do(float loss)
    {
        var checkpoint = Path.Combine(_folder.FullName, "net");
        var calls = 0;
        var trainer = new Trainer(new TestNetwork(), new TrainerOptions { Epochs = 3, BatchSize = 4, CheckpointPath = checkpoint, Rate = Schedules.Constant(0.5f) });
        var error = Should.Throw<TrainingDivergedException>(() => trainer.Run(s_data, (_, _) => (++calls == 5 ? loss : 1, 0)));
        (error.Epoch, error.Step, calls).ShouldBe((2, 2, 5));
        error.Message.ShouldStartWith("the loss became ");
        error.Message.ShouldContain($"at step 2 of 3 in epoch 2: lower the learning rate (the schedule gives 0.5 here)");
        error.Message.ShouldEndWith($"{checkpoint} holds the network after epoch 1");
    }

    [Fact]
    public void The_checkpoint_holds_the_network_as_it_was_after_the_last_whole_epoch()
    {
        var checkpoint = Path.Combine(_folder.FullName, "net");
        var network = new TestNetwork();
        using var cancel = new CancellationTokenSource();
        var trainer = new Trainer(network, new TrainerOptions { Epochs = 3, BatchSize = 4, CheckpointPath = checkpoint });
        Should.Throw<OperationCanceledException>(() => trainer.Run(s_data, (_, _) =>
        {
            if (++network.Steps.Span[0] == 5)
                cancel.Cancel();
            return (1, 1);
        }, cancellation: cancel.Token));
        network.Steps.Span[0].ShouldBe(5, "no step follows the cancellation");
        var restored = new TestNetwork();
        restored.Load(checkpoint);
        restored.Steps.Span[0].ShouldBe(3);
    }

    [Fact]
    public void Schedules_have_their_values_at_start_middle_and_end()
    {
        Schedules.Constant(0.1f)(1000).ShouldBe(0.1f);
        var cosine = Schedules.Cosine(1, 100, final: 0.2f);
        (cosine(0), cosine(50), cosine(100), cosine(1000)).ShouldBe((1f, 0.6f, 0.2f, 0.2f));
        var step = Schedules.Step(1, 10, 0.5f);
        (step(9), step(10), step(25)).ShouldBe((1f, 0.5f, 0.25f));
        var warm = Schedules.Warmup(4, step);
        (warm(0), warm(3), warm(4), warm(13), warm(14)).ShouldBe((0.25f, 1f, 1f, 1f, 0.5f));
    }

    [Fact]
    public void Functions_are_called_by_name_with_the_columns_of_their_inputs_names()
    {
        var network = new NamedNetwork();
        var result = FunctionSteps.Train(network, "train", s_data)(s_data.Batches(4).First(), rate: 0.25f);
        result.ShouldBe((6f, 0.25f));
        FunctionSteps.Evaluate(network, "evaluate", s_data)(s_data.Batches(4).First()).Loss.ShouldBe(6);
    }

    [Fact]
    public void Functions_whose_inputs_the_data_cannot_give_are_refused_before_training()
    {
        var network = new NamedNetwork();
        Should.Throw<ArgumentException>(() => FunctionSteps.Train(network, "tran", s_data)).Message.ShouldContain("did you mean 'train'?");
        Should.Throw<ArgumentException>(() => FunctionSteps.Train(network, "evaluate", s_data)).Message.ShouldContain("learns nothing");
        Should.Throw<ArgumentException>(() => FunctionSteps.Evaluate(network, "train", s_data)).Message.ShouldContain("changes parameters");
        var wide = new Dataset(new Column<float>("x", [1, 2], 2));
        Should.Throw<ArgumentException>(() => FunctionSteps.Train(network, "train", wide)).Message.ShouldContain("'x' has 1 values for each sample, but the data's samples have the shape [2]");
        var other = new Dataset(new Column<float>("z", [1]));
        Should.Throw<ArgumentException>(() => FunctionSteps.Train(network, "train", other)).Message.ShouldContain("the data has no column 'x', only 'z'");
    }

    sealed class NamedNetwork() : Network(1, null)
    {
        static readonly TensorSignature s_x = new("x", "f32", "[N]"), s_rate = new("rate", "f32", ""), s_loss = new("loss", "f32", ""), s_accuracy = new("accuracy", "f32", "");

        public override IReadOnlyList<FunctionSignature> Functions { get; } =
        [
            new FunctionSignature("train", [s_x, s_rate], [s_accuracy, s_loss], Trains: true),
            new FunctionSignature("evaluate", [s_x], [s_loss], Trains: false),
        ];

        public override IReadOnlyList<object> Invoke(string function, params ReadOnlySpan<object> arguments)
        {
            var sum = Arguments.Array<float>("x", arguments[0]).Sum();
            return function == "train" ? [Arguments.Scalar<float>("rate", arguments[1]), sum] : [sum];
        }
    }
}
