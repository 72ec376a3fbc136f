using System.Numerics;

namespace NetCompiler.Training;

/// <summary>
/// The digits as strokes, in the several ways in which people write them. x goes right and y down; a digit is about 2 high
/// and 1 wide, around the origin.
/// </summary>
static class DigitGlyphs
{
    /// <summary>The ways of writing each digit; each is a list of polylines.</summary>
    public static IReadOnlyList<Vector2[][]>[] All { get; } =
    [
        [
            new Pen().Arc(0, 0, 0.52f, 0.95f, -90, 270).Strokes,
            new Pen().Arc(0, 0, 0.38f, 0.95f, -60, 300).Strokes,
            new Pen().Arc(0, 0.02f, 0.62f, 0.85f, -110, 265).Strokes,
        ],
        [
            new Pen().Move(0, -0.95f).Line(0, 0.95f).Strokes,
            new Pen().Move(-0.28f, -0.6f).Line(0.05f, -0.95f).Line(0.05f, 0.95f).Strokes,
            new Pen().Move(-0.25f, -0.65f).Line(0.02f, -0.95f).Line(0.02f, 0.93f).Move(-0.32f, 0.93f).Line(0.36f, 0.93f).Strokes,
        ],
        [
            new Pen().Arc(0, -0.45f, 0.46f, 0.5f, 195, 385).Curve(0.2f, 0.3f, -0.5f, 0.93f).Line(0.52f, 0.93f).Strokes,
            new Pen().Arc(0, -0.42f, 0.42f, 0.53f, 210, 400).Line(-0.48f, 0.9f).Curve(-0.1f, 0.65f, 0.15f, 0.85f).Curve(0.35f, 1f, 0.55f, 0.78f).Strokes,
            new Pen().Arc(-0.02f, -0.48f, 0.44f, 0.47f, 200, 420).Curve(-0.1f, 0.5f, -0.35f, 0.72f)
                .Curve(-0.6f, 0.95f, -0.3f, 0.92f).Curve(-0.05f, 0.7f, 0.1f, 0.82f).Curve(0.3f, 0.98f, 0.52f, 0.85f).Strokes,
        ],
        [
            new Pen().Arc(-0.02f, -0.48f, 0.42f, 0.46f, 205, 440).Arc(-0.02f, 0.45f, 0.5f, 0.5f, -85, 150).Strokes,
            new Pen().Move(-0.42f, -0.92f).Line(0.42f, -0.92f).Line(-0.02f, -0.18f).Arc(-0.04f, 0.38f, 0.5f, 0.56f, -80, 150).Strokes,
            new Pen().Arc(-0.05f, -0.5f, 0.4f, 0.42f, 190, 430).Line(-0.12f, -0.08f).Arc(-0.05f, 0.4f, 0.48f, 0.5f, -80, 165).Strokes,
        ],
        [
            new Pen().Move(0.25f, 0.95f).Line(0.25f, -0.95f).Line(-0.52f, 0.3f).Line(0.55f, 0.3f).Strokes,
            new Pen().Move(-0.18f, -0.92f).Line(-0.5f, 0.12f).Line(0.52f, 0.12f).Move(0.24f, -0.45f).Line(0.18f, 0.95f).Strokes,
            new Pen().Move(-0.42f, -0.85f).Curve(-0.5f, 0f, -0.2f, 0f).Line(0.38f, -0.02f).Move(0.4f, -0.9f).Line(0.36f, 0.95f).Strokes,
        ],
        [
            new Pen().Move(0.46f, -0.92f).Line(-0.34f, -0.92f).Line(-0.4f, -0.12f).Arc(-0.02f, 0.36f, 0.5f, 0.57f, -135, 145).Strokes,
            new Pen().Move(-0.3f, -0.9f).Line(-0.36f, -0.15f).Curve(0.45f, -0.35f, 0.46f, 0.35f).Curve(0.4f, 1.05f, -0.45f, 0.85f).Move(-0.3f, -0.9f).Line(0.5f, -0.95f).Strokes,
            new Pen().Move(0.5f, -0.95f).Curve(0.1f, -0.85f, -0.2f, -0.88f).Line(-0.3f, -0.2f).Arc(-0.05f, 0.38f, 0.44f, 0.52f, -115, 130).Strokes,
        ],
        [
            new Pen().Move(0.32f, -0.93f).Curve(-0.5f, -0.5f, -0.46f, 0.42f).Arc(0, 0.42f, 0.46f, 0.5f, 180, -185).Strokes,
            new Pen().Move(0.1f, -0.95f).Curve(-0.42f, -0.2f, -0.42f, 0.4f).Curve(-0.4f, 0.95f, 0.02f, 0.93f).Curve(0.45f, 0.9f, 0.42f, 0.42f)
                .Curve(0.38f, 0.05f, 0f, 0.12f).Curve(-0.3f, 0.2f, -0.4f, 0.5f).Strokes,
            new Pen().Arc(0.1f, 0.1f, 0.58f, 1.02f, -65, -180).Arc(-0.02f, 0.5f, 0.46f, 0.44f, 205, -150).Strokes,
        ],
        [
            new Pen().Move(-0.46f, -0.9f).Line(0.46f, -0.9f).Line(-0.12f, 0.95f).Strokes,
            new Pen().Move(-0.46f, -0.88f).Line(0.48f, -0.9f).Curve(0.05f, 0f, -0.05f, 0.95f).Move(-0.22f, 0.02f).Line(0.42f, 0f).Strokes,
            new Pen().Move(-0.48f, -0.62f).Line(-0.44f, -0.9f).Curve(0f, -0.8f, 0.46f, -0.92f).Curve(0.2f, -0.3f, 0.02f, 0.95f).Strokes,
        ],
        [
            new Pen().Arc(0, -0.47f, 0.4f, 0.46f, 90, 450).Arc(0, 0.46f, 0.48f, 0.47f, -90, 270).Strokes,
            new Pen().Move(0.38f, -0.72f).Curve(0.1f, -1.05f, -0.2f, -0.85f).Curve(-0.5f, -0.55f, 0f, -0.1f).Curve(0.6f, 0.35f, 0.35f, 0.75f)
                .Curve(0.05f, 1.1f, -0.32f, 0.78f).Curve(-0.6f, 0.4f, 0f, -0.05f).Curve(0.42f, -0.35f, 0.38f, -0.72f).Strokes,
            new Pen().Arc(0.02f, -0.52f, 0.34f, 0.42f, 90, 450).Arc(-0.02f, 0.42f, 0.44f, 0.5f, -90, 270).Strokes,
        ],
        [
            new Pen().Arc(0, -0.43f, 0.42f, 0.5f, 0, -360).Line(0.36f, 0.95f).Strokes,
            new Pen().Arc(-0.02f, -0.45f, 0.44f, 0.47f, -10, -365).Curve(0.5f, 0.75f, 0.05f, 0.92f).Curve(-0.2f, 0.98f, -0.38f, 0.8f).Strokes,
            new Pen().Move(0.36f, -0.75f).Curve(0.05f, -1.1f, -0.3f, -0.75f).Curve(-0.52f, -0.3f, -0.2f, -0.1f).Curve(0.2f, 0f, 0.38f, -0.7f).Line(0.15f, 0.95f).Strokes,
        ],
    ];

    /// <summary>Draws strokes; each step goes on from where the one before ended.</summary>
    sealed class Pen
    {
        const int ArcSteps = 20, CurveSteps = 8;

        readonly List<List<Vector2>> _strokes = [];

        public Vector2[][] Strokes => [.. _strokes.Select(stroke => stroke.ToArray())];

        public Pen Move(float x, float y)
        {
            _strokes.Add([new Vector2(x, y)]);
            return this;
        }

        public Pen Line(float x, float y)
        {
            _strokes[^1].Add(new Vector2(x, y));
            return this;
        }

        /// <summary>A parabola towards (<paramref name="towardsX"/>, <paramref name="towardsY"/>) that ends at (x, y).</summary>
        public Pen Curve(float towardsX, float towardsY, float x, float y)
        {
            var (start, towards, end) = (_strokes[^1][^1], new Vector2(towardsX, towardsY), new Vector2(x, y));
            for (var step = 1; step <= CurveSteps; step++)
            {
                var t = step / (float)CurveSteps;
                _strokes[^1].Add(Vector2.Lerp(Vector2.Lerp(start, towards, t), Vector2.Lerp(towards, end, t), t));
            }
            return this;
        }

        /// <summary>Part of an ellipse: 0 degrees is right, 90 down. A stroke that has begun is joined to its start by a line.</summary>
        public Pen Arc(float centerX, float centerY, float radiusX, float radiusY, float from, float to)
        {
            if (_strokes.Count == 0)
                _strokes.Add([]);
            for (var step = 0; step <= ArcSteps; step++)
            {
                var (sine, cosine) = MathF.SinCos(float.DegreesToRadians(from + (to - from) * step / ArcSteps));
                _strokes[^1].Add(new Vector2(centerX + radiusX * cosine, centerY + radiusY * sine));
            }
            return this;
        }
    }
}
