using Examples.Logic;

float[] inputs = [0, 0, 0, 1, 1, 0, 1, 1];
(string Name, float[] Targets, bool Separable)[] functions =
[
    ("AND", [0, 0, 0, 1], true),
    ("OR", [0, 1, 1, 1], true),
    ("XOR", [0, 1, 1, 0], false),
];
const int sweepLimit = 100;

var asExpected = true;
foreach (var (name, targets, separable) in functions)
{
    var unit = new Perceptron();
    var sweeps = Learn(unit, targets);
    Console.WriteLine(sweeps < sweepLimit
        ? $"{name,-3}  learned: no mistake from sweep {sweeps + 1} on"
        : $"{name,-3}  not learned in {sweepLimit} sweeps: no line separates its ones from its zeros");

    var answers = unit.Predict(inputs);
    for (var row = 0; row < 4; row++)
        Console.WriteLine($"       {inputs[2 * row]} {inputs[2 * row + 1]} -> {answers[row]}{(answers[row] == targets[row] ? "" : "   wrong")}");
    var (w, b) = (unit.Values<float>("w").ToArray(), unit.Values<float>("b")[0]);
    Console.WriteLine($"       the line {w[0]} x + {w[1]} y + {b} = 0\n");
    asExpected &= sweeps < sweepLimit == separable;
}
return asExpected ? 0 : 1;

// Sample after sample, as Rosenblatt did. The result is the number of sweeps before the first without a mistake.
int Learn(Perceptron unit, float[] targets)
{
    for (var sweep = 0; sweep < sweepLimit; sweep++)
    {
        var mistakes = 0f;
        for (var row = 0; row < 4; row++)
            mistakes += unit.Learn(inputs.AsSpan(2 * row, 2), targets.AsSpan(row, 1));
        if (mistakes == 0)
            return sweep;
    }
    return sweepLimit;
}
