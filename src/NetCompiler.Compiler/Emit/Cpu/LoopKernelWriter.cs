using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text.RegularExpressions;
using NetCompiler.Graph;
using NetCompiler.Text;
using NetCompiler.Loops;
using NetCompiler.Operators;
using static NetCompiler.Emit.CSharp;

namespace NetCompiler.Emit.Cpu;

/// <summary>
/// Writes a loop kernel as a C# struct whose <c>Run(begin, end)</c> does a range of rows. Kernels of one float type are generic
/// over the vector width: along the last inner axis (rows are folded in lanes), or along the last outer axis where that is how the
/// operands lie in memory (each lane is a row). Kernels of mixed types are scalar. Kernels over tiles have a body of their own.
/// </summary>
internal sealed partial class LoopKernelWriter
{
    readonly LoopKernel _kernel;
    readonly CodeWriter _writer = new();
    readonly LoopForm _form;
    readonly DType _element;

    LoopKernelWriter(LoopKernel kernel)
    {
        _kernel = kernel;
        _element = kernel.Stores[0].Value.Element;
        _form = ChooseForm();
    }

    /// <summary>
    /// Above every method with a loop over elements: compiled well at once, or ahead of time, as the runtime is.
    /// </summary>
    public const string Optimised = $"[MethodImpl({RuntimeApi.Optimised})]";

    int OuterAxes => _kernel.Outer.Length;

    /// <summary>The axis that lanes lie along.</summary>
    int LaneAxis => _form == LoopForm.LanesInRow ? _kernel.Axes.Length - 1 : OuterAxes - 1;

    /// <summary>
    /// The struct, under <see cref="LoopKernelText.NamePlaceholder"/>; the symbols that its constructor takes after the operands; and what <c>Run</c>
    /// ranges over: lanes of a single axis, or rows.
    /// </summary>
    public static (string Text, ImmutableArray<string> Symbols, Dim Range) Write(LoopKernel kernel)
    {
        var writer = new LoopKernelWriter(kernel);
        writer.WriteBody();
        string body = writer._writer.ToString();
        ImmutableArray<string> symbols = [.. LoopKernelText.SymbolsOf(kernel).Where(symbol => Regex.IsMatch(body, $@"\b{Regex.Escape(Symbol(symbol))}\b"))];
        var fields = kernel.Operands
            .Select((operand, i) => operand.IsScalar
                ? $"{TypeName(operand.Element)} p{i}"
                : $"{RuntimeApi.Pointer}<{TypeName(operand.Element)}> p{i}")
            .Where((_, i) => i != kernel.Passing)
            .Concat(symbols.Select(symbol => $"nint {Symbol(symbol)}"));
        var text = new CodeWriter();
        using (text.Block($"readonly struct {LoopKernelText.NamePlaceholder}({string.Join(", ", fields)}) : {Interface(kernel)}"))
            text.Lines(body.TrimEnd('\n'));
        return (text.ToString(), symbols, writer.Range);
    }

    static string Interface(LoopKernel kernel) =>
        kernel.Passing is { } passing ? $"{RuntimeApi.TileConsumer}<{TypeName(kernel.Operands[passing].Element)}>"
        : kernel.OverTiles ? RuntimeApi.TileEpilogue : RuntimeApi.RangeKernel;

    /// <summary>What the kernel's <c>Run</c> ranges over, as <see cref="Write"/> gives it.</summary>
    public static Dim RangeOf(LoopKernel kernel) => new LoopKernelWriter(kernel).Range;

    Dim Range => Dim.Product(_form == LoopForm.LanesAreRows && OuterAxes > 1 ? _kernel.Outer.RemoveAt(OuterAxes - 1) : _kernel.Outer);

    LoopForm ChooseForm()
    {
        if (_kernel.LaneElement is null)
            return LoopForm.Scalar;
        if (_kernel.Inner.IsEmpty)
            return LoopForm.LanesAreRows;
        if (_kernel.Outer.IsEmpty || _kernel.Stores.Any(store => !store.PerRow) || _kernel.ReadsWholeNumbersOfRows)
            return LoopForm.LanesInRow;
        // Lanes go where neighbouring elements are: count the operands that lie contiguously along either axis.
        var loads = LoopExpression.Reachable(_kernel.Roots).Select(expression => expression.Operation).OfType<LoopOperation.Load>().ToList();
        int alongInner = loads.Count(load => load.Access.Strides[_kernel.Axes.Length - 1].Is(1));
        int alongOuter = loads.Count(load => load.Access.Strides[OuterAxes - 1].Is(1));
        return alongOuter > alongInner ? LoopForm.LanesAreRows : LoopForm.LanesInRow;
    }

    void WriteBody()
    {
        if (_kernel.OverTiles || _form == LoopForm.LanesAreRows && TileKernelWriter.HasShortRows(_kernel))
        {
            new TileKernelWriter(_kernel, _writer, overLanes: _form != LoopForm.Scalar).Write();
            return;
        }
        switch (_form)
        {
            case LoopForm.Scalar:
                WriteScalar();
                break;
            case LoopForm.LanesAreRows:
                WriteDispatch();
                WriteLanesAreRows();
                break;
            default:
                WriteDispatch();
                WriteLanesInRow();
                break;
        }
    }

    void WriteDispatch()
    {
        var (wide, medium, one) = RuntimeApi.LanesOf(_element);
        using (_writer.Block("public void Run(nint begin, nint end)"))
        {
            // A row that is shorter than a vector of 512 bits would be all remainder.
            int lanes = 64 / _element.Bytes();
            if (_form == LoopForm.LanesInRow && _kernel.Axes[LaneAxis] is { IsConstant: true, Value: var length } && length < lanes && length >= lanes / 2)
            {
                _writer.Lines($"""
                    if ({RuntimeApi.Simd}.Has256) Rows<{medium}>(begin, end);
                    else Rows<{one}>(begin, end);
                    """);
            }
            else
            {
                _writer.Lines($"""
                    if ({RuntimeApi.Simd}.Has512) Rows<{wide}>(begin, end);
                    else if ({RuntimeApi.Simd}.Has256) Rows<{medium}>(begin, end);
                    else Rows<{one}>(begin, end);
                    """);
            }
        }
        _writer.Line();
    }

    string Constraint => $"where L : struct, {RuntimeApi.Lanes}<L, {TypeName(_element)}>";

    string One => RuntimeApi.LanesOf(_element).One;

    void WriteLanesInRow()
    {
        int lane = LaneAxis;
        var rowAxes = Enumerable.Range(0, OuterAxes).ToList();
        var passes = Stages().ToList();
        var elementStores = _kernel.Stores.Where(store => !store.PerRow && store.Stage >= passes.Count).ToList();
        string type = TypeName(_element);

        _writer.Line(Optimised);
        using (_writer.Block($"void Rows<L>(nint begin, nint end) {Constraint}"))
        using (_writer.Block("for (nint row = begin; row < end; row++)"))
        {
            WriteRowIndices(rowAxes);
            var scope = new ExpressionWriter(_kernel, _writer, _form, LaneAxis, lanes: null);
            for (int pass = 0; pass < passes.Count; pass++)
            {
                foreach (int reduction in passes[pass])
                    _writer.Line($"{type} r{reduction} = {LoopKernelText.Identity(_kernel.Reductions[reduction])};");
                WritePassCalls($"Fold{pass}", passes[pass], Earlier(passes, pass));
            }
            WriteScalarStores(scope, _kernel.Stores.Where(store => store.PerRow));
            if (elementStores.Count > 0)
                WritePassCalls("Elements", [], Earlier(passes, passes.Count));
        }
        for (int pass = 0; pass < passes.Count; pass++)
        {
            var stage = passes[pass];
            var stores = _kernel.Stores.Where(store => !store.PerRow && store.Stage == _kernel.Reductions[stage[0]].Stage).ToList();
            var values = stage.Select(reduction => _kernel.Reductions[reduction].Value).Concat(stores.Select(store => store.Value)).ToImmutableArray();
            WritePass($"Fold{pass}", stage, Earlier(passes, pass), values, scope =>
            {
                scope.NameShared(values);
                foreach (var store in stores)
                    WriteLanesStore(scope, store);
                foreach (int reduction in stage)
                    _writer.Line($"a{reduction} = {Fold(_kernel.Reductions[reduction], "L", $"a{reduction}", scope.Lanes(_kernel.Reductions[reduction].Value))};");
            });
        }
        if (elementStores.Count > 0)
        {
            ImmutableArray<LoopExpression> values = [.. elementStores.Select(store => store.Value)];
            WritePass("Elements", [], Earlier(passes, passes.Count), values, scope =>
            {
                WriteBeforeStores(scope, elementStores);
                foreach (var store in elementStores)
                    WriteLanesStore(scope, store);
            });
        }

        void WritePassCalls(string name, ImmutableArray<int> folded, ImmutableArray<int> known)
        {
            string arguments = string.Concat(Enumerable.Range(0, lane).Select(axis => $"i{axis}, "))
                + string.Concat(known.Select(reduction => $"r{reduction}, "))
                + string.Concat(folded.Select(reduction => $"ref r{reduction}, "))
                + $"ref i{lane}";
            using (_writer.Block(""))
            {
                var loops = OpenLoops(OuterAxes, lane);
                _writer.Line($"nint i{lane} = 0;");
                _writer.Line($"{name}<L>({arguments});");
                _writer.Line($"{name}<{One}>({arguments});");
                Close(loops);
            }
        }

        void WritePass(string name, ImmutableArray<int> folded, ImmutableArray<int> known, ImmutableArray<LoopExpression> values, Action<ExpressionWriter> body)
        {
            string parameters = string.Concat(Enumerable.Range(0, lane).Select(axis => $"nint i{axis}, "))
                + string.Concat(known.Select(reduction => $"{type} r{reduction}, "))
                + string.Concat(folded.Select(reduction => $"ref {type} r{reduction}, "))
                + $"ref nint i{lane}";
            _writer.Line();
            _writer.Line(Optimised);
            using (_writer.Block($"void {name}<L>({parameters}) {Constraint}"))
            {
                var scope = new ExpressionWriter(_kernel, _writer, _form, LaneAxis, "L");
                scope.DefineUniform(values, Enumerable.Range(0, lane));
                foreach (int reduction in folded)
                    _writer.Line($"L a{reduction} = L.Splat({LoopKernelText.Identity(_kernel.Reductions[reduction])});");
                _writer.Line($"nint i = i{lane};");
                using (_writer.Block($"for (; i <= {Expression(_kernel.Axes[lane])} - L.Count; i += L.Count)"))
                {
                    scope.Rename(lane, "i");
                    body(scope);
                }
                _writer.Line($"i{lane} = i;");
                foreach (int reduction in folded)
                    _writer.Line($"r{reduction} = {FoldScalar(_kernel.Reductions[reduction], $"r{reduction}", $"L.{Horizontal(_kernel.Reductions[reduction])}(a{reduction})")};");
            }
        }
    }

    // What several stores use is read once before the first of them, which may overwrite it, and so is what a later one uses.
    static void WriteBeforeStores(ExpressionWriter scope, IEnumerable<LoopStore> stores)
    {
        ImmutableArray<LoopExpression> values = [.. stores.Select(store => store.Value)];
        scope.NameShared(values);
        scope.NameBeforeStores(values);
    }

    void WriteScalarStores(ExpressionWriter scope, IEnumerable<LoopStore> stores)
    {
        WriteBeforeStores(scope, stores);
        foreach (var store in stores)
            _writer.Line(scope.ScalarStore(store.Operand, store.Access, scope.Scalar(store.Value)));
    }

    IEnumerable<ImmutableArray<int>> Stages() => _kernel.Reductions
        .Select((reduction, i) => (reduction.Stage, i))
        .GroupBy(pair => pair.Stage, pair => pair.i)
        .OrderBy(group => group.Key)
        .Select(group => group.ToImmutableArray());

    static ImmutableArray<int> Earlier(List<ImmutableArray<int>> passes, int pass) => [.. passes.Take(pass).SelectMany(stage => stage)];

    void WriteRowIndices(List<int> axes)
    {
        if (axes.Count == 0)
            return;
        if (axes.Count == 1)
        {
            _writer.Line($"nint i{axes[0]} = row;");
            return;
        }
        string rest = "row";
        for (int k = axes.Count - 1; k > 0; k--)
        {
            string extent = Factor(_kernel.Axes[axes[k]]);
            _writer.Line($"nint i{axes[k]} = {rest} % {extent};");
            rest = $"{rest} / {extent}";
        }
        _writer.Line($"nint i{axes[0]} = {rest};");
    }

    void OverInner(ExpressionWriter scope, int axes, Action body)
    {
        var loops = OpenLoops(OuterAxes, OuterAxes + axes);
        scope.InLoop(body);
        Close(loops);
    }

    List<IDisposable> OpenLoops(int first, int end)
    {
        var loops = new List<IDisposable>();
        for (int axis = first; axis < end; axis++)
            loops.Add(_writer.Block($"for (nint i{axis} = 0; i{axis} < {Expression(_kernel.Axes[axis])}; i{axis}++)"));
        return loops;
    }

    static void Close(List<IDisposable> loops)
    {
        for (int i = loops.Count - 1; i >= 0; i--)
            loops[i].Dispose();
    }

    static string Fold(LoopReduction reduction, string lanes, string accumulator, string value) => reduction.Operator switch
    {
        Sum => $"{accumulator} + {value}",
        Product => $"{accumulator} * {value}",
        Max => $"{lanes}.Max({accumulator}, {value})",
        Min => $"{lanes}.Min({accumulator}, {value})",
        _ => throw new InvalidOperationException($"no CPU lowering for {reduction.Operator.Name}"),
    };

    static string FoldScalar(LoopReduction reduction, string accumulator, string value) => reduction.Operator switch
    {
        // C# adds bytes as ints.
        Sum when reduction.Element == DType.U8 => $"(byte)({accumulator} + {value})",
        Product when reduction.Element == DType.U8 => $"(byte)({accumulator} * {value})",
        Sum => $"{accumulator} + {value}",
        Product => $"{accumulator} * {value}",
        Max when reduction.Element == DType.Bool => $"{accumulator} | {value}",
        Min when reduction.Element == DType.Bool => $"{accumulator} & {value}",
        Max or Min => $"{(reduction.Element == DType.F32 ? "MathF" : "Math")}.{reduction.Operator.GetType().Name}({accumulator}, {value})",
        _ => throw new InvalidOperationException($"no CPU lowering for {reduction.Operator.Name}"),
    };

    static string Horizontal(LoopReduction reduction) => reduction.Operator switch
    {
        Sum => "SumLanes",
        Product => "ProductLanes",
        Max => "MaxLanes",
        Min => "MinLanes",
        _ => throw new InvalidOperationException($"no CPU lowering for {reduction.Operator.Name}"),
    };
}
