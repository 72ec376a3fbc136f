using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Text;

namespace NetCompiler.Operators;

/// <summary>
/// Recurrence: runs a body once for each element of its sequences and hands the carried values from step to step.
/// Its inputs are the sequences [<see cref="Length"/>, …], the first carried values, and what every step sees unchanged.
/// The body is closed: its leaves are <see cref="BodyArgument"/> number i for input i (a sequence gives one element, without
/// the first axis) and constants, so equal bodies are equal values, and bodies may hold scans. The results are read by
/// <see cref="ScanResult"/>: first the last carried values, then each yielded value of all steps, stacked along a new first axis.
/// </summary>
/// <param name="Length">The number of steps; may be 0.</param>
/// <param name="Sequences">How many inputs are walked along.</param>
/// <param name="Carries">How many inputs are carried.</param>
/// <param name="Body">The next carried values, then what a step yields.</param>
/// <param name="Reverse">Whether the last element comes first. A yielded value stands at the place of its step's element.</param>
internal sealed record Scan(Dim Length, int Sequences, int Carries, EquatableArray<Node> Body, bool Reverse) : Operator
{
    public override string Name => "scan";

    protected override string Attributes =>
        $"length={Length}{(Reverse ? " reverse" : "")} sequences={Sequences} carries={Carries} yields={Body.Length - Carries}";

    /// <summary>The nodes, followed by those of all bodies that are within them, at any depth; each once.</summary>
    public static ImmutableArray<Node> WithBodies(ImmutableArray<Node> nodes)
    {
        var all = new List<Node>(nodes);
        var seen = new HashSet<Node>(nodes);
        for (int i = 0; i < all.Count; i++)
        {
            if (all[i].Operator is Scan scan)
                all.AddRange(Node.Reachable(scan.Body).Where(seen.Add));
        }
        return [.. all];
    }

    /// <summary>The type of result <paramref name="index"/>.</summary>
    public TensorType ResultType(int index) =>
        index < Carries ? Body[index].Type : Body[index].Type.WithShape(new Shape(Body[index].Shape.Dims.Insert(0, Length)));

    /// <summary>The type of the body's argument <paramref name="index"/>, for an input of type <paramref name="input"/>.</summary>
    public TensorType ArgumentType(int index, TensorType input) => index < Sequences ? input.WithShape(input.Shape.Without([0])) : input;

    /// <summary>Misfits are reported where the program's scan is bound, so here they are bugs.</summary>
    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        for (int i = 0; i < Sequences; i++)
        {
            if (inputs[i].Shape.IsScalar || Dim.Compare(inputs[i].Shape[0], Length) != DimRelation.Equal)
                throw new ArgumentException($"sequence {i} of {this} is {inputs[i]}", nameof(inputs));
        }
        for (int i = 0; i < Carries; i++)
        {
            if (inputs[Sequences + i] != Body[i].Type)
                throw new ArgumentException($"carried value {i} of {this} starts as {inputs[Sequences + i]} and goes on as {Body[i].Type}", nameof(inputs));
        }
        foreach (var node in Node.Reachable(Body))
        {
            if (node.Operator is Supplied and not BodyArgument { Index: >= 0 })
                throw new ArgumentException($"the body of {this} is not closed: it reads {node}", nameof(inputs));
            if (node.Operator is BodyArgument argument && node.Type != ArgumentType(argument.Index, inputs[argument.Index]))
                throw new ArgumentException($"the body of {this} takes argument {argument.Index} as {node.Type} from {inputs[argument.Index]}", nameof(inputs));
        }
        return TensorType.Bundle;
    }

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) =>
        throw new InvalidOperationException("gradients flow into all results of a scan at once: the differentiator sees to it");

    public override Work Cost(Node node)
    {
        var (multiplyAdds, flops) = (Dim.Zero, Dim.Zero);
        foreach (var step in Node.Reachable(Body))
        {
            var work = step.Operator.Cost(step);
            multiplyAdds += work.MultiplyAdds;
            flops += work.Flops;
        }
        return new(multiplyAdds * Length, flops * Length);
    }

    public override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols) =>
        throw new InvalidOperationException("a scan has several results: the evaluator asks for all at once");

    /// <summary>The reference: all results, step by step in float64.</summary>
    public ImmutableArray<ReferenceTensor> Evaluate(ImmutableArray<ReferenceTensor> inputs, IReadOnlyDictionary<string, long> symbols)
    {
        int length = checked((int)Length.Evaluate(symbols));
        var arguments = Node.Reachable(Body).Where(node => node.Operator is BodyArgument).ToList();
        var carried = inputs.Skip(Sequences).Take(Carries).ToArray();
        var yields = Enumerable.Range(Carries, Body.Length - Carries).Select(result =>
            new ReferenceTensor([.. ResultType(result).Shape.Dims.Select(dim => checked((int)dim.Evaluate(symbols)))])).ToArray();
        for (int step = 0; step < length; step++)
        {
            int place = Reverse ? length - 1 - step : step;
            var supplied = arguments.ToDictionary(node => node, node =>
            {
                int index = ((BodyArgument)node.Operator).Index;
                return index < Sequences ? inputs[index].Element(place)
                    : index < Sequences + Carries ? carried[index - Sequences]
                    : inputs[index];
            });
            var results = ReferenceEvaluator.Evaluate(Body.Items, symbols, supplied);
            for (int i = 0; i < carried.Length; i++)
                carried[i] = results[i];
            for (int i = 0; i < yields.Length; i++)
                results[Carries + i].Data.CopyTo(yields[i].Data, place * results[Carries + i].Data.Length);
        }
        return [.. carried, .. yields];
    }
}

/// <summary>
/// What the body of a scan is given for the scan's input of that number. A negative number is a stand-in, in a body that is being
/// built and is not closed yet (<see cref="ScanBuilder"/>).
/// </summary>
internal sealed record BodyArgument(int Index, TensorType Type) : Supplied(Type)
{
    public override string Name => "body_argument";

    protected override string Attributes => $"{Index}";
}

/// <summary>One of the results of a <see cref="Scan"/>.</summary>
internal sealed record ScanResult(int Index, TensorType Type) : Operator
{
    public override string Name => "scan_result";

    protected override string Attributes => $"{Index}";

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 1);
        return inputs[0] == TensorType.Bundle ? Type : throw new ArgumentException($"{this} reads {inputs[0]}", nameof(inputs));
    }

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) =>
        throw new InvalidOperationException("gradients flow into all results of a scan at once: the differentiator sees to it");

    public override Work Cost(Node node) => new(Dim.Zero, Dim.Zero);

    public override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols) =>
        throw new InvalidOperationException("a scan has several results: the evaluator asks for all at once");
}
