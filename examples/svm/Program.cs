using Examples.Margins;
using NetCompiler.Runtime;

// Points at least 1 from a line, on both sides of it: a margin of 2 is possible.
const int samples = 200;
const float possible = 2;
var (points, sides) = Scatter(samples);

var machine = new Svm();
var loss = 0f;
for (var step = 0; step < 20_000; step++)
    loss = machine.Train(points, sides, rate: 10f / (100 + step));

var scores = machine.Predict(points).ToArray();
var mistakes = 0;
for (var i = 0; i < samples; i++)
    mistakes += scores[i] * sides[i] > 0 ? 0 : 1;
var w = machine.Values<float>("w").ToArray();
// The margin is what lies between the nearest points of the two sides, measured across the line.
var margin = (Nearest(1) + Nearest(-1)) / MathF.Sqrt(w[0] * w[0] + w[1] * w[1]);

Draw();
Console.WriteLine($"loss {loss:F5}, mistakes {mistakes} of {samples}, margin {margin:F3} of {possible:F3} possible");
return mistakes == 0 && margin > 0.95f * possible ? 0 : 1;

float Nearest(int side)
{
    var nearest = float.PositiveInfinity;
    for (var i = 0; i < samples; i++)
        if (sides[i] == side)
            nearest = Math.Min(nearest, side * scores[i]);
    return nearest;
}

// The plane from -6 to 6: points as + and o, the line as #, the borders of the margin as dots.
void Draw()
{
    const int rows = 25, columns = 61;
    var grid = new char[rows, columns];
    float X(int column) => 12f * column / (columns - 1) - 6;
    float Y(int row) => 6 - 12f * row / (rows - 1);
    var plane = new float[rows * columns * 2];
    for (var i = 0; i < rows * columns; i++)
        (plane[2 * i], plane[2 * i + 1]) = (X(i % columns), Y(i / columns));
    var values = machine.Predict(plane);
    for (var row = 0; row < rows; row++)
        for (var column = 0; column < columns; column++)
        {
            // A boundary runs where the score's level changes on the way to the cell on the right or below.
            var here = values[row * columns + column];
            var right = values[row * columns + Math.Min(column + 1, columns - 1)];
            var below = values[Math.Min(row + 1, rows - 1) * columns + column];
            bool Crosses(float level) => (here > level) != (right > level) || (here > level) != (below > level);
            grid[row, column] = Crosses(0) ? '#' : Crosses(1) || Crosses(-1) ? '.' : ' ';
        }
    for (var i = 0; i < samples; i++)
    {
        var column = (int)MathF.Round((points[2 * i] + 6) / 12 * (columns - 1));
        var row = (int)MathF.Round((6 - points[2 * i + 1]) / 12 * (rows - 1));
        grid[row, column] = sides[i] > 0 ? '+' : 'o';
    }
    for (var row = 0; row < rows; row++)
        Console.WriteLine(string.Concat(Enumerable.Range(0, columns).Select(column => grid[row, column])).TrimEnd());
}

static (float[] Points, float[] Sides) Scatter(int count)
{
    var random = new Philox4x32(key: 1);
    var (sin, cos) = MathF.SinCos(0.6f);
    var (points, sides) = (new float[2 * count], new float[count]);
    for (var i = 0; i < count; i++)
    {
        sides[i] = i % 2 == 0 ? 1 : -1;
        // Every tenth pair lies on the border of the margin: these support the line.
        var across = sides[i] * (i / 2 % 10 == 0 ? 1 : 1 + 2.5f * random.NextSingle());
        var along = 8 * random.NextSingle() - 4;
        (points[2 * i], points[2 * i + 1]) = (cos * across - sin * along, sin * across + cos * along);
    }
    return (points, sides);
}
