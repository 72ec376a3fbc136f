using System.Collections.Generic;
using System.Collections.Immutable;
using NetCompiler.Graph;

namespace NetCompiler.Operators;

/// <summary>
/// One application of a layer that has states. Which value of a state it sees depends on the function: that before the call,
/// or what the application before it made of it. Compared by reference.
/// </summary>
internal sealed class LayerApplication
{
    /// <summary>The states that the layer assigned, each with its next value.</summary>
    public Dictionary<Variable, Node> Assigned { get; } = [];

    /// <summary>The states as the application finds them.</summary>
    public List<Node> Reads { get; } = [];
}

/// <summary>Stands in a graph only while it is bound: no function has one, so none is evaluated or compiled.</summary>
internal interface IWhileBinding;

/// <summary>The value of a state as an application of a layer finds it.</summary>
internal sealed record StateRead(Variable Variable, LayerApplication Application) : Supplied(Variable.Type), IWhileBinding
{
    public override string Name => "state";

    protected override string Attributes => $"\"{Variable.Name}\"";
}

/// <summary>y = x, a result of an application that assigns states: what depends on it updates these.</summary>
internal sealed record Applied(LayerApplication Application) : Operator, IWhileBinding
{
    public override string Name => "applied";

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 1);
        return inputs[0];
    }

    /// <summary>A gradient that flows through the layer depends on its application as the value does.</summary>
    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) => Gradient.Of(graph.Make(this, seed));

    public override Work Cost(Node node) => new(Dim.Zero, Dim.Zero);

    public override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols) =>
        inputs[0].Data.CopyTo(output.Data, 0);
}
