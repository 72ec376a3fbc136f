using System.Globalization;
using NetCompiler.Reports;

namespace NetCompiler.CommandLine.Drawing;

/// <summary>The colours that all kinds of drawings share.</summary>
internal static class DrawingStyle
{
    /// <summary>What a kind is called in legends, how its boxes are filled and how they are framed.</summary>
    public static (string Name, string Fill, string Stroke) Of(DrawingKind kind) => kind switch
    {
        DrawingKind.Input => ("input", "#e3f4e8", "#4c9a6a"),
        DrawingKind.Variable => ("parameter or state", "#fdf6dc", "#c2a23a"),
        DrawingKind.Product => ("products and convolutions", "#dfeafc", "#4a78c2"),
        DrawingKind.Elementwise => ("elementwise", "#fdeadb", "#cf7f3c"),
        DrawingKind.Reduction => ("reductions and pooling", "#efe3f8", "#8a5bb5"),
        DrawingKind.Shaping => ("only rearranges", "#eeeeef", "#8b8f98"),
        DrawingKind.Output => ("result", "#dcf3f3", "#3a9a9a"),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>A coordinate with one decimal, the same in every culture.</summary>
    public static string Number(double value) => Math.Round(value, 1).ToString("0.#", CultureInfo.InvariantCulture);
}
