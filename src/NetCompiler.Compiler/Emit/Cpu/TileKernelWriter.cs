using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Loops;
using NetCompiler.Text;
using static NetCompiler.Emit.CSharp;

namespace NetCompiler.Emit.Cpu;

/// <summary>
/// Writes the body of a loop kernel that ends a product or convolution: its <c>Run(row, rows, column, columns)</c> does a rectangle. Kernels
/// whose rows are as short as a vector, as those of blocked images are, have the same body, and their <c>Run(begin, end)</c> does whole rows.
/// Lanes lie along the columns. The index of the first row is taken apart once, then rows are counted; what does not depend on the
/// innermost row axis, such as a bias, is loaded once for a block of rows.
/// </summary>
internal sealed class TileKernelWriter(LoopKernel kernel, CodeWriter writer, bool overLanes)
{
    // Of a result with long rows more would fall out of the first cache from one block of columns to the next.
    const int BlockRows = 16, BlockShortRows = 1024;

    readonly DType _element = kernel.Stores[0].Value.Element;

    /// <summary>The axes of the rows; the one after them is that of the columns.</summary>
    int RowAxes => kernel.Outer.Length - 1;

    /// <summary>Whether rows are so short that a loop over one is not worth its beginning and its end.</summary>
    public static bool HasShortRows(LoopKernel kernel) =>
        kernel is { Inner.IsEmpty: true, Outer.Length: > 1 } && kernel.Outer[kernel.Outer.Length - 1] is { IsConstant: true, Value: 16 or 32 };

    public void Write()
    {
        var (wide, medium, one) = RuntimeApi.LanesOf(_element);
        string rows = overLanes ? "Rows<L>" : "Rows";
        using (writer.Block(kernel.OverTiles ? $"public void Run({Passed}nint row, nint rows, nint column, nint columns)" : "public void Run(nint begin, nint end)"))
        {
            string range = Passing + (kernel.OverTiles ? "row, rows, column, column + columns" : $"begin, end - begin, 0, {Expression(kernel.Axes[RowAxes])}");
            if (overLanes)
            {
                writer.Lines($"""
                    if ({RuntimeApi.Simd}.Has512) Rows<{wide}>({range});
                    else if ({RuntimeApi.Simd}.Has256) Rows<{medium}>({range});
                    else Rows<{one}>({range});
                    """);
            }
            else
            {
                writer.Line($"Rows({range});");
            }
        }
        writer.Line();
        writer.Line(LoopKernelWriter.Optimised);
        using (writer.Block($"void {rows}({Passed}nint row, nint rows, nint column, nint end){Constraint}"))
            WriteRows(one);
        writer.Line();
        // Called for each tile, it would be slow code for long before the runtime replaced it.
        writer.Line(LoopKernelWriter.Optimised);
        string tile = string.Concat(Enumerable.Range(0, RowAxes).Select(axis => axis == RowAxes - 1 ? "nint first, nint last, " : $"nint i{axis}, "));
        using (writer.Block($"void {(overLanes ? "Tile<L>" : "Tile")}({Passed}{tile}ref nint column, nint end){Constraint}"))
            WriteTile();
        if (kernel.Passing is { } passing)
            WriteFetch(passing);
    }

    /// <summary>The operand without a place of its own, as a parameter and as an argument of the kernel's methods.</summary>
    string Passed => kernel.Passing is { } operand ? $"{RuntimeApi.Pointer}<{TypeName(kernel.Operands[operand].Element)}> p{operand}, " : "";

    string Passing => kernel.Passing is { } operand ? $"p{operand}, " : "";

    /// <summary>Fetches what is read where the elements of the product are.</summary>
    void WriteFetch(int passing)
    {
        var place = kernel.Loads(passing).First();
        var beside = Enumerable.Range(0, kernel.Operands.Length).Where(operand => operand != passing && kernel.Loads(operand).Contains(place)).ToList();
        writer.Line();
        using (writer.Block("public void Fetch(nint row, nint rows, nint column, nint columns)"))
        {
            string stride = Factor(place.Strides[RowAxes - 1]);
            foreach (int operand in beside)
                writer.Line($"{RuntimeApi.Gemm}.Fetch(p{operand}.Offset(row * {stride} + column), {stride}, rows, columns);");
        }
    }

    string Constraint => overLanes ? $" where L : struct, {RuntimeApi.Lanes}<L, {TypeName(_element)}>" : "";

    /// <summary>Cuts a rectangle into blocks whose rows differ in the innermost row axis only.</summary>
    void WriteRows(string one)
    {
        int inner = RowAxes - 1;
        if (inner < 0)
        {
            WriteTileCalls("", "column", one);
            return;
        }
        string rest = "row";
        for (int axis = inner; axis > 0; axis--)
        {
            writer.Line($"nint i{axis} = {rest} % {Factor(kernel.Axes[axis])};");
            rest = $"{rest} / {Factor(kernel.Axes[axis])}";
        }
        writer.Line($"nint i0 = {rest};");
        using (writer.Block("for (nint left = rows; left > 0;)"))
        {
            string block = $"Math.Min(left, {(HasShortRows(kernel) ? BlockShortRows : BlockRows)})";
            writer.Line($"nint last = i{inner} + {(inner > 0 ? $"Math.Min({Expression(kernel.Axes[inner])} - i{inner}, {block})" : block)};");
            writer.Line("nint i = column;");
            WriteTileCalls(string.Concat(Enumerable.Range(0, inner).Select(axis => $"i{axis}, ")) + $"i{inner}, last, ", "i", one);
            writer.Line($"left -= last - i{inner};");
            writer.Line($"i{inner} = last;");
            WriteCarry(inner);
        }
    }

    void WriteCarry(int axis)
    {
        if (axis == 0)
            return;
        using (writer.Block($"if (i{axis} == {Expression(kernel.Axes[axis])})"))
        {
            writer.Line($"i{axis} = 0;");
            writer.Line($"i{axis - 1}++;");
            WriteCarry(axis - 1);
        }
    }

    void WriteTileCalls(string rows, string column, string one)
    {
        if (!overLanes)
        {
            writer.Line($"Tile({Passing}{rows}ref {column}, end);");
            return;
        }
        writer.Line($"Tile<L>({Passing}{rows}ref {column}, end);");
        // Whole blocks have no remainder.
        writer.Line($"if ({column} < end)");
        using (writer.Indent())
            writer.Line($"Tile<{one}>({Passing}{rows}ref {column}, end);");
    }

    void WriteTile()
    {
        int inner = RowAxes - 1;
        var scope = new ExpressionWriter(kernel, writer, overLanes ? LoopForm.LanesAreRows : LoopForm.Scalar, overLanes ? RowAxes : -1, overLanes ? "L" : null);
        ImmutableArray<LoopExpression> values = [.. kernel.Stores.Select(store => store.Value)];
        var rowRoots = kernel.Roots.ToList();
        scope.DefineUniform(rowRoots, Enumerable.Range(0, System.Math.Max(0, inner)));
        if (overLanes && inner >= 0 && !HasShortRows(kernel) && kernel.Accesses.All(access => access.DependsOn(inner)))
        {
            WriteRowByRow(scope, values, inner);
            return;
        }
        // A local index: the JIT keeps no reference parameter in a register.
        writer.Line("nint i = column;");
        using (writer.Block(overLanes ? "for (; i <= end - L.Count; i += L.Count)" : "for (; i < end; i++)"))
        {
            scope.Rename(RowAxes, "i");
            if (inner >= 0)
            {
                scope.DefineInvariant(rowRoots, inner);
                using (writer.Block($"for (nint i{inner} = first; i{inner} < last; i{inner}++)"))
                    WriteStores(scope, values);
            }
            else
            {
                WriteStores(scope, values);
            }
        }
        writer.Line("column = i;");
    }

    /// <summary>Where nothing is the same for all rows, these are walked one after the other, as they lie in memory.</summary>
    void WriteRowByRow(ExpressionWriter scope, ImmutableArray<LoopExpression> values, int inner)
    {
        writer.Line("nint done = column + (end - column) / L.Count * L.Count;");
        scope.Rename(RowAxes, "i");
        using (writer.Block($"for (nint i{inner} = first; i{inner} < last; i{inner}++)"))
        using (writer.Block("for (nint i = column; i < done; i += L.Count)"))
            WriteStores(scope, values);
        writer.Line("column = done;");
    }

    void WriteStores(ExpressionWriter scope, ImmutableArray<LoopExpression> values)
    {
        scope.NameShared(values);
        scope.NameBeforeStores(values);
        foreach (var store in kernel.Stores)
        {
            writer.Line(overLanes
                ? scope.Store(store.Operand, store.Access, scope.Lanes(store.Value))
                : scope.ScalarStore(store.Operand, store.Access, scope.Scalar(store.Value)));
        }
    }
}
