using System.Text;
using Examples.Clothes;
using NetCompiler.Runtime;
using NetCompiler.Training;

Console.OutputEncoding = Encoding.UTF8;
if (!RunOptions.TryParse(args, new RunOptions { Epochs = 6 }, out var options, out var exitCode))
    return exitCode;

if (!options.TryFind(SampleData.FashionMnist, out var clothes, out exitCode))
    return exitCode;
var training = clothes.Load(Split.Training);
if (options.Samples is { } samples)
    training = training.Take(0, Math.Min(samples, training.Count));
var test = clothes.Load(Split.Test);
Console.WriteLine($"{training.Count} images to learn from and {test.Count} to test with: {clothes.Source}");

const int batchSize = 64;
using var pool = new WorkerPool(options.Threads);
var network = new FashionCnn(options.Seed, pool);
var trainer = new Trainer(network, new TrainerOptions
{
    Epochs = options.Epochs,
    BatchSize = batchSize,
    Seed = options.Seed,
    Rate = Schedules.Warmup(100, Schedules.Cosine(0.05f, steps: options.Epochs * training.BatchCount(batchSize))),
});
var display = new ConsoleProgress();
EvaluateStep evaluate = batch => network.Evaluate(batch.Values<float>("image"), batch.Values<int>("label"));
trainer.Run(
    training,
    (batch, rate) => network.Train(batch.Values<float>("image"), batch.Values<int>("label"), rate),
    test, evaluate, display, display);

var accuracy = Trainer.Evaluate(test, 100, evaluate).Accuracy;
Console.WriteLine($"test accuracy {accuracy:P2}, parameters {network.Fingerprint()}\n");

// What each kind is mostly taken for when it is not recognised.
var mistakes = new int[10, 10];
foreach (var batch in test.Batches(100))
{
    var guesses = network.Predict(batch.Values<float>("image"));
    for (var i = 0; i < batch.Count; i++)
    {
        var row = guesses.Row(i);
        mistakes[batch.Values<int>("label")[i], row.IndexOf(row.ToArray().Max())]++;
    }
}
for (var label = 0; label < 10; label++)
{
    var others = Enumerable.Range(0, 10).Where(guess => guess != label);
    var worst = others.MaxBy(guess => mistakes[label, guess]);
    var count = Enumerable.Range(0, 10).Sum(guess => mistakes[label, guess]);
    Console.WriteLine($"{clothes.ClassNames[label],-10} recognised {(double)mistakes[label, label] / count,6:P1}, taken for {clothes.ClassNames[worst]} {(double)mistakes[label, worst] / count:P1}");
}

var isDefaultRun = options.Samples is null && options.Epochs >= 6;
if (!isDefaultRun || clothes.IsSynthetic || accuracy >= 0.91)
    return 0;
Console.Error.WriteLine("the test accuracy should be at least 91 %");
return 1;
