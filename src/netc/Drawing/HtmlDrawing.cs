using System.Net;
using NetCompiler.Reports;

namespace NetCompiler.CommandLine.Drawing;

/// <summary>A page around the SVG: drag to move, wheel to zoom, point at a box to see its neighbours.</summary>
internal static class HtmlDrawing
{
    public static string Write(NetworkDrawing drawing) => $$"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{{WebUtility.HtmlEncode($"{drawing.Network}.{drawing.Function}")}}</title>
        <style>
          html, body { margin: 0; height: 100%; background: #f4f5f7; font: 13px system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; }
          #view { position: absolute; inset: 0; overflow: hidden; cursor: grab; touch-action: none; }
          #view.moving { cursor: grabbing; }
          #view svg { position: absolute; transform-origin: 0 0; box-shadow: 0 1px 6px #0003; }
          #view svg.pointing .node, #view svg.pointing .edge { opacity: 0.25; }
          #view svg.pointing .near { opacity: 1; }
          #help { position: absolute; right: 12px; bottom: 10px; color: #6b7280; background: #ffffffd0; padding: 3px 8px; border-radius: 4px; }
        </style>
        </head>
        <body>
        <div id="view">
        {{SvgDrawing.Write(drawing)}}</div>
        <div id="help">drag to move, wheel to zoom, double-click to fit</div>
        <script>
        const view = document.getElementById('view'), svg = view.querySelector('svg');
        const width = svg.width.baseVal.value, height = svg.height.baseVal.value;
        let scale = 1, x = 0, y = 0;
        const show = () => { svg.style.transform = `translate(${x}px, ${y}px) scale(${scale})`; };
        function fit() {
          const all = Math.min(view.clientWidth / width, view.clientHeight / height);
          // A tall network shrunk to the window would be unreadable: begin at its top instead.
          scale = Math.min(1.4, Math.max(all, Math.min(0.75, view.clientWidth / width)));
          x = (view.clientWidth - width * scale) / 2;
          y = Math.max(0, (view.clientHeight - height * scale) / 2);
          show();
        }
        view.addEventListener('wheel', event => {
          event.preventDefault();
          const factor = Math.exp(-event.deltaY * 0.0015), next = Math.min(8, Math.max(0.02, scale * factor));
          x = event.clientX - (event.clientX - x) * next / scale;
          y = event.clientY - (event.clientY - y) * next / scale;
          scale = next;
          show();
        }, { passive: false });
        view.addEventListener('pointerdown', event => { view.setPointerCapture(event.pointerId); view.classList.add('moving'); });
        view.addEventListener('pointerup', () => view.classList.remove('moving'));
        view.addEventListener('pointermove', event => {
          if (!view.classList.contains('moving')) return;
          x += event.movementX;
          y += event.movementY;
          show();
        });
        view.addEventListener('dblclick', fit);
        window.addEventListener('resize', fit);
        const edges = [...svg.querySelectorAll('.edge')], nodes = new Map([...svg.querySelectorAll('.node')].map(node => [node.dataset.id, node]));
        for (const [id, node] of nodes) {
          node.addEventListener('pointerenter', () => {
            svg.classList.add('pointing');
            node.classList.add('near');
            for (const edge of edges)
              if (edge.dataset.from === id || edge.dataset.to === id)
                for (const near of [edge, nodes.get(edge.dataset.from), nodes.get(edge.dataset.to)]) near.classList.add('near');
          });
          node.addEventListener('pointerleave', () => {
            svg.classList.remove('pointing');
            for (const near of svg.querySelectorAll('.near')) near.classList.remove('near');
          });
        }
        fit();
        </script>
        </body>
        </html>

        """.ReplaceLineEndings("\n");
}
