using Examples.Regression;
using NetCompiler.Runtime;

// The law to find again, from 1000 samples of it with noise.
float[] weights = [2, -1, 0.5f];
const float bias = 4, noise = 0.1f;
const int samples = 1000;

var random = new Philox4x32(key: 1);
var (x, y) = (new float[samples * 3], new float[samples]);
for (var i = 0; i < samples; i++)
{
    y[i] = bias + noise * (float)random.NextNormal();
    for (var j = 0; j < 3; j++)
    {
        x[3 * i + j] = (float)random.NextNormal();
        y[i] += weights[j] * x[3 * i + j];
    }
}

var model = new LinearRegression();
for (var step = 1; step <= 100; step++)
{
    var loss = model.Train(x, y);
    if (step is 1 or 5 or 10 or 20 or 50 or 100)
        Console.WriteLine($"step {step,3}  loss {loss:F5}");
}

// An estimated weight scatters by noise / sqrt(samples), here 0.003: four times that is never exceeded by chance alone.
var tolerance = 4 * noise / MathF.Sqrt(samples);
float[] found = [.. model.Values<float>("w"), .. model.Values<float>("b")];
float[] truth = [.. weights, bias];
var recovered = true;
Console.WriteLine("\n      true    found");
for (var j = 0; j < truth.Length; j++)
{
    Console.WriteLine($"{(j < 3 ? $"w[{j}]" : "b   ")}{truth[j],7:F3} {found[j],8:F4}");
    recovered &= Math.Abs(found[j] - truth[j]) < tolerance;
}
Console.WriteLine($"\nnoise {noise}: the loss cannot fall much below its square, {noise * noise:F5}");
return recovered ? 0 : 1;
