using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Loops;

namespace NetCompiler.Plan;

internal enum BufferKind
{
    /// <summary>A tensor that the caller passes; copied in before the first step.</summary>
    Argument,
    /// <summary>The storage of a parameter or state.</summary>
    Variable,
    /// <summary>A tensor handed to the caller.</summary>
    Result,
    /// <summary>An intermediate value.</summary>
    Temporary,
    /// <summary>In the body of a scan: one element of a sequence or of a stacked result, another one at each step.</summary>
    Element,
    /// <summary>In the body of a scan: a whole tensor of the plan around it, a carried value or one that every step sees unchanged.</summary>
    Outer,
}

/// <summary>A tensor in memory. Compared by reference.</summary>
internal sealed class Buffer(BufferKind kind, string name, TensorType type, Variable? variable = null)
{
    public BufferKind Kind { get; } = kind;

    /// <summary>Letters, digits and underscores, unique in its function.</summary>
    public string Name { get; } = name;

    public TensorType Type { get; } = type;

    /// <summary>The variable whose storage this is.</summary>
    public Variable? Variable { get; } = variable;

    public Dim Bytes => Type.Shape.Size * Type.Element.Bytes();

    public override string ToString() => $"{Name}: {Type}";
}

/// <summary>One unit of work of a function, executed in order.</summary>
/// <param name="Node">What it computes.</param>
/// <param name="Reads">The buffers it reads, in the order of the node's or kernel's operands; null for a scalar argument.</param>
/// <param name="Writes">The buffers it fills; the first holds the value of <paramref name="Node"/>, unless that is a bundle.</param>
internal abstract record Step(Node Node, ImmutableArray<Buffer?> Reads, ImmutableArray<Buffer> Writes)
{
    /// <summary>
    /// The value behind each of <see cref="Reads"/>, and behind the first of <see cref="Writes"/>: what the step computes is all nodes from
    /// these to those. Both are empty for a step that only copies its one read to its one write, and for scans.
    /// </summary>
    public ImmutableArray<Node> Operands { get; init; } = [];

    /// <inheritdoc cref="Operands"/>
    public ImmutableArray<Node> Values { get; init; } = [];

    /// <summary>
    /// A read may share storage with a result: each element is read before the one written in its place, and for nothing that is
    /// computed after.
    /// </summary>
    public abstract bool MayOverwrite(int read, int write);
}

/// <summary>Fused loops. <c>Scalars</c> holds the scalar argument behind each operand that is one.</summary>
internal sealed record LoopStep(
    Node Node, LoopKernel Kernel, ImmutableArray<Buffer?> Reads, ImmutableArray<Node?> Scalars, ImmutableArray<Buffer> Writes) : Step(Node, Reads, Writes)
{
    public override bool MayOverwrite(int read, int write)
    {
        var store = Kernel.Stores[write];
        if (Reads[read]!.Type.Element != Writes[write].Type.Element)
            return false;
        // With several stores and several passes over a row, a later pass may need what an earlier one has overwritten.
        if (Kernel.Stores.Length > 1 && !Kernel.Reductions.IsEmpty && Kernel.Stores.Any(each => !each.PerRow))
            return false;
        // Another stage or row may still need an element unless it is read exactly where it is written.
        foreach (var expression in LoopExpression.Reachable(Kernel.Roots))
        {
            if (expression.Operation is LoopOperation.Load load && load.Operand == read && load.Access != store.Access)
                return false;
        }
        return true;
    }

    /// <summary>The same loops, which store the value in <paramref name="written"/> in <paramref name="second"/> too.</summary>
    public LoopStep StoreTwice(Buffer written, Buffer second)
    {
        var store = Kernel.Stores[Writes.IndexOf(written)];
        var kernel = Kernel with
        {
            Operands = Kernel.Operands.Add(new LoopOperand(second.Type.Element, IsScalar: false)),
            Stores = Kernel.Stores.Add(store with { Operand = Kernel.Operands.Length }),
        };
        return this with { Kernel = kernel, Writes = Writes.Add(second) };
    }
}

/// <summary>A kernel of the runtime: a matrix product, a convolution, pooling, a join.</summary>
internal sealed record CallStep(Node Node, ImmutableArray<Buffer?> Reads, ImmutableArray<Buffer> Writes) : Step(Node, Reads, Writes)
{
    /// <summary>The operands as people read them: one that a product reads with its last two axes exchanged is marked so.</summary>
    public ImmutableArray<string> Describe(Func<Buffer, string> operand) =>
        [.. Reads.Select((read, i) => operand(read!) + (Node.Operator is Operators.MatMul && MatMulOperand.Of(Node.Inputs[i]).Transposed ? "^T" : ""))];

    public override bool MayOverwrite(int read, int write) => false;
}

/// <summary>
/// A loop over the steps of a scan. <c>Reads</c> are its inputs; <c>Writes</c> the storage of the carried values, which the first
/// values are copied to and where the last ones remain, then the stacked results.
/// </summary>
internal sealed record ScanStep(Node Node, ImmutableArray<Buffer?> Reads, ImmutableArray<Buffer> Writes, BodyPlan Body) : Step(Node, Reads, Writes)
{
    public Operators.Scan Scan => (Operators.Scan)Node.Operator;

    /// <summary>A carried value may take the place of its first value; all else is read at each step.</summary>
    public override bool MayOverwrite(int read, int write) => write < Scan.Carries && read == Scan.Sequences + write;

    /// <summary>For each of the body's buffers that lies in one of the plan around it, which one that is.</summary>
    public IEnumerable<(Buffer Inner, Buffer Outer)> Places()
    {
        for (int i = 0; i < Reads.Length; i++)
        {
            bool carried = i >= Scan.Sequences && i < Scan.Sequences + Scan.Carries;
            if (Body.Arguments[i] is { } argument)
                yield return (argument, carried ? Writes[i - Scan.Sequences] : Reads[i]!);
        }
        for (int i = 0; i < Body.Yields.Length; i++)
            yield return (Body.Yields[i], Writes[Scan.Carries + i]);
    }
}

/// <summary>What one step of a scan does, and where its values lie.</summary>
/// <param name="Steps">The work, in order. Carried values are overwritten like variables: each is read before.</param>
/// <param name="Arguments">For each input of the scan its buffer, or null if no step reads it.</param>
/// <param name="Yields">The elements of stacked results that a step fills.</param>
/// <param name="Slots">The memory of intermediate values, which live during a step.</param>
internal sealed record BodyPlan(ImmutableArray<Step> Steps, ImmutableArray<Buffer?> Arguments, ImmutableArray<Buffer> Yields, ImmutableArray<Slot> Slots);

/// <summary>What a function does, step by step, and where everything lies.</summary>
/// <param name="Function">The function.</param>
/// <param name="Steps">The work, in order.</param>
/// <param name="Arguments">For each argument of the function its buffer, or null for a scalar and for one that nothing reads.</param>
/// <param name="Results">For each output its buffer.</param>
/// <param name="Slots">The pieces of the arena.</param>
internal sealed record FunctionPlan(
    FunctionModel Function,
    ImmutableArray<Step> Steps,
    ImmutableArray<Buffer?> Arguments,
    ImmutableArray<Buffer> Results,
    ImmutableArray<Slot> Slots);

/// <summary>A piece of the arena that buffers share: those whose lives overlap lie beside each other.</summary>
/// <param name="Bytes">Its length, for every value of the symbols.</param>
/// <param name="Places">Whom it serves, in the order of their first steps.</param>
internal sealed record Slot(Dim Bytes, ImmutableArray<Place> Places)
{
    public IEnumerable<Buffer> Buffers => Places.Select(place => place.Buffer);
}

/// <summary>Where in a slot a buffer begins, in bytes.</summary>
internal sealed record Place(Buffer Buffer, Dim Offset);
