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
    /// <summary>A value that depends on unchanged variables alone, kept from call to call.</summary>
    Prepared,
    /// <summary>The result of a product that the loops it ends with alone see, rectangle by rectangle: it has no memory.</summary>
    Passing,
    /// <summary>In the body of a scan: one element of a sequence or of a stacked result, another one at each step.</summary>
    Element,
    /// <summary>In the body of a scan: a whole tensor of the plan around it, a carried value or one that every step sees unchanged.</summary>
    Outer,
}

/// <summary>A tensor in memory. Compared by reference.</summary>
internal sealed class Buffer(BufferKind kind, string name, TensorType type, Variable? variable = null)
{
    public BufferKind Kind { get; private set; } = kind;

    /// <summary>Letters, digits and underscores, unique in its function.</summary>
    public string Name { get; private set; } = name;

    public TensorType Type { get; } = type;

    /// <summary>The variable whose storage this is.</summary>
    public Variable? Variable { get; } = variable;

    public Dim Bytes => Type.Shape.Size * Type.Element.Bytes();

    /// <summary>Makes an intermediate value one that is prepared.</summary>
    public void Keep() => Kind = BufferKind.Prepared;

    /// <summary>Takes an intermediate value's memory away.</summary>
    public void Pass() => Kind = BufferKind.Passing;

    /// <summary>Takes the name of a tensor that has no memory of its own any more, if this one's name was only made up after it.</summary>
    public void TakeOver(Buffer other)
    {
        if (Name.StartsWith(other.Name + "_", StringComparison.Ordinal) && Name.Substring(other.Name.Length + 1).All(char.IsDigit))
            Name = other.Name;
    }

    public override string ToString() => $"{Name}: {Type}";
}

/// <summary>One unit of work of a function, executed in order.</summary>
/// <param name="Node">What it computes.</param>
/// <param name="Reads">The buffers it reads, in the order of the node's or kernel's operands; null for a scalar argument.</param>
/// <param name="Writes">The buffers it fills, one that it stores by parts once for each part; without an epilogue the first holds the value of <paramref name="Node"/>, unless that is a bundle.</param>
internal abstract record Step(Node Node, ImmutableArray<Buffer?> Reads, ImmutableArray<Buffer> Writes)
{
    /// <summary>The fused loops of the step, or of its epilogue; null if it has none.</summary>
    public virtual LoopCall? Loops => null;

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

    /// <summary>The same step, which stores the value in <paramref name="written"/> in <paramref name="second"/> too; null if it cannot.</summary>
    public virtual Step? StoreTwice(Buffer written, Buffer second) => null;
}

/// <summary>A loop kernel and what it is called with.</summary>
/// <param name="Kernel">The loops.</param>
/// <param name="Operands">The buffer behind each of the kernel's operands, those that it stores last; null for a scalar argument.</param>
/// <param name="Scalars">The scalar argument behind an operand that is one.</param>
internal sealed record LoopCall(LoopKernel Kernel, ImmutableArray<Buffer?> Operands, ImmutableArray<Node?> Scalars)
{
    /// <summary>What the kernel makes of the result of a product; null if it is not an epilogue.</summary>
    public TileUse? Tile { get; init; }
}

/// <summary>How an epilogue uses the result that it ends.</summary>
/// <param name="Input">The operand of its loops that is the result.</param>
/// <param name="IsKept">Whether the result is read later too, and not what the epilogue stores in its place.</param>
internal sealed record TileUse(int Input, bool IsKept);

/// <summary>Fused loops. <c>Scalars</c> holds the scalar argument behind each operand that is one.</summary>
internal sealed record LoopStep(
    Node Node, LoopKernel Kernel, ImmutableArray<Buffer?> Reads, ImmutableArray<Node?> Scalars, ImmutableArray<Buffer> Writes) : Step(Node, Reads, Writes)
{
    public override LoopCall? Loops => new(Kernel, [.. Reads, .. Writes], Scalars);

    public override bool MayOverwrite(int read, int write)
    {
        var store = Kernel.Stores[write];
        if (Reads[read]!.Type.Element != Writes[write].Type.Element)
            return false;
        // With several stores and several passes over a row, a later pass may need what an earlier one has overwritten.
        if (Kernel.Stores.Length > 1 && !Kernel.Reductions.IsEmpty && Kernel.Stores.Any(each => !each.PerRow))
            return false;
        // Another stage or row may still need an element unless it is read exactly where it is written.
        return Kernel.LoadsOnlyAt(read, store.Access);
    }

    public override Step? StoreTwice(Buffer written, Buffer second) => Writes.Count(write => write == written) > 1
        ? null // It is stored by parts.
        : this with { Kernel = Kernel.StoreTwice(Writes.IndexOf(written), second.Type.Element), Writes = Writes.Add(second) };
}

/// <summary>
/// A kernel of the runtime: a matrix product, a convolution, pooling, a join. With an epilogue, <c>Reads</c> are first the operands of
/// the node, then what the epilogue reads; <c>Writes</c> are what the epilogue stores, then the result of the node if that is kept.
/// </summary>
internal sealed record CallStep(Node Node, ImmutableArray<Buffer?> Reads, ImmutableArray<Buffer> Writes, Epilogue? Epilogue = null) : Step(Node, Reads, Writes)
{
    /// <summary>What the kernel itself reads.</summary>
    public ImmutableArray<Buffer?> Inputs => Epilogue is null ? Reads : [.. Reads.Take(Epilogue.FirstRead)];

    /// <summary>Where the kernel itself writes.</summary>
    public Buffer Result => Writes[Epilogue?.Result ?? 0];

    public override LoopCall? Loops => Epilogue is null ? null : new(
        Epilogue.Kernel,
        [.. Reads.Skip(Epilogue.FirstRead).Take(Epilogue.Input), Result, .. Reads.Skip(Epilogue.FirstRead + Epilogue.Input), .. Writes.Take(Epilogue.Kernel.Stores.Length)],
        Epilogue.Scalars)
    {
        Tile = new TileUse(Epilogue.Input, Epilogue.Result >= Epilogue.Kernel.Stores.Length),
    };

    /// <summary>The operands as people read them: one that a product reads with its last two axes exchanged is marked so.</summary>
    public ImmutableArray<string> Describe(Func<Buffer, string> operand) =>
        [.. Inputs.Select((read, i) => operand(read!) + (Operators.MatMulOperand.Of(Node, i).Transposed ? "^T" : ""))];

    /// <summary>Rectangles finish in any order, while others are still computed: only what the epilogue alone reads, where it stores, may go.</summary>
    public override bool MayOverwrite(int read, int write)
    {
        if (Epilogue is null || read < Epilogue.FirstRead || write == Epilogue.Result || write >= Epilogue.Kernel.Stores.Length)
            return false;
        int operand = read - Epilogue.FirstRead;
        return Reads[read]!.Type.Element == Writes[write].Type.Element
            && Epilogue.Kernel.LoadsOnlyAt(operand < Epilogue.Input ? operand : operand + 1, Epilogue.Kernel.Stores[write].Access);
    }

    public override Step? StoreTwice(Buffer written, Buffer second)
    {
        if (Epilogue is null || Writes.IndexOf(written) >= Epilogue.Kernel.Stores.Length)
            return null;
        int stores = Epilogue.Kernel.Stores.Length;
        return this with
        {
            Writes = Writes.Insert(stores, second),
            Epilogue = Epilogue with
            {
                Kernel = Epilogue.Kernel.StoreTwice(Writes.IndexOf(written), second.Type.Element),
                Result = Epilogue.Result < stores ? Epilogue.Result : Epilogue.Result + 1,
            },
        };
    }
}

/// <summary>Element-wise work on the result of a kernel, done on each rectangle of it while that is in the cache.</summary>
/// <param name="Node">What it computes.</param>
/// <param name="Kernel">The loops, over the result as a matrix.</param>
/// <param name="Input">The operand of <paramref name="Kernel"/> that is the result.</param>
/// <param name="Scalars">The scalar argument behind an operand that is one.</param>
/// <param name="FirstRead">Where in the step's reads those of the epilogue begin.</param>
/// <param name="Result">Where in the step's writes the result is: what the epilogue stores in its place, or the last one if both are kept.</param>
/// <param name="Parts">
/// Into how many parts of equal width the columns of the result are cut; the loops run over those of one part and read all parts there:
/// the gates of a recurrent cell.
/// </param>
internal sealed record Epilogue(Node Node, LoopKernel Kernel, int Input, ImmutableArray<Node?> Scalars, int FirstRead, int Result, int Parts = 1);

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
/// <param name="Prepared">How many of the steps, the first ones, need to run only when variables that they depend on have changed.</param>
/// <param name="Arguments">For each argument of the function its buffer, or null for a scalar and for one that nothing reads.</param>
/// <param name="Results">For each output its buffer.</param>
/// <param name="Slots">The pieces of the arena.</param>
internal sealed record FunctionPlan(
    FunctionModel Function,
    ImmutableArray<Step> Steps,
    int Prepared,
    ImmutableArray<Buffer?> Arguments,
    ImmutableArray<Buffer> Results,
    ImmutableArray<Slot> Slots)
{
    /// <summary>The variables that the prepared steps depend on.</summary>
    public IEnumerable<Variable> PreparedFrom =>
        Steps.Take(Prepared).SelectMany(step => step.Reads).Where(read => read!.Kind == BufferKind.Variable).Select(read => read!.Variable!).Distinct();

    /// <summary>The tensors that are kept from call to call.</summary>
    public IEnumerable<Buffer> PreparedBuffers => Steps.Take(Prepared).SelectMany(step => step.Writes).Where(write => write.Kind == BufferKind.Prepared);

    /// <summary>How many values are computed again for the gradients instead of kept.</summary>
    public int Recomputed { get; init; }
}

/// <summary>A piece of the arena that buffers share: those whose lives overlap lie beside each other.</summary>
/// <param name="Bytes">Its length, for every value of the symbols.</param>
/// <param name="Places">Whom it serves, in the order of their first steps.</param>
internal sealed record Slot(Dim Bytes, ImmutableArray<Place> Places)
{
    public IEnumerable<Buffer> Buffers => Places.Select(place => place.Buffer);
}

/// <summary>Where in a slot a buffer begins, in bytes.</summary>
internal sealed record Place(Buffer Buffer, Dim Offset);
