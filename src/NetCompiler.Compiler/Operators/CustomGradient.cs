using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Text;

namespace NetCompiler.Operators;

/// <summary>
/// Result number <see cref="Result"/> of a layer that says itself what flows back: the value is the input of that number, and
/// the gradient is what <see cref="Body"/> makes of what flows into all results. Its inputs are the results, the arguments that
/// gradients flow to, and what else the body reads. The body is closed: its leaves are constants and <see cref="BodyArgument"/>,
/// first those for what flows in, then those for the inputs. It is gone once gradients are taken.
/// </summary>
/// <param name="Result">Which of the results this is.</param>
/// <param name="Results">How many inputs are results.</param>
/// <param name="Body">What flows to each argument.</param>
internal sealed record CustomGradient(int Result, int Results, EquatableArray<Node> Body) : Operator
{
    public override string Name => "custom_gradient";

    protected override string Attributes => Results == 1 ? "" : $"result={Result}";

    /// <summary>The results of a layer with a gradient of its own.</summary>
    /// <param name="graph">Where nodes are made.</param>
    /// <param name="results">The values.</param>
    /// <param name="arguments">What gradients flow to.</param>
    /// <param name="flows">The stand-ins for what flows into each result.</param>
    /// <param name="gradients">For each argument, of its type, what flows to it; over the stand-ins.</param>
    public static ImmutableArray<Node> Of(
        GraphBuilder graph, ImmutableArray<Node> results, ImmutableArray<Node> arguments, ImmutableArray<Node> flows, ImmutableArray<Node> gradients)
    {
        var dependent = new HashSet<Node>();
        var captured = new List<Node>();
        void Capture(Node node)
        {
            if (!dependent.Contains(node) && node.Operator is not Leaf or Supplied && !captured.Contains(node))
                captured.Add(node);
        }

        // What is older than the stand-ins depends on none.
        int oldest = flows.Min(flow => flow.Id);
        foreach (var node in Node.Reachable(gradients).Where(node => node.Id >= oldest))
        {
            if (!flows.Contains(node) && !node.Inputs.Any(dependent.Contains))
                continue;
            dependent.Add(node);
            foreach (var input in node.Inputs)
                Capture(input);
        }
        foreach (var gradient in gradients)
            Capture(gradient);
        ImmutableArray<Node> inputs = [.. results, .. arguments, .. captured];
        var names = new Dictionary<Node, Node>();
        foreach (var node in flows)
            names.Add(node, graph.Make(new BodyArgument(names.Count, node.Type)));
        for (int i = results.Length + arguments.Length; i < inputs.Length; i++)
            names.Add(inputs[i], graph.Make(new BodyArgument(results.Length + i, inputs[i].Type)));
        EquatableArray<Node> body = [.. graph.Substitute(gradients, names)];
        return [.. results.Select((_, i) => graph.Make(new CustomGradient(i, results.Length, body), inputs))];
    }

    public override Inference Infer(ImmutableArray<TensorType> inputs) => inputs[Result];

    /// <summary>As if nothing flowed into the other results; where something does, the differentiator asks for all at once.</summary>
    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) =>
        Flow(node, [.. Enumerable.Range(0, Results).Select(i => i == Result ? seed : null)], graph);

    /// <summary>What flows to the inputs when <paramref name="flows"/> flow into the results; null is nothing.</summary>
    public Gradient Flow(Node node, ImmutableArray<Node?> flows, GraphBuilder graph)
    {
        var values = new Dictionary<Node, Node>();
        for (int i = 0; i < Results; i++)
            values[graph.Make(new BodyArgument(i, node.Inputs[i].Type))] = flows[i] ?? graph.ConstantLike(0, node.Inputs[i]);
        for (int i = 0; i < node.Inputs.Length; i++)
            values[graph.Make(new BodyArgument(Results + i, node.Inputs[i].Type))] = node.Inputs[i];
        var gradients = graph.Substitute(Body, values);
        return Gradient.Of([.. node.Inputs.Select((_, i) => i >= Results && i < Results + gradients.Length ? gradients[i - Results] : null)]);
    }

    /// <summary>Whether another node is a result of the same application.</summary>
    public bool IsOfSame(Node own, Node other) =>
        other.Operator is CustomGradient custom && custom with { Result = Result } == this && own.Inputs.SequenceEqual(other.Inputs);

    public override Work Cost(Node node) => new(Dim.Zero, Dim.Zero);

    public override void Evaluate(ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols) =>
        inputs[Result].Data.CopyTo(output.Data, 0);
}
