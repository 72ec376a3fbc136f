using System.Globalization;
using System.Text;

namespace NetCompiler.Runtime;

/// <summary>Prints tensors as nested rows, with the numbers of all columns equally wide; of long axes, the first and last few.</summary>
static class TensorText
{
    const int LongAxis = 8, Edge = 3;

    public static string Format<T>(ReadOnlySpan<T> values, ReadOnlySpan<int> shape) where T : unmanaged
    {
        var title = ElementTypes.Name<T>() + (shape.IsEmpty ? "" : Shapes.Text(shape));
        if (values.IsEmpty)
            return title + " []";
        var shown = new List<string>();
        Collect(values, shape, shown);
        var width = shown.Max(number => number.Length);

        var text = new StringBuilder(title).Append(shape.Length > 1 ? '\n' : ' ');
        var next = 0;
        Write(text, shape, depth: 0, shown, width, ref next);
        return text.ToString();
    }

    static void Collect<T>(ReadOnlySpan<T> values, ReadOnlySpan<int> shape, List<string> shown)
    {
        if (shape.IsEmpty)
        {
            shown.Add(Number(values[0]));
            return;
        }
        var length = values.Length / shape[0];
        for (var i = 0; i < shape[0]; i = Following(i, shape[0]))
            Collect(values.Slice(i * length, length), shape[1..], shown);
    }

    static void Write(StringBuilder text, ReadOnlySpan<int> shape, int depth, List<string> shown, int width, ref int next)
    {
        if (shape.IsEmpty)
        {
            text.Append(shown[next++].PadLeft(width));
            return;
        }
        var separator = shape.Length == 1 ? ", " : "," + new string('\n', shape.Length - 1) + new string(' ', depth + 1);
        text.Append('[');
        for (var i = 0; i < shape[0];)
        {
            Write(text, shape[1..], depth + 1, shown, width, ref next);
            var following = Following(i, shape[0]);
            if (following < shape[0])
                text.Append(separator);
            if (following > i + 1)
                text.Append("...").Append(separator);
            i = following;
        }
        text.Append(']');
    }

    static int Following(int i, int count) => count > LongAxis && i == Edge - 1 ? count - Edge : i + 1;

    static string Number<T>(T value) => value switch
    {
        float single => single.ToString("G4", CultureInfo.InvariantCulture),
        double wide => wide.ToString("G4", CultureInfo.InvariantCulture),
        bool truth => truth ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
