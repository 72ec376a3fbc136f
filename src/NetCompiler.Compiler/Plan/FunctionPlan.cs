using System;
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
}

/// <summary>A tensor in memory. Compared by reference.</summary>
internal sealed class Buffer(int id, BufferKind kind, string name, TensorType type, Variable? variable = null)
{
    public int Id { get; } = id;

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
/// <param name="Writes">The buffers it fills; the first holds the value of <paramref name="Node"/>.</param>
internal abstract record Step(Node Node, ImmutableArray<Buffer?> Reads, ImmutableArray<Buffer> Writes)
{
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
}

/// <summary>A kernel of the runtime: a matrix product, a convolution, pooling, a join.</summary>
internal sealed record CallStep(Node Node, ImmutableArray<Buffer?> Reads, ImmutableArray<Buffer> Writes) : Step(Node, Reads, Writes)
{
    /// <summary>The operands as people read them: one that a product reads with its last two axes exchanged is marked so.</summary>
    public ImmutableArray<string> Describe(Func<Buffer, string> operand) =>
        [.. Reads.Select((read, i) => operand(read!) + (Node.Operator is Operators.MatMul && MatMulOperand.Of(Node.Inputs[i]).Transposed ? "^T" : ""))];

    public override bool MayOverwrite(int read, int write) => false;
}

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

/// <summary>A piece of the arena that buffers share whose lives do not overlap.</summary>
/// <param name="Bytes">The largest of its buffers.</param>
/// <param name="Buffers">Whom it serves, in the order of their first steps.</param>
internal sealed record Slot(Dim Bytes, ImmutableArray<Buffer> Buffers);
