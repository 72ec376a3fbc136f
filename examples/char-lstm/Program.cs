using System.Diagnostics;
using System.Text;
using Examples.Text;
using NetCompiler.Runtime;
using NetCompiler.Training;

const int steps = 64, streams = 32;

Console.OutputEncoding = Encoding.UTF8;
if (!RunOptions.TryParse(args, new RunOptions { Epochs = 5 }, out var options, out var exitCode))
    return exitCode;

// Nine tenths to learn from, one tenth to measure with.
if (!options.TryFind(SampleText.Find, out var sample, out exitCode))
    return exitCode;
var text = new CharacterText(sample.Text, CharacterText.Ascii);
var training = text.Symbols.Length * 9 / 10;
var windows = (Math.Min(options.Samples ?? training, training) - 1) / streams / steps;
Console.WriteLine($"{text.Symbols.Length} characters: {sample.Source}");

using var pool = new WorkerPool(options.Threads);
var network = new CharLstm(options.Seed, pool);
var rate = Schedules.Cosine(0.004f, steps: options.Epochs * windows, final: 0.0002f);
var step = 0;
for (var epoch = 1; epoch <= options.Epochs; epoch++)
{
    var clock = Stopwatch.StartNew();
    network.Reset();
    double sum = 0;
    foreach (var (now, next) in text.Windows(0, windows * steps * streams + 1, steps, streams))
    {
        var loss = network.Train(now, next, rate(step++), T: steps, N: streams);
        if (!float.IsFinite(loss))
            throw new TrainingDivergedException($"the loss became {loss}", epoch, step);
        sum += loss;
        if (!Console.IsOutputRedirected && step % 10 == 0)
            Console.Write($"\repoch {epoch}  {100 * (step - (epoch - 1) * windows) / windows,3} %  loss {sum / (step - (epoch - 1) * windows):F4}   ");
    }
    if (!Console.IsOutputRedirected)
        Console.Write('\r');
    Console.WriteLine($"epoch {epoch}  loss {sum / windows:F4}  test loss {Measure():F4} nats per character  {clock.Elapsed.TotalSeconds:F1} s");
}
var reached = Measure();
Console.WriteLine($"test loss {reached:F4}, parameters {network.Fingerprint()}\n");
Console.WriteLine(Write(400));

var isDefaultRun = options.Samples is null && options.Epochs >= 5;
if (!isDefaultRun || reached < 1.75)
    return 0;
Console.Error.WriteLine("the test loss should be below 1.75 nats per character");
return 1;

double Measure()
{
    network.Reset();
    var (sum, count) = (0.0, 0);
    foreach (var (now, next) in text.Windows(training, text.Symbols.Length - training, steps, streams))
    {
        sum += network.Evaluate(now, next, T: steps, N: streams);
        count++;
    }
    return sum / count;
}

// One letter after the other, each drawn with the probability that the network gives it.
string Write(int length)
{
    network.Reset();
    var random = new Philox4x32(options.Seed, stream: 1);
    var written = new int[length];
    int[] last = text.Encode("\n");
    for (var i = 0; i < length; i++)
    {
        var probabilities = network.Sample(last, T: 1, N: 1).AsSpan();
        var left = random.NextSingle();
        var symbol = 0;
        while (symbol < probabilities.Length - 1 && (left -= probabilities[symbol]) > 0)
            symbol++;
        written[i] = last[0] = symbol;
    }
    return text.Decode(written);
}
