using System.Security;
using System.Text;
using NetCompiler.Reports;
using static NetCompiler.CommandLine.Drawing.DrawingStyle;

namespace NetCompiler.CommandLine.Drawing;

/// <summary>A drawing as SVG that needs nothing else: no fonts of its own, no scripts, no links.</summary>
internal static class SvgDrawing
{
    const double Margin = 24, TitleHeight = 34, LegendHeight = 30;
    const double TitleSize = 13, TextSize = 11, LineHeight = 15, Padding = 8;
    // Estimates, as nothing here can measure text: the mean advance of sans-serif and the advance of monospaced fonts, in em.
    const double BoldAdvance = 0.61, PlainAdvance = 0.58, MonoAdvance = 0.602;

    public static string Write(NetworkDrawing drawing)
    {
        var sizes = drawing.Nodes.Select(SizeOf).ToArray();
        var layout = LayeredLayout.Run(sizes, [.. drawing.Nodes.Select(node => node.Kind == DrawingKind.Variable)], [.. drawing.Edges.Select(edge => (edge.From, edge.To))]);
        var title = $"{drawing.Network}.{drawing.Function}";
        var kinds = drawing.Nodes.Select(node => node.Kind).Distinct().Order().ToList();
        double legendWidth = kinds.Sum(LegendEntryWidth);
        double content = Math.Max(layout.Width, Math.Max(legendWidth, title.Length * 17 * BoldAdvance));
        double width = content + 2 * Margin, height = layout.Height + TitleHeight + LegendHeight + 2 * Margin;
        double left = Margin + (content - layout.Width) / 2, top = Margin + TitleHeight;

        var svg = new StringBuilder();
        svg.Append($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Number(width)} {Number(height)}\" width=\"{Number(width)}\" height=\"{Number(height)}\" font-family=\"system-ui, 'Segoe UI', Helvetica, Arial, sans-serif\" font-size=\"{Number(TextSize)}\">\n");
        svg.Append("""
            <style>
              .title { font-size: 17px; font-weight: 600; fill: #1f2937; }
              .name { font-size: 13px; font-weight: 600; fill: #111827; }
              .what { fill: #4b5563; }
              .type { fill: #374151; font-family: ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
              .edge { fill: none; stroke: #7b8494; stroke-width: 1.3; }
              .node:hover rect { stroke-width: 2.4; }
            </style>
            <defs><marker id="arrow" viewBox="0 0 8 8" refX="7.2" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0.5,0.8 L7.5,4 L0.5,7.2 z" fill="#7b8494"/></marker></defs>
            <rect width="100%" height="100%" fill="#ffffff"/>

            """.ReplaceLineEndings("\n"));
        svg.Append($"<text class=\"title\" x=\"{Number(Margin)}\" y=\"{Number(Margin + 15)}\">{Escape(title)}</text>\n");
        svg.Append($"<g transform=\"translate({Number(left)} {Number(top)})\">\n");
        for (int i = 0; i < drawing.Edges.Length; i++)
        {
            var edge = drawing.Edges[i];
            svg.Append($"<path class=\"edge\" data-from=\"{edge.From}\" data-to=\"{edge.To}\" marker-end=\"url(#arrow)\" d=\"{Curve(layout.Routes[i])}\"><title>{Escape(edge.Type)}</title></path>\n");
        }
        foreach (var node in drawing.Nodes)
            WriteBox(svg, node, layout.Centers[node.Id], sizes[node.Id]);
        svg.Append("</g>\n");
        WriteLegend(svg, kinds, height - Margin);
        return svg.Append("</svg>\n").ToString();
    }

    static BoxSize SizeOf(DrawingNode node)
    {
        double text = Math.Max(node.Title.Length * TitleSize * BoldAdvance,
            Math.Max(node.Subtitle.Length * TextSize * PlainAdvance, node.Type.Length * TextSize * MonoAdvance));
        return new BoxSize(Math.Max(70, text + 2 * Padding + 4), Lines(node) * LineHeight + 2 * Padding - 3);
    }

    static int Lines(DrawingNode node) => 2 + (node.Subtitle.Length > 0 ? 1 : 0);

    static void WriteBox(StringBuilder svg, DrawingNode node, Point center, BoxSize size)
    {
        var (_, fill, stroke) = Of(node.Kind);
        // Ends of the graph are rounder, as in flow charts.
        double corner = node.Kind is DrawingKind.Input or DrawingKind.Output ? size.Height / 2.4 : 6;
        double left = center.X - size.Width / 2, top = center.Y - size.Height / 2;
        svg.Append($"<g class=\"node\" data-id=\"{node.Id}\"><title>{Escape(Hover(node))}</title>");
        svg.Append($"<rect x=\"{Number(left)}\" y=\"{Number(top)}\" width=\"{Number(size.Width)}\" height=\"{Number(size.Height)}\" rx=\"{Number(corner)}\" fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"1.2\"/>");
        double baseline = top + Padding + 10;
        foreach (var (style, line) in new[] { ("name", node.Title), ("what", node.Subtitle), ("type", node.Type) })
        {
            if (line.Length == 0)
                continue;
            svg.Append($"<text class=\"{style}\" x=\"{Number(center.X)}\" y=\"{Number(baseline)}\" text-anchor=\"middle\">{Escape(line)}</text>");
            baseline += LineHeight;
        }
        svg.Append("</g>\n");
    }

    static string Hover(DrawingNode node) =>
        string.Join("\n", new[] { $"{node.Title} : {node.Type}", node.Subtitle, node.Detail }.Where(line => line.Length > 0));

    /// <summary>A smooth curve through the points that leaves and enters each of them vertically.</summary>
    static string Curve(Point[] points)
    {
        var path = new StringBuilder($"M{Number(points[0].X)},{Number(points[0].Y)}");
        for (int i = 1; i < points.Length; i++)
        {
            var (from, to) = (points[i - 1], points[i]);
            double bend = (to.Y - from.Y) / 2;
            path.Append(Math.Abs(from.X - to.X) < 0.5
                ? $" L{Number(to.X)},{Number(to.Y)}"
                : $" C{Number(from.X)},{Number(from.Y + bend)} {Number(to.X)},{Number(to.Y - bend)} {Number(to.X)},{Number(to.Y)}");
        }
        return path.ToString();
    }

    static double LegendEntryWidth(DrawingKind kind) => Of(kind).Name.Length * TextSize * PlainAdvance + 38;

    static void WriteLegend(StringBuilder svg, List<DrawingKind> kinds, double y)
    {
        double x = Margin;
        foreach (var kind in kinds)
        {
            var (name, fill, stroke) = Of(kind);
            svg.Append($"<rect x=\"{Number(x)}\" y=\"{Number(y - 9)}\" width=\"14\" height=\"10\" rx=\"3\" fill=\"{fill}\" stroke=\"{stroke}\"/>");
            svg.Append($"<text class=\"what\" x=\"{Number(x + 19)}\" y=\"{Number(y)}\">{name}</text>\n");
            x += LegendEntryWidth(kind);
        }
    }

    // Network and binding names are identifiers, but paths and operator attributes are not.
    static string Escape(string text) => SecurityElement.Escape(text);
}
