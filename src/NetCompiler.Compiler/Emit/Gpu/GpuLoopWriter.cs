using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text.RegularExpressions;
using NetCompiler.Graph;
using NetCompiler.Loops;
using NetCompiler.Operators;
using NetCompiler.Plan;
using NetCompiler.Text;
using static NetCompiler.Emit.CSharp;

namespace NetCompiler.Emit.Gpu;

/// <summary>How the rows of a loop kernel are shared out.</summary>
internal enum GpuForm
{
    /// <summary>A thread for each row; without inner axes, for each element.</summary>
    ThreadPerRow,
    /// <summary>A group of threads for each row, which they fold together.</summary>
    GroupPerRow,
    /// <summary>Called for each finished element of a product.</summary>
    Epilogue,
}

/// <summary>
/// Writes a loop kernel as a C# struct that ILGPU compiles for a device. Rows are independent; those with many elements that lie side by
/// side are folded by a group of threads, any others by one.
/// </summary>
internal sealed class GpuLoopWriter
{
    // Below, a group has less to do than to wait for itself.
    const long ShortRow = 64;

    readonly LoopKernel _kernel;
    readonly TileUse? _tile;
    readonly GpuForm _form;
    readonly CodeWriter _writer = new();

    GpuLoopWriter(LoopKernel kernel, TileUse? tile)
    {
        _kernel = kernel;
        _tile = tile;
        _form = FormOf(kernel);
    }

    /// <summary>The struct, under <see cref="LoopKernelText.NamePlaceholder"/>, and the symbols that its constructor takes after the operands.</summary>
    public static (string Text, ImmutableArray<string> Symbols) Write(LoopKernel kernel, TileUse? tile)
    {
        var writer = new GpuLoopWriter(kernel, tile);
        writer.WriteBody();
        string body = writer._writer.ToString();
        ImmutableArray<string> symbols = [.. LoopKernelText.SymbolsOf(kernel).Where(symbol => Regex.IsMatch(body, $@"\b{Regex.Escape(Symbol(symbol))}\b"))];
        var fields = kernel.Operands
            .Select((operand, i) => operand.IsScalar ? $"{GpuScalars.StorageName(operand.Element)} p{i}" : $"{GpuApi.DevicePointer}<{GpuScalars.StorageName(operand.Element)}> p{i}")
            .Concat(symbols.Select(symbol => $"int {Symbol(symbol)}"));
        string name = LoopKernelText.NamePlaceholder;
        string contract = writer._form switch
        {
            GpuForm.Epilogue => GpuApi.Epilogue,
            GpuForm.GroupPerRow => $"{GpuApi.Kernel}<{name}>",
            _ => $"{GpuApi.Kernel}<{name}>, {GpuApi.Loop}",
        };
        var text = new CodeWriter();
        using (text.Block($"internal readonly struct {name}({string.Join(", ", fields)}) : {contract}"))
            text.Lines(body.TrimEnd('\n'));
        return (text.ToString(), symbols);
    }

    public static GpuForm FormOf(LoopKernel kernel)
    {
        if (kernel.OverTiles)
            return GpuForm.Epilogue;
        var elements = Dim.Product(kernel.Inner);
        if (kernel.Inner.IsEmpty || elements.IsConstant && elements.Value < ShortRow || kernel.Reductions.Any(reduction => reduction.Operator is PositionOf))
            return GpuForm.ThreadPerRow;
        if (kernel.Outer.IsEmpty || kernel.Stores.Any(store => !store.PerRow))
            return GpuForm.GroupPerRow;
        // Neighbouring threads go where neighbouring elements are, of what is read for each element.
        var loads = LoopExpression.Reachable(kernel.Roots).Select(expression => expression.Operation).OfType<LoopOperation.Load>()
            .Where(load => Enumerable.Range(kernel.Outer.Length, kernel.Inner.Length).Any(load.Access.DependsOn)).ToList();
        int alongInner = loads.Count(load => load.Access.Strides[kernel.Axes.Length - 1].Is(1));
        int alongOuter = loads.Count(load => load.Access.Strides[kernel.Outer.Length - 1].Is(1));
        return alongOuter > alongInner ? GpuForm.ThreadPerRow : GpuForm.GroupPerRow;
    }

    void WriteBody()
    {
        if (_form == GpuForm.Epilogue)
        {
            WriteEpilogue();
            return;
        }
        _writer.Line($"public static void Run({LoopKernelText.NamePlaceholder} kernel) => kernel.{(_form == GpuForm.GroupPerRow ? "Row()" : $"Thread({GpuApi.Thread}.Element)")};");
        _writer.Line();
        if (_form == GpuForm.GroupPerRow)
            WriteGroupPerRow();
        else
            WriteThreadPerRow();
    }

    void WriteThreadPerRow()
    {
        using (_writer.Block("public void Thread(int row)"))
        {
            _writer.Line($"if (row >= {Expression(Dim.Product(_kernel.Outer))})");
            using (_writer.Indent())
                _writer.Line("return;");
            WriteRowIndices(_kernel.Outer.Length, "row");
            WriteStages((axes, body) => OverInner(axes, body), fold: null);
        }
    }

    void WriteGroupPerRow()
    {
        using (_writer.Block("void Row()"))
        {
            _writer.Line($"int row = {GpuApi.Thread}.Row;");
            WriteRowIndices(_kernel.Outer.Length, "row");
            WriteStages(OverLanes, fold: reduction => $"{GpuApi.Row}.{FoldOf(reduction)}(r{{0}})");
        }
    }

    /// <summary>The result, a product's element, is in <c>value</c>.</summary>
    void WriteEpilogue()
    {
        using (_writer.Block("public void Store(int row, int column, float value)"))
        {
            int last = _kernel.Outer.Length - 1;
            WriteRowIndices(last, "row");
            _writer.Line($"int i{last} = column;");
            var scope = NewScope();
            foreach (var load in LoopExpression.Reachable(_kernel.Roots).Where(expression => expression.Operation is LoopOperation.Load load && load.Operand == _tile!.Input))
                scope.Name(load, "value");
            if (_tile!.IsKept)
                _writer.Line(scope.ScalarStore(_tile.Input, ((LoopOperation.Load)LoopExpression.Reachable(_kernel.Roots).First(expression => expression.Operation is LoopOperation.Load load && load.Operand == _tile.Input).Operation).Access, "value"));
            WriteStores(scope, _kernel.Stores);
        }
    }

    void WriteStages(Action<ExpressionWriter, Action> overInner, Func<LoopReduction, string>? fold)
    {
        var scope = NewScope();
        var outer = Enumerable.Range(0, _kernel.Outer.Length).ToList();
        foreach (var stage in _kernel.Reductions.Select((reduction, i) => (reduction.Stage, i)).GroupBy(pair => pair.Stage, pair => pair.i).OrderBy(group => group.Key))
        {
            foreach (int i in stage)
                WriteAccumulator(i);
            scope.DefineUniform(stage.Select(i => _kernel.Reductions[i].Value), outer);
            overInner(scope, () =>
            {
                foreach (int i in stage)
                    WriteFold(scope, i);
            });
            if (fold is null)
                continue;
            foreach (int i in stage)
                _writer.Line($"r{i} = {string.Format(System.Globalization.CultureInfo.InvariantCulture, fold(_kernel.Reductions[i]), i)};");
        }
        var rows = _kernel.Stores.Where(store => store.PerRow || _kernel.Inner.IsEmpty).ToList();
        if (rows.Count > 0)
        {
            using (fold is null ? null : _writer.Block($"if ({GpuApi.Thread}.Lane == 0)"))
                scope.InLoop(() => WriteStores(scope, rows));
        }
        var elements = _kernel.Stores.Where(store => !store.PerRow && !_kernel.Inner.IsEmpty).ToList();
        if (elements.Count > 0)
        {
            scope.DefineUniform(elements.Select(store => store.Value), outer);
            overInner(scope, () => WriteStores(scope, elements));
        }
    }

    ExpressionWriter NewScope() => new(_kernel, _writer, LoopForm.Scalar, laneAxis: -1, lanes: null, GpuScalars.Instance);

    void WriteStores(ExpressionWriter scope, IEnumerable<LoopStore> stores)
    {
        ImmutableArray<LoopExpression> values = [.. stores.Select(store => store.Value)];
        scope.NameShared(values);
        scope.NameBeforeStores(values);
        foreach (var store in stores)
            _writer.Line(scope.ScalarStore(store.Operand, store.Access, scope.Scalar(store.Value)));
    }

    void OverInner(ExpressionWriter scope, Action body)
    {
        var loops = new Stack<IDisposable>();
        for (int axis = _kernel.Outer.Length; axis < _kernel.Axes.Length; axis++)
            loops.Push(_writer.Block($"for (int i{axis} = 0; i{axis} < {Expression(_kernel.Axes[axis])}; i{axis}++)"));
        scope.InLoop(body);
        while (loops.Count > 0)
            loops.Pop().Dispose();
    }

    /// <summary>The threads of the group take the elements of the row in turn.</summary>
    void OverLanes(ExpressionWriter scope, Action body)
    {
        int first = _kernel.Outer.Length, last = _kernel.Axes.Length - 1;
        string element = first == last ? $"i{first}" : "element";
        using (_writer.Block($"for (int {element} = {GpuApi.Thread}.Lane; {element} < {Expression(Dim.Product(_kernel.Inner))}; {element} += {GpuApi.Thread}.Lanes)"))
        {
            if (first != last)
                WriteIndices(first, last, element);
            scope.InLoop(body);
        }
    }

    void WriteRowIndices(int axes, string row)
    {
        if (axes > 0)
            WriteIndices(0, axes - 1, row);
    }

    void WriteIndices(int first, int last, string element)
    {
        string rest = element;
        for (int axis = last; axis > first; axis--)
        {
            string extent = Factor(_kernel.Axes[axis]);
            _writer.Line($"int i{axis} = {rest} % {extent};");
            rest = $"{rest} / {extent}";
        }
        _writer.Line($"int i{first} = {rest};");
    }

    void WriteAccumulator(int index)
    {
        var reduction = _kernel.Reductions[index];
        if (reduction.Operator is PositionOf)
        {
            _writer.Line($"{TypeName(reduction.Value.Element)} best{index} = default;");
            _writer.Line($"int r{index} = -1;");
            return;
        }
        _writer.Line($"{TypeName(reduction.Element)} r{index} = {LoopKernelText.Identity(reduction)};");
    }

    void WriteFold(ExpressionWriter scope, int index)
    {
        var reduction = _kernel.Reductions[index];
        string value = scope.Scalar(reduction.Value);
        if (reduction.Operator is not PositionOf)
        {
            _writer.Line($"r{index} = {Fold(reduction, $"r{index}", value)};");
            return;
        }
        _writer.Line($"var x{index} = {value};");
        string better = reduction.Operator is ArgMax ? ">" : "<";
        // NaN beats every number, the first one stays.
        string nan = reduction.Value.Element.IsFloat() ? $" || {TypeName(reduction.Value.Element)}.IsNaN(x{index}) && !{TypeName(reduction.Value.Element)}.IsNaN(best{index})" : "";
        using (_writer.Block($"if (r{index} < 0 || x{index} {better} best{index}{nan})"))
        {
            _writer.Line($"best{index} = x{index};");
            _writer.Line($"r{index} = i{_kernel.Axes.Length - 1};");
        }
    }

    static string Fold(LoopReduction reduction, string accumulator, string value) => reduction.Operator switch
    {
        Sum when reduction.Element == DType.U8 => $"(byte)({accumulator} + {value})",
        Product when reduction.Element == DType.U8 => $"(byte)({accumulator} * {value})",
        Sum => $"{accumulator} + {value}",
        Product => $"{accumulator} * {value}",
        Max when reduction.Element == DType.Bool => $"{accumulator} | {value}",
        Min when reduction.Element == DType.Bool => $"{accumulator} & {value}",
        Max or Min => $"{(reduction.Element.IsFloat() ? GpuApi.Math : "Math")}.{reduction.Operator.GetType().Name}({accumulator}, {value})",
        _ => throw new InvalidOperationException($"no GPU lowering for {reduction.Operator.Name}"),
    };

    static string FoldOf(LoopReduction reduction) => reduction.Operator switch
    {
        Max when reduction.Element == DType.Bool => "Any",
        Min when reduction.Element == DType.Bool => "All",
        Sum or Product or Max or Min => reduction.Operator.GetType().Name,
        _ => throw new InvalidOperationException($"no GPU lowering for {reduction.Operator.Name}"),
    };
}
