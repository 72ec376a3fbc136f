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
var network = new LeNet(options.Seed, pool);
var trainer = new Trainer(network, new TrainerOptions
{
    Epochs = options.Epochs,
    BatchSize = batchSize,
    Seed = options.Seed,
    Rate = Schedules.Cosine(0.02f, steps: options.Epochs * training.BatchCount(batchSize)),
});
var display = new ConsoleProgress();
trainer.Run(
    training,
    (batch, rate) => network.Train(batch.Values<float>("image"), batch.Values<int>("label"), rate),
    test,
    batch => network.Evaluate(batch.Values<float>("image"), batch.Values<int>("label")),
    display,
    display);

var accuracy = Trainer.Evaluate(test, 100, batch => network.Evaluate(batch.Values<float>("image"), batch.Values<int>("label"))).Accuracy;
Console.WriteLine($"test accuracy {accuracy:P2}, parameters {network.Fingerprint()}\n");

DrawSomeDigits();

// What the defaults reach: LeNet's classical figure on MNIST, and a little less on the smaller set of drawn digits.
var claim = digits.IsSynthetic ? 0.97 : 0.99;
var isDefaultRun = options.Samples is null && options.Epochs >= 5;
if (!isDefaultRun || accuracy >= claim)
    return 0;
Console.Error.WriteLine($"the test accuracy should be at least {claim:P1}");
return 1;

// Test digits as text, three in a row, each under the digit that the network sees in it.
void DrawSomeDigits()
{
    var (images, labels) = (test.Column<float>("image"), test.Column<int>("label"));
    for (var first = 0; first < 6; first += 3)
    {
        string[][] pictures = new string[3][];
        var titles = "";
        for (var i = 0; i < 3; i++)
        {
            var probabilities = network.Predict(images[first + i]).Row(0);
            var digit = probabilities.IndexOf(probabilities.ToArray().Max());
            var verdict = digit == labels[first + i][0] ? "" : $", but is a {labels[first + i][0]}";
            titles += $"looks like a {digit} ({probabilities[digit]:P0}){verdict}".PadRight(30);
            pictures[i] = AsciiDigit.Render(images[first + i]).Split('\n');
        }
        Console.WriteLine(titles.TrimEnd());
        for (var line = 0; line < 14; line++)
            Console.WriteLine($"{pictures[0][line]}  {pictures[1][line]}  {pictures[2][line]}".TrimEnd());
    }
}
