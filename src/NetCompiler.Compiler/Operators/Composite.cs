using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;

namespace NetCompiler.Operators;

/// <summary>
/// A further result of the kernel that computes its first input: made in the same step, in memory of its own. That input is the kernel's own
/// node, not a view of it, and is stored even where nobody else reads it.
/// </summary>
internal interface IFurtherResult;

/// <summary>
/// An operator that stands for a graph of others, which one kernel computes without storing what lies between. Value and gradient are
/// those of the graph; where the kernel does not pay, the graph takes its place.
/// </summary>
internal abstract record Composite : Operator
{
    /// <summary>The graph that it stands for.</summary>
    public abstract Node Compose(ImmutableArray<Node> inputs, GraphBuilder graph);

    /// <summary>The elements of an input, of which the reference knows the numbers only.</summary>
    protected abstract DType ElementOf(int input);

    /// <summary>That of the graph. An input counts as a variable of its own, whatever it is computed from.</summary>
    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph)
    {
        ImmutableArray<Node> arguments = [.. node.Inputs.Select(input => graph.StandIn(input.Type))];
        var value = Compose(arguments, graph);
        var flows = new Dictionary<Node, Node> { [value] = seed };
        foreach (var member in Node.Reachable([value]).Reverse().Where(flows.ContainsKey))
        {
            var flow = member.Operator.Differentiate(member, flows[member], graph);
            if (flow.Refusal is { } reason)
                return Gradient.None(reason);
            for (int i = 0; i < member.Inputs.Length; i++)
            {
                if (flow.Inputs[i] is { } contribution)
                    flows[member.Inputs[i]] = flows.TryGetValue(member.Inputs[i], out var sum) ? graph.Add(sum, contribution) : contribution;
            }
        }
        var given = new Dictionary<Node, Node>();
        for (int i = 0; i < arguments.Length; i++)
            given[arguments[i]] = node.Inputs[i];
        return Gradient.Of([.. arguments.Select(argument => flows.TryGetValue(argument, out var flow) ? graph.Substitute([flow], given)[0] : null)]);
    }

    public sealed override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols)
    {
        var graph = new GraphBuilder();
        var given = new Dictionary<Node, ReferenceTensor>();
        var arguments = ImmutableArray.CreateBuilder<Node>();
        foreach (var input in inputs)
        {
            arguments.Add(graph.StandIn(new TensorType(ElementOf(arguments.Count), new Shape(input.Dims.Select(dim => Dim.Of(dim))))));
            given.Add(arguments[arguments.Count - 1], input);
        }
        ReferenceEvaluator.Evaluate([Compose(arguments.ToImmutable(), graph)], symbols, given)[0].Data.CopyTo(output.Data, 0);
    }
}
