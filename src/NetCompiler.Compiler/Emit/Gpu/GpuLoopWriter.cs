using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
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
    /// <summary>A thread for four elements: there are no inner axes, and one value is stored for each.</summary>
    ThreadPerFour,
    /// <summary>A group of threads for each row, which they fold together, or one for each part of it.</summary>
    GroupPerRow,
    /// <summary>A group of threads for 32 rows that lie beside each other.</summary>
    GroupPerColumns,
    /// <summary>Called for each finished element of a product.</summary>
    Epilogue,
}

/// <summary>
/// Writes a loop kernel as a C# struct that ILGPU compiles for a device. Rows are independent; those with many elements that lie side by
/// side are folded by groups of threads, and so are rows that lie beside each other; any others by one thread.
/// </summary>
internal sealed class GpuLoopWriter
{
    // Below, a group has less to do than to wait for itself.
    const long ShortRow = 64;

    // Below, a thread for each element is enough, or not too few.
    const long FewElements = 1 << 16;

    // Rows that are not cut whatever else is known, and as many of them that they need not be.
    const long WholeRow = 1 << 13, ManyRows = 1 << 10;

    readonly LoopKernel _kernel;
    readonly TileUse? _tile;
    readonly GpuForm _form;
    readonly CodeWriter _writer = new();
    // The axes by whose extents element numbers are divided.
    readonly SortedSet<int> _divisors = [];

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
        string body = writer.DivisorFields() + writer._writer;
        ImmutableArray<string> symbols = [.. LoopKernelText.SymbolsOf(kernel).Where(symbol => Regex.IsMatch(body, $@"\b{Regex.Escape(Symbol(symbol))}\b"))];
        var fields = kernel.Operands
            .Select((operand, i) => operand.IsScalar ? $"{GpuScalars.StorageName(operand.Element)} p{i}" : $"{GpuApi.DevicePointer}<{GpuScalars.StorageName(operand.Element)}> p{i}")
            .Concat(symbols.Select(symbol => $"int {Symbol(symbol)}"));
        string name = LoopKernelText.NamePlaceholder;
        string contract = writer._form switch
        {
            GpuForm.Epilogue => GpuApi.Epilogue,
            GpuForm.GroupPerRow or GpuForm.GroupPerColumns => $"{GpuApi.Kernel}<{name}>" + (HasParts(kernel) ? $", {GpuApi.PartsKernel}" : ""),
            GpuForm.ThreadPerFour => $"{GpuApi.Kernel}<{name}>, {GpuApi.Elements}<{GpuScalars.Instance.TypeName(kernel.Stores[0].Value.Element)}>",
            _ => $"{GpuApi.Kernel}<{name}>, {GpuApi.Loop}",
        };
        var text = new CodeWriter();
        using (text.Block($"internal {(HasParts(kernel) ? "" : "readonly ")}struct {name}({string.Join(", ", fields)}) : {contract}"))
            text.Lines(body.TrimEnd('\n'));
        return (text.ToString(), symbols);
    }

    public static GpuForm FormOf(LoopKernel kernel)
    {
        if (kernel.OverTiles)
            return GpuForm.Epilogue;
        var elements = Dim.Product(kernel.Inner);
        if (kernel.Inner.IsEmpty && kernel.Stores.Length == 1 && Dim.Product(kernel.Outer) is var count && IsInt(count) && !(count.IsConstant && count.Value < FewElements))
            return GpuForm.ThreadPerFour;
        if (kernel.Inner.IsEmpty || elements.IsConstant && elements.Value < ShortRow)
            return GpuForm.ThreadPerRow;
        if (kernel.Outer.IsEmpty)
            return GpuForm.GroupPerRow;
        // Neighbouring threads go where neighbouring elements are, of what is read for each element.
        var loads = LoopExpression.Reachable(kernel.Roots).Select(expression => expression.Operation).OfType<LoopOperation.Load>()
            .Where(load => Enumerable.Range(kernel.Outer.Length, kernel.Inner.Length).Any(load.Access.DependsOn)).ToList();
        int alongInner = loads.Count(load => load.Access.Strides[kernel.Axes.Length - 1].Is(1));
        int alongOuter = loads.Count(load => load.Access.Strides[kernel.Outer.Length - 1].Is(1));
        return alongOuter <= alongInner ? GpuForm.GroupPerRow
            : kernel.Reductions.Length > 0 && kernel.Reductions.All(reduction => reduction.Element == DType.F32) && IsInt(Dim.Product(kernel.Outer)) ? GpuForm.GroupPerColumns
            : kernel.Stores.All(store => store.PerRow) ? GpuForm.ThreadPerRow
            : GpuForm.GroupPerRow;
    }

    /// <summary>Whether several launches may do parts of the rows each.</summary>
    public static bool HasParts(LoopKernel kernel) => FormOf(kernel) switch
    {
        GpuForm.GroupPerColumns => true,
        GpuForm.GroupPerRow => kernel.Reductions.Length > 0 && kernel.Reductions.All(reduction => reduction.Element == DType.F32)
            && !(Dim.Product(kernel.Inner) is { IsConstant: true, Value: < WholeRow }) && !(Dim.Product(kernel.Outer) is { IsConstant: true, Value: >= ManyRows }),
        _ => false,
    };

    void WriteBody()
    {
        if (_form == GpuForm.Epilogue)
        {
            WriteEpilogue();
            return;
        }
        string name = LoopKernelText.NamePlaceholder;
        switch (_form)
        {
            case GpuForm.ThreadPerRow:
                _writer.Line($"public static void Run({name} kernel) => kernel.Thread({GpuApi.Thread}.Element);");
                _writer.Line();
                WriteThreadPerRow();
                break;
            case GpuForm.ThreadPerFour:
                WriteThreadPerFour();
                break;
            default:
                if (HasParts(_kernel))
                {
                    _writer.Line($"public {GpuApi.Parts} Parts {{ readonly get; set; }}");
                    _writer.Line();
                }
                _writer.Line($"public static void Run({name} kernel) => kernel.Row();");
                _writer.Line();
                WriteGroups();
                break;
        }
    }

    void WriteThreadPerFour()
    {
        string type = GpuScalars.Instance.TypeName(_kernel.Stores[0].Value.Element);
        var store = _kernel.Stores[0];
        _writer.Line($"public static void Run({LoopKernelText.NamePlaceholder} kernel) => {GpuApi.Thread}.DoFour<{LoopKernelText.NamePlaceholder}, {type}>(kernel);");
        _writer.Line();
        _writer.Line($"public int Count => {Rows};");
        _writer.Line();
        using (_writer.Block("public void Thread(int row)"))
        {
            _writer.Line("if (row < Count)");
            using (_writer.Indent())
                _writer.Line("Store(row, Value(row));");
        }
        _writer.Line();
        using (_writer.Block($"public {type} Value(int row)"))
        {
            WriteRowIndices(_kernel.Outer.Length, "row");
            var scope = NewScope();
            scope.NameShared([store.Value]);
            _writer.Line($"return {Bare(scope.Scalar(store.Value))};");
        }
        _writer.Line();
        using (_writer.Block($"public void Store(int row, {type} value)"))
        {
            WriteRowIndices(_kernel.Outer.Length, "row");
            _writer.Line(NewScope().ScalarStore(store.Operand, store.Access, "value"));
        }
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

    // What a group does of its rows.
    string GroupClass => _form == GpuForm.GroupPerColumns ? GpuApi.Column : GpuApi.Row;

    string Rows => Expression(Dim.Product(_kernel.Outer));

    string OfGroup(string member) => _form == GpuForm.GroupPerColumns ? $"{GpuApi.Column}.{member}({Rows})" : $"{GpuApi.Row}.{member}";

    // Quotients are of the size of addresses, which kernels cannot make ints of.
    static bool IsInt(Dim dim) => !Expression(dim).Contains(RuntimeApi.FloorDivide);

    void WriteGroups()
    {
        using (_writer.Block("void Row()"))
        {
            if (HasParts(_kernel))
                _writer.Line("var parts = Parts;");
            _writer.Line($"int row = {OfGroup("Number")};");
            WriteRowIndices(_kernel.Outer.Length, "row");
            WriteStages(OverLanes, fold: reduction => $"{GroupClass}.{FoldOf(reduction)}({(reduction.Operator is PositionOf ? "best{0}, " : "")}r{{0}})");
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
        bool hasParts = HasParts(_kernel);
        var scope = NewScope();
        var outer = Enumerable.Range(0, _kernel.Outer.Length).ToList();
        int pass = 0;
        foreach (var stage in _kernel.Reductions.Select((reduction, i) => (reduction.Stage, i)).GroupBy(pair => pair.Stage, pair => pair.i).OrderBy(group => group.Key))
        {
            foreach (int i in stage)
                WriteAccumulator(i);
            scope.DefineUniform(stage.Select(i => _kernel.Reductions[i].Value), outer);
            using (hasParts ? _writer.Block($"if (parts.Does({pass}))") : null)
                overInner(scope, () =>
                {
                    foreach (int i in stage)
                        WriteFold(scope, i);
                });
            if (fold is null)
                continue;
            if (hasParts)
                WriteFoldOfKept([.. stage]);
            foreach (int i in stage)
                _writer.Line($"r{i} = {string.Format(CultureInfo.InvariantCulture, fold(_kernel.Reductions[i]), i)};");
            if (hasParts)
                WriteKeep([.. stage], pass);
            pass++;
        }
        var rows = _kernel.Stores.Where(store => store.PerRow || _kernel.Inner.IsEmpty).ToList();
        if (rows.Count > 0)
        {
            using (fold is null ? null : _writer.Block($"if ({(hasParts ? $"parts.Does({pass + 1}) & " : "")}{OfGroup("IsFirst")})"))
                scope.InLoop(() => WriteStores(scope, rows));
        }
        var elements = _kernel.Stores.Where(store => !store.PerRow && !_kernel.Inner.IsEmpty).ToList();
        if (elements.Count > 0)
        {
            scope.DefineUniform(elements.Select(store => store.Value), outer);
            string isWithin = _form == GpuForm.GroupPerColumns ? $" & {OfGroup("IsWithin")}" : "";
            using (hasParts ? _writer.Block($"if (parts.Does({pass}){isWithin})") : null)
                overInner(scope, () => WriteStores(scope, elements));
        }
    }

    /// <summary>After the launch of a pass, the sums of its parts take the place of the elements.</summary>
    void WriteFoldOfKept(ImmutableArray<int> stage)
    {
        using (_writer.Block("else"))
        using (_writer.Block($"for (int part = {GroupClass}.FirstKept; part < parts.Count; part += {GroupClass}.StepOfKept)"))
        {
            foreach (int i in stage)
                _writer.Line($"r{i} = {Fold(_kernel.Reductions[i], $"r{i}", $"parts.Kept({i}, row, part)")};");
        }
    }

    void WriteKeep(ImmutableArray<int> stage, int pass)
    {
        using (_writer.Block($"if (parts.Keeps({pass}))"))
        {
            using (_writer.Block($"if ({OfGroup("IsFirst")})"))
            {
                foreach (int i in stage)
                    _writer.Line($"parts.Keep({i}, row, r{i});");
            }
            _writer.Line("return;");
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
        string start = $"{GroupClass}.First", step = HasParts(_kernel) ? $"{GroupClass}.Step(parts)" : $"{GpuApi.Thread}.Lanes";
        using (_writer.Block($"for (int {element} = {start}; {element} < {Expression(Dim.Product(_kernel.Inner))}; {element} += {step})"))
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
            var extent = _kernel.Axes[axis];
            // A division takes a device twenty instructions, by constants too unless they are powers of two, by which ILGPU shifts.
            if (extent.IsConstant && extent.Value > 0 && (extent.Value & (extent.Value - 1)) == 0)
            {
                _writer.Line($"int i{axis} = {rest} & {extent.Value - 1};");
                rest = $"{rest} / {extent.Value}";
                continue;
            }
            _divisors.Add(axis);
            _writer.Line($"int n{axis} = axis{axis}.Quotient({rest});");
            _writer.Line($"int i{axis} = {rest} - n{axis} * {(extent.IsConstant ? Factor(extent) : $"axis{axis}.Value")};");
            rest = $"n{axis}";
        }
        _writer.Line($"int i{first} = {rest};");
    }

    static string Int(Dim dim) => IsInt(dim) ? Expression(dim) : $"(int){Factor(dim)}";

    string DivisorFields()
    {
        var fields = new CodeWriter();
        foreach (int axis in _divisors)
            fields.Line($"readonly {GpuApi.Divisor} axis{axis} = new({Int(_kernel.Axes[axis])});");
        if (_divisors.Count > 0)
            fields.Line();
        return fields.ToString();
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
        Sum or Product or Max or Min or PositionOf => reduction.Operator.GetType().Name,
        _ => throw new InvalidOperationException($"no GPU lowering for {reduction.Operator.Name}"),
    };
}
