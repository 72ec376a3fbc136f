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
    void WriteLanesAreRows()
    {
        int lane = LaneAxis;
        var rowAxes = Enumerable.Range(0, lane).ToList();
        string indices = string.Concat(rowAxes.Select(axis => $"i{axis}, "));
        string parameters = string.Concat(rowAxes.Select(axis => $"nint i{axis}, "));

        _writer.Line(Optimised);
        using (_writer.Block($"void Rows<L>(nint begin, nint end) {Constraint}"))
        {
            if (rowAxes.Count == 0)
            {
                _writer.Line($"nint i{lane} = begin;");
                WriteLanesCalls("", "end");
            }
            else
            {
                using (_writer.Block("for (nint row = begin; row < end; row++)"))
                {
                    WriteRowIndices(rowAxes);
                    string extent = Expression(_kernel.Axes[lane]);
                    _writer.Line($"nint i{lane} = 0;");
                    WriteLanesCalls(indices, extent);
                }
            }
        }
        _writer.Line();
        _writer.Line(Optimised);
        using (_writer.Block($"void Lanes<L>({parameters}ref nint i{lane}, nint count) {Constraint}"))
        {
            var scope = new ExpressionWriter(_kernel, _writer, _form, LaneAxis, "L");
            scope.DefineUniform(_kernel.Roots, rowAxes);
            // A local index: the JIT keeps no reference parameter in a register.
            _writer.Line($"nint i = i{lane};");
            using (_writer.Block("for (; i <= count - L.Count; i += L.Count)"))
            {
                scope.Rename(lane, "i");
                WriteStages(scope);
                WriteBeforeStores(scope, _kernel.Stores);
                foreach (var store in _kernel.Stores)
                    WriteLanesStore(scope, store);
            }
            _writer.Line($"i{lane} = i;");
        }
        if (VectorsAtOnce > 1)
            WriteVectorsAtOnce(parameters, rowAxes);

        void WriteLanesCalls(string indices, string end)
        {
            if (VectorsAtOnce > 1)
                _writer.Line($"Wide<L>({indices}ref i{lane}, {end});");
            _writer.Line($"Lanes<L>({indices}ref i{lane}, {end});");
            _writer.Line($"Lanes<{One}>({indices}ref i{lane}, {end});");
        }
    }

    /// <summary>
    /// How many neighbouring vectors of sums are folded together: memory is then read in longer pieces, of which each page holds
    /// but one, and no sum waits for the addition before.
    /// </summary>
    int VectorsAtOnce
    {
        get
        {
            const int vectors = 4, mostReductions = 3;
            bool isShort = _kernel.Axes[LaneAxis] is { IsConstant: true, Value: < 16 * vectors };
            return _kernel.Inner.IsEmpty || _kernel.Reductions.Length > mostReductions || Stages().Count() != 1 || isShort ? 1 : vectors;
        }
    }

    void WriteVectorsAtOnce(string parameters, List<int> rowAxes)
    {
        int lane = LaneAxis;
        static string At(int vector) => vector == 0 ? "i" : $"(i + {vector} * L.Count)";
        _writer.Line();
        _writer.Line(Optimised);
        using (_writer.Block($"void Wide<L>({parameters}ref nint i{lane}, nint count) {Constraint}"))
        {
            var scope = new ExpressionWriter(_kernel, _writer, _form, lane, "L");
            scope.DefineUniform(_kernel.Roots, rowAxes);
            _writer.Line($"nint i = i{lane};");
            using (_writer.Block($"for (; i <= count - {VectorsAtOnce} * L.Count; i += {VectorsAtOnce} * L.Count)"))
            {
                for (int reduction = 0; reduction < _kernel.Reductions.Length; reduction++)
                {
                    string identity = $"L.Splat({LoopKernelText.Identity(_kernel.Reductions[reduction])})";
                    _writer.Line($"L {string.Join(", ", Enumerable.Range(0, VectorsAtOnce).Select(vector => $"r{reduction}_{vector} = {identity}"))};");
                }
                OverInner(scope, _kernel.Inner.Length, () => Each(scope, vector =>
                {
                    for (int reduction = 0; reduction < _kernel.Reductions.Length; reduction++)
                    {
                        var fold = _kernel.Reductions[reduction];
                        _writer.Line($"r{reduction}_{vector} = {Fold(fold, "L", $"r{reduction}_{vector}", scope.Lanes(fold.Value))};");
                    }
                }));
                Each(scope, vector =>
                {
                    using (_writer.Block(""))
                    {
                        for (int reduction = 0; reduction < _kernel.Reductions.Length; reduction++)
                            _writer.Line($"L r{reduction} = r{reduction}_{vector};");
                        WriteBeforeStores(scope, _kernel.Stores);
                        foreach (var store in _kernel.Stores)
                            WriteLanesStore(scope, store);
                    }
                });
            }
            _writer.Line($"i{lane} = i;");
        }

        void Each(ExpressionWriter scope, Action<int> body)
        {
            for (int vector = 0; vector < VectorsAtOnce; vector++)
            {
                scope.Rename(lane, At(vector));
                scope.InLoop(() => body(vector));
            }
        }
    }

    void WriteStages(ExpressionWriter scope)
    {
        foreach (var stage in Stages())
        {
            foreach (int reduction in stage)
                _writer.Line($"L r{reduction} = L.Splat({LoopKernelText.Identity(_kernel.Reductions[reduction])});");
            OverInner(scope, _kernel.Inner.Length, () =>
            {
                foreach (int reduction in stage)
                    _writer.Line($"r{reduction} = {Fold(_kernel.Reductions[reduction], "L", $"r{reduction}", scope.Lanes(_kernel.Reductions[reduction].Value))};");
            });
        }
    }

    void WriteLanesStore(ExpressionWriter scope, LoopStore store) =>
        _writer.Line(scope.Store(store.Operand, store.Access, scope.Lanes(store.Value)));
}
