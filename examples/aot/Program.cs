using System.Diagnostics;
using Examples.Native;

// The time that counts begins before the first line here: that of the process.
var started = Process.GetCurrentProcess().StartTime;
var network = new Digits(seed: 1);
var (images, labels) = Bars(64);

int answer = Largest(network.Predict(images.AsSpan(0, 28 * 28)).ToArray());
Console.WriteLine($"first answer {answer}, {(DateTime.Now - started).TotalMilliseconds:F0} ms after the start");

float first = network.Train(images, labels, 0.05f), last = first;
for (int step = 1; step < 60; step++)
    last = network.Train(images, labels, 0.05f);
Console.WriteLine($"loss {first:F4} -> {last:F4} in 60 steps, {(DateTime.Now - started).TotalMilliseconds:F0} ms after the start");
return last < first / 10 ? 0 : 1;

static int Largest(float[] values) => Array.IndexOf(values, values.Max());

// Ten classes: a bright bar in one of ten places, in noise.
static (float[] Images, int[] Labels) Bars(int count)
{
    var random = new Random(2);
    var images = new float[count * 28 * 28];
    var labels = new int[count];
    for (int i = 0; i < count; i++)
    {
        labels[i] = i % 10;
        for (int pixel = 0; pixel < 28 * 28; pixel++)
            images[i * 28 * 28 + pixel] = random.NextSingle() * 0.3f + (pixel / 28 / 2 == labels[i] + 2 ? 0.7f : 0);
    }
    return (images, labels);
}
