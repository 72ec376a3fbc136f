using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;

namespace NetCompiler.Operators;

/// <summary>
/// Computes nodes in float64 by the operators' own references: what all generated code is held against. Floats are not rounded to
/// their declared type; integers wrap as theirs does and are exact up to 2^53.
/// </summary>
internal static class ReferenceEvaluator
{
    /// <param name="roots">The nodes to compute.</param>
    /// <param name="symbols">The value of each symbolic dimension.</param>
    /// <param name="supplied">
    /// The values of arguments and variables. Any other node may be given a value too, which then stands in for its computation.
    /// </param>
    public static ImmutableArray<ReferenceTensor> Evaluate(
        ImmutableArray<Node> roots, IReadOnlyDictionary<string, long> symbols, IReadOnlyDictionary<Node, ReferenceTensor> supplied)
    {
        var values = new Dictionary<Node, ReferenceTensor>();
        var bundles = new Dictionary<Node, ImmutableArray<ReferenceTensor>>();
        foreach (var node in Needed(roots, supplied))
        {
            if (node.Operator is Scan scan)
            {
                bundles[node] = scan.Evaluate([.. node.Inputs.Select(input => values[input])], symbols);
                continue;
            }
            ImmutableArray<int> dims = [.. node.Shape.Dims.Select(dim => checked((int)dim.Evaluate(symbols)))];
            if (supplied.TryGetValue(node, out var value))
            {
                if (!value.Dims.SequenceEqual(dims))
                    throw new ArgumentException($"{node} needs [{string.Join(", ", dims)}], but gets [{string.Join(", ", value.Dims)}]", nameof(supplied));
            }
            else if (node.Operator is ScanResult result)
            {
                value = bundles[node.Inputs[0]][result.Index];
            }
            else
            {
                value = new ReferenceTensor(dims);
                node.Operator.Evaluate([.. node.Inputs.Select(input => values[input])], value, symbols);
                for (int i = 0; i < value.Data.Length; i++)
                    value.Data[i] = Represent(value.Data[i], node.Element);
            }
            values[node] = value;
        }
        return [.. roots.Select(root => values[root])];
    }

    static IEnumerable<Node> Needed(ImmutableArray<Node> roots, IReadOnlyDictionary<Node, ReferenceTensor> supplied)
    {
        var seen = new HashSet<Node>();
        var pending = new Stack<Node>(roots);
        while (pending.Count > 0)
        {
            var node = pending.Pop();
            if (!seen.Add(node) || supplied.ContainsKey(node))
                continue;
            foreach (var input in node.Inputs)
                pending.Push(input);
        }
        return seen.OrderBy(node => node.Id);
    }

    /// <summary>Wraps an integer result into its type; the infinities of empty reductions become the type's bounds.</summary>
    static double Represent(double value, DType element) => element switch
    {
        DType.Bool => value > 0 ? 1 : 0,
        DType.U8 when double.IsInfinity(value) => value > 0 ? byte.MaxValue : byte.MinValue,
        DType.U8 => unchecked((byte)(long)value),
        DType.I32 when double.IsInfinity(value) => value > 0 ? int.MaxValue : int.MinValue,
        DType.I32 => unchecked((int)(long)value),
        DType.I64 when double.IsInfinity(value) => value > 0 ? long.MaxValue : long.MinValue,
        _ => value,
    };
}
