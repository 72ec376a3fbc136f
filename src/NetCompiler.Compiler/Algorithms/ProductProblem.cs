using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;

namespace NetCompiler.Algorithms;

/// <summary>A product [M, K] · [K, N] of f32 in numbers. Symbolic sizes count what is typical of the function; an algorithm is right for all.</summary>
/// <param name="Rows">M.</param>
/// <param name="Columns">N.</param>
/// <param name="Depth">K.</param>
/// <param name="TransposesLeft">Whether the left operand lies in memory as its transpose.</param>
/// <param name="TransposesRight">Whether the right operand does.</param>
/// <param name="IsShared">Whether the right operand is the same for many products and of known sizes, so that it can be packed once.</param>
internal sealed record ProductProblem(long Rows, long Columns, long Depth, bool TransposesLeft, bool TransposesRight, bool IsShared) : KernelProblem
{
    /// <summary>The sizes in the program's symbols.</summary>
    public EquatableArray<Dim> Sizes { get; init; } = [Rows, Columns, Depth];

    /// <summary>How many such products one call computes, on a GPU; symbolic sizes count what is typical.</summary>
    public long Batch { get; init; } = 1;

    /// <summary>The same in the program's symbols.</summary>
    public Dim SymbolicBatch { get; init; } = 1;

    public long MultiplyAdds => Batch * Rows * Columns * Depth;

    public override string Signature =>
        $"matmul f32 {(SymbolicBatch.Is(1) ? "" : $"{Size(SymbolicBatch, Batch)} of ")}[{Size(0, Rows)},{Size(2, Depth)}]{(TransposesLeft ? "^T" : "")}*[{Size(2, Depth)},{Size(1, Columns)}]{(TransposesRight ? "^T" : "")}{(IsShared ? " shared" : "")}";

    public override long AssumedBatch => !SymbolicBatch.IsConstant ? Batch : !Sizes[0].IsConstant ? Rows : !Sizes[2].IsConstant ? Depth : 0;

    public override bool IsPrepared => IsShared;

    /// <summary>The problem of a product of f32 matrices; null for others.</summary>
    /// <param name="node">A node.</param>
    /// <param name="trains">Whether it stands in a function that trains.</param>
    /// <param name="isShared">Whether its right operand is the same for many products; null where the operator says it.</param>
    public static ProductProblem? Of(Node node, bool trains, bool? isShared = null)
    {
        if (node.Operator is not MatrixProduct || node.Element != DType.F32 || node.Shape.Rank != 2)
            return null;
        return OfMatrices(node, trains, isShared);
    }

    /// <summary>The problem of one or many products of f32 matrices, which GPUs compute by one kernel; null for others.</summary>
    /// <param name="node">A node.</param>
    /// <param name="trains">Whether it stands in a function that trains.</param>
    public static ProductProblem? OfGpu(Node node, bool trains) => node is { Operator: MatMul, Element: DType.F32 } ? OfMatrices(node, trains, isShared: false) : null;

    static ProductProblem OfMatrices(Node node, bool trains, bool? isShared)
    {
        int rank = node.Shape.Rank;
        Dim m = node.Shape[rank - 2], n = node.Shape[rank - 1], k = node.Inputs[0].Shape[rank - 1], batch = Dim.Product(node.Shape.Dims.RemoveRange(rank - 2, 2));
        bool shared = n.IsConstant && k.IsConstant && (isShared ?? node.Operator is PackedMatMul or MatMul { IsShared: true });
        bool transposesRight = node.Operator is PackedMatMul packed ? packed.WasTransposed : MatMulOperand.Of(node, 1).Transposed;
        long Typical(Dim size) => size.Evaluate(size.Symbols.Distinct().ToDictionary(symbol => symbol, _ => ConvolutionProblem.TypicalBatch(trains)));
        return new(Typical(m), Typical(n), Typical(k), MatMulOperand.Of(node, 0).Transposed, transposesRight, shared)
        {
            Sizes = [m, n, k],
            Batch = Typical(batch),
            SymbolicBatch = batch,
        };
    }

    /// <summary>The algorithm that was chosen for a product; null for what is none, and where there is no choice.</summary>
    public static string? Chosen(Node node) => node.Operator switch
    {
        MatMul { Algorithm.Length: > 0 } product => product.Algorithm,
        PackedMatMul => PackedProduct.PackedName,
        _ => null,
    };

    public override KernelProblem At(IReadOnlyDictionary<string, long> symbols)
    {
        long Value(int size, long assumed) => Sizes[size].Symbols.All(symbols.ContainsKey) ? Sizes[size].Evaluate(symbols) : assumed;
        long batch = SymbolicBatch.Symbols.All(symbols.ContainsKey) ? SymbolicBatch.Evaluate(symbols) : Batch;
        return this with { Rows = Value(0, Rows), Columns = Value(1, Columns), Depth = Value(2, Depth), Batch = batch };
    }

    public override ImmutableArray<KernelCandidate> Candidates(double budget) => [.. ProductAlgorithm.All.Select(algorithm => algorithm.Candidate(this, MachineModel.Default, budget))];

    public override ImmutableArray<KernelCandidate> GpuCandidates(double budget, OperandPrecision precision) =>
        [.. GpuProductAlgorithm.All.Select(algorithm => algorithm.Candidate(this, GpuModel.Default, budget, precision))];

    string Size(int index, long typical) => Size(Sizes[index], typical);

    static string Size(Dim size, long typical) => size.IsConstant ? size.ToString() : FormattableString.Invariant($"{size}={typical}");
}
