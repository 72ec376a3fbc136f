using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;

namespace NetCompiler.Binding;

internal sealed partial class TensorArithmetic
{
    /// <summary>
    /// <c>a @ b</c> by NumPy's rule: the last axis of a meets the last but one of b, a vector counts as a row on the left and as a
    /// column on the right, leading axes broadcast.
    /// </summary>
    Value MatrixProduct(Site site, Value left, Value right)
    {
        if (left is not TensorValue { Node: var a } || right is not TensorValue { Node: var b })
        {
            var other = left is TensorValue ? right : left;
            reporter.Report(DiagnosticCatalog.OperandKind, site, "@", other.Describe());
            return PoisonValue.Instance;
        }
        if (a.Shape.IsScalar || b.Shape.IsScalar)
        {
            reporter.Report(DiagnosticCatalog.BrokenConstraint, site, "@", $"needs tensors with axes, but gets {a.Type} and {b.Type}", "; multiply by a number with '*'");
            return PoisonValue.Instance;
        }
        (a, b) = (Widened(a), Widened(b));
        ImmutableArray<Node> operands = [a, b];
        graph.Origin = site.Origin;
        var element = DTypes.Promote(a.Element, b.Element);
        if (element.IsFloat())
            (a, b) = (graph.Cast(a, element), graph.Cast(b, element));

        bool row = a.Shape.Rank == 1, column = b.Shape.Rank == 1;
        if (row)
            a = graph.Reshape(a, new Shape([Dim.One, a.Shape[0]]));
        if (column)
            b = graph.Reshape(b, new Shape([b.Shape[0], Dim.One]));
        if (Inner(site, operands, a, b) is not { } product)
            return PoisonValue.Instance;
        graph.Origin = site.Origin;
        // Take away the axes that vectors were given.
        var dims = product.Shape.Dims;
        if (column)
            dims = dims.RemoveAt(dims.Length - 1);
        if (row)
            dims = dims.RemoveAt(dims.Length - (column ? 1 : 2));
        return Wrap(graph.Reshape(product, new Shape(dims)));
    }

    Node? Inner(Site site, ImmutableArray<Node> operands, Node a, Node b)
    {
        var (left, right) = (a.Shape[a.Shape.Rank - 1], b.Shape[b.Shape.Rank - 2]);
        if (Dim.Compare(left, right) == DimRelation.Unequal)
        {
            reporter.Report(DiagnosticCatalog.InnerDimensions, site, operands, a.Shape, b.Shape, left, right);
            return null;
        }
        if (left != right)
        {
            // A number is the better one of two names for an extent.
            if (right.IsConstant)
                a = Assume(site, "@", a, a.Shape.With(a.Shape.Rank - 1, right));
            else
                b = Assume(site, "@", b, b.Shape.With(b.Shape.Rank - 2, left));
        }
        graph.Origin = site.Origin;
        if (b.Shape.Rank == 2 && a.Shape.Rank > 2)
        {
            // One matrix for the whole batch: its rows are one long matrix, which multiplies faster than many short ones.
            var leading = a.Shape.Dims.RemoveAt(a.Shape.Rank - 1);
            var flat = graph.Reshape(a, new Shape([Dim.Product(leading), a.Shape[a.Shape.Rank - 1]]));
            return Make(site, "@", new MatMul(), flat, b) is { } rows ? graph.Reshape(rows, new Shape(leading.Add(b.Shape[1]))) : null;
        }
        if (a.Shape.Rank > 2 || b.Shape.Rank > 2)
        {
            ImmutableArray<Dim> batchA = [.. a.Shape.Dims.Take(a.Shape.Rank - 2)], batchB = [.. b.Shape.Dims.Take(b.Shape.Rank - 2)];
            if (BroadcastShapes(site, "@", [new Shape(batchA), new Shape(batchB)], operands) is not { } batch)
                return null;
            a = BroadcastTo(site, "@", a, new Shape([.. batch.Dims, .. a.Shape.Dims.Skip(batchA.Length)]));
            b = BroadcastTo(site, "@", b, new Shape([.. batch.Dims, .. b.Shape.Dims.Skip(batchB.Length)]));
        }
        return Make(site, "@", new MatMul(), a, b);
    }
}
