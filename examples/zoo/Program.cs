using System.Diagnostics;
using Examples.Zoo;

string? name = null;
int steps = 5, batch = 2, length = 16;
var seed = 1ul;
for (var i = 0; i < args.Length; i++)
{
    int Number() => i + 1 < args.Length && int.TryParse(args[i + 1], out var number) && number > 0 ? number : 0;
    var valid = args[i] switch
    {
        "--steps" => (steps = Number()) > 0,
        "--batch" => (batch = Number()) > 0,
        "--length" => (length = Number()) > 0,
        "--seed" => (seed = (ulong)Number()) > 0,
        var given when !given.StartsWith('-') && name is null => Model.All.ContainsKey(name = given),
        _ => false,
    };
    if (!valid)
        return Usage();
    if (args[i].StartsWith('-'))
        i++;
}
if (name is null)
    return Usage();

var model = Model.All[name];
var watch = Stopwatch.StartNew();
var network = model.Create(seed);
Console.WriteLine($"{network.Name}: {network.Parameters.Sum(parameter => (long)parameter.Length):N0} parameters, first values in {watch.Elapsed.TotalSeconds:F1} s");

var sizes = new Dictionary<string, int> { ["N"] = batch, ["T"] = length, ["S"] = length };
foreach (var function in network.Functions.Where(function => model.Functions.Contains(function.Name)).OrderBy(function => Array.IndexOf(model.Functions, function.Name)))
{
    Console.WriteLine(function);
    var arguments = SyntheticBatch.For(function, sizes, model.Rate, seed: 1, model.Answers);
    for (var step = 1; step <= steps; step++)
    {
        watch.Restart();
        var loss = network.Invoke(function.Name, arguments)[0];
        Console.WriteLine($"  step {step,3}  loss {loss,8:F4}  {watch.Elapsed.TotalMilliseconds,8:F1} ms");
    }
}
return 0;

static int Usage()
{
    Console.Error.WriteLine("""
        usage: zoo NETWORK [--steps 5] [--batch 2] [--length 16] [--seed 1]
        Trains a network a few steps on a batch of noise. --length is that of sequences.

        """);
    Console.Error.WriteLine(string.Join("\n", Model.All.Keys.Chunk(6).Select(row => "  " + string.Join(", ", row))));
    return 2;
}
