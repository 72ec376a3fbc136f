using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;

namespace NetCompiler.Passes;

/// <summary>
/// Values of one step computed for all steps at once: every operator gets an additional leading axis, that of time. Products with a
/// matrix that all steps share become one product of all rows.
/// </summary>
/// <param name="graph">Where nodes are made.</param>
/// <param name="length">The number of steps.</param>
/// <param name="steps">The values that differ from step to step.</param>
internal sealed class Vectorise(GraphBuilder graph, Dim length, ISet<Node> steps)
{
    readonly Dictionary<Node, Node> _whole = [];

    /// <summary>Says what the value is over all steps.</summary>
    public void Add(Node step, Node whole) => _whole[step] = whole;

    /// <summary>Whether a value can be computed for all steps at once from what it is computed from.</summary>
    public bool Supports(Node node) => node.Operator switch
    {
        Elementwise or Broadcast or Reshape or Transpose or Slice or Unslice or Concat or Reduction or PositionOf => true,
        // What all steps share would have to be repeated for a batch of products.
        MatMul => node.Inputs.All(steps.Contains) || node.Shape.Rank == 2,
        Gather => !steps.Contains(node.Inputs[0]),
        _ => false,
    };

    /// <summary>The value of all steps, [length, …]. Everything that it is computed from is supported or added.</summary>
    public Node Of(Node value)
    {
        var (origin, pending) = (graph.Origin, new Stack<Node>([value]));
        while (pending.Count > 0)
        {
            var node = pending.Peek();
            if (_whole.ContainsKey(node))
            {
                pending.Pop();
                continue;
            }
            graph.Origin = node.Origin;
            if (!steps.Contains(node))
                _whole[node] = graph.Broadcast(node, With(node.Shape), Enumerable.Range(1, node.Shape.Rank));
            else if (node.Inputs.FirstOrDefault(input => steps.Contains(input) && !_whole.ContainsKey(input)) is { } input)
                pending.Push(input);
            else
                _whole[node] = Make(node);
        }
        graph.Origin = origin;
        return _whole[value];
    }

    Shape With(Shape shape) => new([length, .. shape.Dims]);

    Node Make(Node node) => node.Operator switch
    {
        Broadcast op => graph.Broadcast(Of(node.Inputs[0]), With(op.Target), [0, .. op.Axes.Items.Select(axis => axis + 1)]),
        Reshape op => graph.Reshape(Of(node.Inputs[0]), With(op.Target)),
        Transpose op => graph.Transpose(Of(node.Inputs[0]), [0, .. op.Permutation.Items.Select(axis => axis + 1)]),
        Slice op => graph.Slice(Of(node.Inputs[0]), [Dim.Zero, .. op.Starts.Items], [length, .. op.Lengths.Items], [1, .. op.Steps.Items]),
        Unslice op => graph.Unslice(Of(node.Inputs[0]), With(op.Target), [Dim.Zero, .. op.Starts.Items], [1, .. op.Steps.Items]),
        Concat op => graph.Concat(node.Inputs.Select(Of), op.Axis + 1),
        Reduction op => graph.Make(op with { Axes = [.. op.Axes.Items.Select(axis => axis + 1)] }, Of(node.Inputs[0])),
        PositionOf op => graph.Make(op with { Axis = op.Axis + 1 }, Of(node.Inputs[0])),
        MatMul => Product(node.Inputs[0], node.Inputs[1]),
        Gather op => graph.Make(op, node.Inputs[0], Of(node.Inputs[1])),
        _ => graph.Make(node.Operator, [.. node.Inputs.Select(Of)]),
    };

    // x [N, I] @ w [I, H] in each step is [T·N, I] @ [I, H]; w @ x is the transpose of xᵀ @ wᵀ.
    Node Product(Node a, Node b)
    {
        if (steps.Contains(a) && steps.Contains(b))
            return graph.MatMul(Of(a), Of(b));
        if (!steps.Contains(a))
            return graph.MatrixTranspose(Rows(graph.MatrixTranspose(Of(b)), graph.MatrixTranspose(a)));
        return Rows(Of(a), b);
    }

    Node Rows(Node whole, Node matrix)
    {
        var flat = graph.Reshape(whole, new Shape([length * whole.Shape[1], whole.Shape[2]]));
        return graph.Reshape(graph.MatMul(flat, matrix), new Shape([length, whole.Shape[1], matrix.Shape[1]]));
    }
}
