using System;
using System.Collections.Generic;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Loops;
using NetCompiler.Operators;
using static NetCompiler.Emit.CSharp;

namespace NetCompiler.Emit.Cpu;

internal sealed partial class LoopKernelWriter
{
    void WriteScalar()
    {
        _writer.Line(Optimised);
        using (_writer.Block("public void Run(nint begin, nint end)"))
        using (_writer.Block("for (nint row = begin; row < end; row++)"))
        {
            WriteRowIndices([.. Enumerable.Range(0, OuterAxes)]);
            var scope = new ExpressionWriter(_kernel, _writer, _form, laneAxis: -1, lanes: null);
            foreach (var stage in Stages())
            {
                foreach (int reduction in stage)
                    WriteScalarAccumulator(reduction);
                scope.DefineUniform(stage.Select(reduction => _kernel.Reductions[reduction].Value), Enumerable.Range(0, OuterAxes));
                OverInner(scope, _kernel.Inner.Length, () =>
                {
                    foreach (int reduction in stage)
                        WriteScalarFold(scope, reduction);
                });
            }
            WriteScalarStores(scope, _kernel.Stores.Where(store => store.PerRow || _kernel.Inner.IsEmpty));
            var elements = _kernel.Stores.Where(store => !store.PerRow && !_kernel.Inner.IsEmpty).ToList();
            if (elements.Count > 0)
            {
                scope.DefineUniform(elements.Select(store => store.Value), Enumerable.Range(0, OuterAxes));
                OverInner(scope, _kernel.Inner.Length, () => WriteScalarStores(scope, elements));
            }
        }
    }

    void WriteScalarAccumulator(int reduction)
    {
        var fold = _kernel.Reductions[reduction];
        if (fold.Operator is PositionOf)
        {
            _writer.Line($"{TypeName(fold.Value.Element)} best{reduction} = default;");
            _writer.Line($"int r{reduction} = -1;");
        }
        else
        {
            _writer.Line($"{TypeName(fold.Element)} r{reduction} = {LoopKernelText.Identity(fold)};");
        }
    }

    void WriteScalarFold(ExpressionWriter scope, int reduction)
    {
        var fold = _kernel.Reductions[reduction];
        string value = scope.Scalar(fold.Value);
        if (fold.Operator is not PositionOf)
        {
            _writer.Line($"r{reduction} = {FoldScalar(fold, $"r{reduction}", value)};");
            return;
        }
        _writer.Line($"var x{reduction} = {value};");
        string better = fold.Operator is ArgMax ? ">" : "<";
        // NaN beats every number, the first one stays.
        string nan = fold.Value.Element.IsFloat() ? $" || {TypeName(fold.Value.Element)}.IsNaN(x{reduction}) && !{TypeName(fold.Value.Element)}.IsNaN(best{reduction})" : "";
        using (_writer.Block($"if (r{reduction} < 0 || x{reduction} {better} best{reduction}{nan})"))
        {
            _writer.Line($"best{reduction} = x{reduction};");
            _writer.Line($"r{reduction} = (int)i{_kernel.Axes.Length - 1};");
        }
    }
}
