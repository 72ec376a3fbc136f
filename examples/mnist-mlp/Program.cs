using System.Text;
using Examples.Digits;
using NetCompiler.Runtime;
using NetCompiler.Training;

Console.OutputEncoding = Encoding.UTF8;
if (!RunOptions.TryParse(args, new RunOptions(), out var options, out var exitCode))
    return exitCode;

if (!options.TryFind(SampleData.Mnist, out var digits, out exitCode))
    return exitCode;
var training = digits.Load(Split.Training);
if (options.Samples is { } samples)
    training = training.Take(0, Math.Min(samples, training.Count));
var test = digits.Load(Split.Test);
Console.WriteLine($"{training.Count} images to learn from and {test.Count} to test with: {digits.Source}");

const int batchSize = 64;
using var pool = new WorkerPool(options.Threads);
var network = new Mlp(options.Seed, pool);

// The rate falls along half a cosine; the network takes it as an argument of train.
var rate = Schedules.Cosine(0.1f, steps: options.Epochs * training.BatchCount(batchSize));
var step = 0;
for (var epoch = 1; epoch <= options.Epochs; epoch++)
{
    var (loss, right) = (0.0, 0.0);
    foreach (var batch in training.Batches(batchSize, seed: options.Seed + (ulong)epoch, shuffle: true))
    {
        var result = network.Train(batch.Values<float>("image"), batch.Values<int>("label"), rate(step++));
        loss += (double)result.Loss * batch.Count;
        right += (double)result.Accuracy * batch.Count;
    }
    Console.WriteLine($"epoch {epoch}  loss {loss / training.Count:F4}  accuracy {right / training.Count:P2}  test accuracy {Accuracy():P2}");
}
Console.WriteLine($"parameters {network.Fingerprint()}\n");
DrawConfusions();

var claim = digits.IsSynthetic ? 0.95 : 0.975;
return options.Samples is not null || options.Epochs < 5 || Accuracy() >= claim ? 0 : 1;

double Accuracy() =>
    Trainer.Evaluate(test, 100, batch => network.Evaluate(batch.Values<float>("image"), batch.Values<int>("label"))).Accuracy;

// How often each digit (rows) was taken for each (columns).
void DrawConfusions()
{
    var counts = new int[Mnist.Classes, Mnist.Classes];
    foreach (var batch in test.Batches(100))
    {
        var probabilities = network.Predict(batch.Values<float>("image"));
        var labels = batch.Values<int>("label");
        for (var i = 0; i < batch.Count; i++)
        {
            var row = probabilities.Row(i);
            counts[labels[i], row.IndexOf(row.ToArray().Max())]++;
        }
    }
    Console.WriteLine("is \\ seen as " + string.Concat(Enumerable.Range(0, Mnist.Classes).Select(digit => $"{digit,5}")));
    for (var digit = 0; digit < Mnist.Classes; digit++)
        Console.WriteLine($"{digit,12} " + string.Concat(Enumerable.Range(0, Mnist.Classes).Select(seen => counts[digit, seen] == 0 ? "    ." : $"{counts[digit, seen],5}")));
}
