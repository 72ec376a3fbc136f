using Examples.Logic;

float[] inputs = [0, 0, 0, 1, 1, 0, 1, 1];
float[] targets = [0, 1, 1, 0];
const float tolerance = 0.03f;

var network = new Xor(seed: 1);
var step = 0;
float loss;
do
{
    loss = network.Train(inputs, targets);
    if (step % 50 == 0)
        Console.WriteLine($"step {step,4}  loss {loss:F5}");
}
while (loss > tolerance * tolerance && ++step < 5000);
Console.WriteLine($"step {step,4}  loss {loss:F5}\n");

var answers = network.Predict(inputs);
var farthest = 0f;
for (var row = 0; row < 4; row++)
{
    Console.WriteLine($"{inputs[2 * row]} xor {inputs[2 * row + 1]} = {answers[row, 0]:F3}");
    farthest = Math.Max(farthest, Math.Abs(answers[row, 0] - targets[row]));
}
return farthest < 2 * tolerance ? 0 : 1;
