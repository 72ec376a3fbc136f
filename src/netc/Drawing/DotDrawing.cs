using System.Text;
using NetCompiler.Reports;

namespace NetCompiler.CommandLine.Drawing;

/// <summary>A drawing in Graphviz's DOT language.</summary>
internal static class DotDrawing
{
    public static string Write(NetworkDrawing drawing)
    {
        var text = new StringBuilder();
        text.Append($"digraph {Quoted(drawing.Network)} {{\n");
        text.Append($"  label={Quoted($"{drawing.Network}.{drawing.Function}")}; labelloc=t; fontname=\"Helvetica\";\n");
        text.Append("  rankdir=TB;\n");
        text.Append("  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\", fontsize=11];\n");
        text.Append("  edge [color=\"#6b7280\", arrowsize=0.7];\n");
        foreach (var node in drawing.Nodes)
        {
            var (_, fill, stroke) = DrawingStyle.Of(node.Kind);
            var lines = new[] { node.Title, node.Subtitle, node.Type }.Where(line => line.Length > 0);
            text.Append($"  n{node.Id} [label={Quoted(string.Join("\n", lines))}, tooltip={Quoted(node.Detail)}, fillcolor=\"{fill}\", color=\"{stroke}\"];\n");
        }
        foreach (var edge in drawing.Edges)
            text.Append($"  n{edge.From} -> n{edge.To} [tooltip={Quoted(edge.Type)}];\n");
        return text.Append("}\n").ToString();
    }

    static string Quoted(string text) => $"\"{text.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n")}\"";
}
