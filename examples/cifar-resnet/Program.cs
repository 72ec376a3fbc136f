using System.Text;
using Examples.Pictures;
using NetCompiler.Runtime;
using NetCompiler.Training;

Console.OutputEncoding = Encoding.UTF8;
if (!RunOptions.TryParse(args, new RunOptions { Epochs = 20 }, out var options, out var exitCode))
    return exitCode;

if (!options.TryFind(SampleData.Cifar10, out var pictures, out exitCode))
    return exitCode;
var training = pictures.Load(Split.Training);
if (options.Samples is { } samples)
    training = training.Take(0, Math.Min(samples, training.Count));
var test = pictures.Load(Split.Test);
Console.WriteLine($"{training.Count} images to learn from and {test.Count} to test with: {pictures.Source}");

const int batchSize = 64;
using var pool = new WorkerPool(options.Threads);
var network = new ResNet20(options.Seed, pool);
var trainer = new Trainer(network, new TrainerOptions
{
    Epochs = options.Epochs,
    BatchSize = batchSize,
    Seed = options.Seed,
    Rate = Schedules.Warmup(100, Schedules.Cosine(0.1f, steps: options.Epochs * training.BatchCount(batchSize))),
});
var display = new ConsoleProgress();
var random = new Philox4x32(options.Seed, stream: 1);
EvaluateStep evaluate = batch => network.Evaluate(batch.Values<float>("image"), batch.Values<int>("label"));
trainer.Run(training, Learn, test, evaluate, display, display);

var accuracy = Trainer.Evaluate(test, 100, evaluate).Accuracy;
Console.WriteLine($"test accuracy {accuracy:P2}, parameters {network.Fingerprint()}\n");

var guesses = network.Predict(test.Column<float>("image").Values[..(20 * 3 * 32 * 32)]);
for (var i = 0; i < 20; i++)
{
    var row = guesses.Row(i);
    var guess = row.IndexOf(row.ToArray().Max());
    Console.WriteLine($"{pictures.ClassNames[test.Column<int>("label")[i][0]],-11} taken for {pictures.ClassNames[guess]} ({row[guess]:P0})");
}

var isDefaultRun = options.Samples is null && options.Epochs >= 20;
if (!isDefaultRun || pictures.IsSynthetic || accuracy >= 0.70)
    return 0;
Console.Error.WriteLine("the test accuracy should be at least 70 %");
return 1;

(float, float) Learn(Batch batch, float rate)
{
    var images = batch.Values<float>("image");
    Augmentation.ShiftAndMirror(images, 3, 32, 32, shift: 4, random);
    return network.Train(images, batch.Values<int>("label"), rate);
}
