using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;

namespace NetCompiler.Loops;

/// <summary>What a kernel is called with: the address of a tensor, or a scalar by value.</summary>
internal sealed record LoopOperand(DType Element, bool IsScalar);

/// <summary>Folds <paramref name="Value"/> over the inner axes of a row.</summary>
/// <param name="Operator">The reduction: sum, max, argmax, ...</param>
/// <param name="Value">What is folded; may use reductions of earlier stages.</param>
/// <param name="Stage">Reductions of one stage share one pass over the row.</param>
/// <param name="Element">The element type of the result.</param>
internal sealed record LoopReduction(Operator Operator, LoopExpression Value, int Stage, DType Element);

/// <summary>
/// Writes <paramref name="Value"/>, which the passes before <paramref name="Stage"/> determine, to an operand: once for each row, or
/// for each element of it.
/// </summary>
internal sealed record LoopStore(int Operand, Access Access, LoopExpression Value, int Stage, bool PerRow);

/// <summary>
/// The one form of fused loops. For each row (a point of <see cref="Outer"/>; rows are independent): the reductions, stage by
/// stage, each a pass over <see cref="Inner"/>; the stores of the row; a last pass for the stores of its elements.
/// Without inner axes a row is one element.
/// </summary>
internal sealed record LoopKernel(
    ImmutableArray<Dim> Outer,
    ImmutableArray<Dim> Inner,
    ImmutableArray<LoopOperand> Operands,
    ImmutableArray<LoopReduction> Reductions,
    ImmutableArray<LoopStore> Stores)
{
    /// <summary>
    /// Called for rectangles of a matrix that a product or convolution has finished, instead of for ranges of rows: the last axis are
    /// its columns, those before are its rows. There are no inner axes.
    /// </summary>
    public bool OverTiles { get; init; }

    /// <summary>The operand whose place comes with each rectangle, since it has none of its own; null if all operands lie in memory.</summary>
    public int? Passing { get; init; }

    // Floats hold the whole numbers below exactly.
    const long ExactIndices = 1 << 24;

    /// <summary>
    /// The one float type that vectors of the loops hold; null for loops over plain numbers, of several types or without axes. Whole
    /// numbers may be there where an index is compared with one of the row, such as that of the right class: as floats the index is exact,
    /// and rounding keeps the other one on its side of it.
    /// </summary>
    public DType? LaneElement
    {
        get
        {
            var element = Stores[0].Value.Element;
            bool isOne = element is DType.F32 or DType.F64
                && LoopExpression.Reachable(Roots).All(expression => IsOfLanes(expression, element) || IsIndex(expression) || IsWholeNumberOfRow(expression))
                && Stores.All(store => store.Value.Element == element)
                && Reductions.All(reduction => reduction.Operator is Reduction && reduction.Element == element && reduction.Value.Element == element);
            return isOne && !Axes.IsEmpty ? element : null;
        }
    }

    /// <summary>Whether lanes lie along the innermost axis in any case: what is of the row is one number there.</summary>
    public bool ReadsWholeNumbersOfRows => LoopExpression.Reachable(Roots).Any(IsWholeNumberOfRow);

    bool IsOfLanes(LoopExpression expression, DType element) =>
        expression.Element == element ? expression.Inputs.All(input => input.Element == element || input.Element == DType.Bool)
        : expression.Element == DType.Bool && expression.Operation is LoopOperation.Apply apply
            && (expression.Inputs.All(input => input.Element == element || input.Element == DType.Bool)
                || apply.Operator is Equal or NotEqual or Less or LessOrEqual && expression.Inputs.Any(IsIndex) && expression.Inputs.All(input => IsIndex(input) || IsWholeNumberOfRow(input)));

    bool IsIndex(LoopExpression expression)
    {
        if (expression.Operation is not LoopOperation.Index index || !expression.Element.IsInteger() || !index.Access.Offset.IsConstant)
            return false;
        long largest = index.Access.Offset.Value;
        for (int axis = 0; axis < Axes.Length; axis++)
        {
            var stride = index.Access.Strides[axis];
            if (stride.Is(0))
                continue;
            if (!stride.IsConstant || !Axes[axis].IsConstant || stride.Value < 0 || Axes[axis].Value > ExactIndices || stride.Value > ExactIndices)
                return false;
            largest += stride.Value * Axes[axis].Value;
        }
        return index.Access.Offset.Value >= 0 && largest <= ExactIndices;
    }

    bool IsWholeNumberOfRow(LoopExpression expression) =>
        expression is { Operation: LoopOperation.Load load, Element: DType.I32 or DType.I64 } && !Inner.IsEmpty && !load.Access.DependsOn(Axes.Length - 1);

    public ImmutableArray<Dim> Axes => Outer.AddRange(Inner);

    /// <summary>As people read it: <c>[N] folding [10]</c>.</summary>
    public string Extents =>
        $"[{string.Join(", ", Outer)}]" + (Inner.IsEmpty ? "" : $" {(Reductions.IsEmpty ? "of" : "folding")} [{string.Join(", ", Inner)}]");

    public IEnumerable<LoopExpression> Roots =>
        Reductions.Select(reduction => reduction.Value).Concat(Stores.Select(store => store.Value));

    /// <summary>All accesses to memory and all index values.</summary>
    public IEnumerable<Access> Accesses =>
        Stores.Select(store => store.Access).Concat(LoopExpression.Reachable(Roots).Select(expression => expression.Operation switch
        {
            LoopOperation.Load load => load.Access,
            LoopOperation.Index index => index.Access,
            _ => null,
        }).OfType<Access>());

    /// <summary>Where the loops read an operand.</summary>
    public IEnumerable<Access> Loads(int operand) => LoopExpression.Reachable(Roots)
        .Select(expression => expression.Operation).OfType<LoopOperation.Load>().Where(load => load.Operand == operand).Select(load => load.Access);

    /// <summary>No element of an operand is read anywhere but at <paramref name="access"/>.</summary>
    public bool LoadsOnlyAt(int operand, Access access) => Loads(operand).All(load => load == access);

    /// <summary>The same loops with one more operand, of type <paramref name="element"/>, which store <paramref name="store"/> goes to as well.</summary>
    public LoopKernel StoreTwice(int store, DType element) => this with
    {
        Operands = Operands.Add(new LoopOperand(element, IsScalar: false)),
        Stores = Stores.Add(Stores[store] with { Operand = Operands.Length }),
    };
}
