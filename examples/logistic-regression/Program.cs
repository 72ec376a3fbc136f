using Examples.Regression;
using NetCompiler.Runtime;
using NetCompiler.Training;

const int one = 3, other = 8, epochs = 40;
const double claim = 0.93;

Console.OutputEncoding = System.Text.Encoding.UTF8;
var digits = SampleData.Mnist(args is ["--data", var folder] ? folder : null);
var training = Pairs(digits.Load(Split.Training));
var test = Pairs(digits.Load(Split.Test));
Console.WriteLine($"Is it a {one} or an {other}? {training.Count} images to learn from: {digits.Source}");

var model = new LogisticRegression();
var trainer = new Trainer(model, new TrainerOptions { Epochs = epochs });
var results = trainer.Run(training, (batch, _) => (model.Train(batch.Values<float>("x"), batch.Values<float>("y")), float.NaN));
foreach (var epoch in results.Where(epoch => epoch.Epoch % 5 == 0))
    Console.WriteLine($"epoch {epoch.Epoch,2}  loss {epoch.Training.Loss:F4}");

var right = 0;
foreach (var batch in test.Batches(100))
{
    var p = model.Predict(batch.Values<float>("x"));
    var y = batch.Values<float>("y");
    for (var i = 0; i < batch.Count; i++)
        right += p[i] > 0.5f == y[i] > 0.5f ? 1 : 0;
}
var accuracy = (double)right / test.Count;
Console.WriteLine($"test accuracy {accuracy:P2} ({right} of {test.Count}), parameters {model.Fingerprint()}\n");

Console.WriteLine($"The weights: ink that speaks for the {one} ...");
Console.WriteLine(Picture(sign: 1));
Console.WriteLine($"... and ink that speaks for the {other}:");
Console.WriteLine(Picture(sign: -1));
return accuracy >= claim ? 0 : 1;

string Picture(int sign)
{
    var weights = model.Values<float>("w").ToArray();
    var largest = weights.Max(Math.Abs);
    var picture = AsciiDigit.Render(Array.ConvertAll(weights, weight => Math.Max(0, sign * weight / largest)));
    return string.Join('\n', picture.Split('\n').Select(line => line.TrimEnd()));
}

// The images of the two digits alone.
static Dataset Pairs(Dataset digits)
{
    var (images, labels) = (digits.Column<float>("image"), digits.Column<int>("label"));
    List<float> x = [], y = [];
    for (var i = 0; i < digits.Count; i++)
    {
        var label = labels[i][0];
        if (label is not (one or other))
            continue;
        x.AddRange(images[i]);
        y.Add(label == one ? 1 : 0);
    }
    return new Dataset(new Column<float>("x", [.. x], 784), new Column<float>("y", [.. y]));
}
