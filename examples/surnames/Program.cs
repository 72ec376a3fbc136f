using System.Text;
using Examples.Names;
using NetCompiler.Runtime;
using NetCompiler.Training;

Console.OutputEncoding = Encoding.UTF8;
if (!RunOptions.TryParse(args, new RunOptions { Epochs = 12 }, out var options, out var exitCode))
    return exitCode;

if (!options.TryFind(SampleData.Surnames, out var names, out exitCode))
    return exitCode;
var training = names.Load(Split.Training);
if (options.Samples is { } samples)
    training = training.Take(0, Math.Min(samples, training.Count));
var test = names.Load(Split.Test);
Console.WriteLine($"{training.Count} names to learn from and {test.Count} to test with, of {names.ClassNames.Count} languages: {names.Source}");

const int batchSize = 64;
using var pool = new WorkerPool(options.Threads);
var network = new Surnames(options.Seed, pool);
var trainer = new Trainer(network, new TrainerOptions
{
    Epochs = options.Epochs,
    BatchSize = batchSize,
    Seed = options.Seed,
    Rate = Schedules.Cosine(0.003f, steps: options.Epochs * training.BatchCount(batchSize)),
});
var display = new ConsoleProgress();
EvaluateStep evaluate = batch => network.Evaluate(batch.Values<int>("name"), batch.Values<int>("length"), batch.Values<int>("label"));
trainer.Run(
    training,
    (batch, rate) => network.Train(batch.Values<int>("name"), batch.Values<int>("length"), batch.Values<int>("label"), rate),
    test, evaluate, display, display);

var accuracy = Trainer.Evaluate(test, 100, evaluate).Accuracy;
Console.WriteLine($"test accuracy {accuracy:P2}, parameters {network.Fingerprint()}\n");

foreach (var name in new[] { "Rossi", "Schneider", "Papadopoulos", "Nakamura", "O'Sullivan", "Kowalski", "Ivanov", "Nguyen" })
{
    var probabilities = network.Predict(SurnameFiles.Encode(name), [SurnameFiles.Reduce(name).Length]).Row(0).ToArray();
    var likely = Enumerable.Range(0, names.ClassNames.Count).OrderByDescending(language => probabilities[language]).Take(3);
    Console.WriteLine($"{name,-13} {string.Join(", ", likely.Select(language => $"{names.ClassNames[language]} {probabilities[language]:P0}"))}");
}

var isDefaultRun = options.Samples is null && options.Epochs >= 12;
if (!isDefaultRun || accuracy >= (names.IsSynthetic ? 0.95 : 0.75))
    return 0;
Console.Error.WriteLine("the test accuracy should be at least 75 %");
return 1;
