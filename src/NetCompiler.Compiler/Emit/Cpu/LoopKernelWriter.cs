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
/// operands lie in memory (each lane is a row). Kernels of mixed types are scalar.
/// </summary>
internal sealed class LoopKernelWriter
{
    enum Form
    {
        /// <summary>Plain loops over numbers.</summary>
        Scalar,
        /// <summary>Lanes along the last outer axis; maps and sums over leading axes.</summary>
        LanesAreRows,
        /// <summary>Lanes along the last inner axis; sums over trailing axes.</summary>
        LanesInRow,
    }

    readonly LoopKernel _kernel;
    readonly CodeWriter _writer = new();
    readonly Form _form;
    readonly DType _element;

    LoopKernelWriter(LoopKernel kernel)
    {
        _kernel = kernel;
        _element = kernel.Stores[0].Value.Element;
        _form = ChooseForm();
    }

    /// <summary>The placeholder for the struct's name, so that equal kernels have equal texts.</summary>
    public const string NamePlaceholder = "KERNEL_NAME";

    int OuterAxes => _kernel.Outer.Length;

    /// <summary>The axis that lanes lie along.</summary>
    int LaneAxis => _form == Form.LanesInRow ? _kernel.Axes.Length - 1 : OuterAxes - 1;

    /// <summary>The struct, under <see cref="NamePlaceholder"/>, and the symbols that its constructor takes after the operands.</summary>
    public static (string Text, ImmutableArray<string> Symbols) Write(LoopKernel kernel)
    {
        var writer = new LoopKernelWriter(kernel);
        writer.WriteBody();
        string body = writer._writer.ToString();
        ImmutableArray<string> symbols = [.. SymbolsOf(kernel).Where(symbol => Regex.IsMatch(body, $@"\b{Regex.Escape(symbol)}\b"))];
        var fields = kernel.Operands
            .Select((operand, i) => operand.IsScalar
                ? $"{TypeName(operand.Element)} p{i}"
                : $"{RuntimeApi.Pointer}<{TypeName(operand.Element)}> p{i}")
            .Concat(symbols.Select(symbol => $"nint {symbol}"));
        var text = new CodeWriter();
        using (text.Block($"readonly struct {NamePlaceholder}({string.Join(", ", fields)}) : {RuntimeApi.RangeKernel}"))
            text.Lines(body.TrimEnd('\n'));
        return (text.ToString(), symbols);
    }

    static IEnumerable<string> SymbolsOf(LoopKernel kernel)
    {
        var dims = kernel.Axes
            .Concat(kernel.Accesses.SelectMany(access => access.Strides.Append(access.Offset)))
            .Concat(LoopExpression.Reachable(kernel.Roots).Select(expression => expression.Operation).OfType<LoopOperation.Dimension>().Select(size => size.Dim));
        return dims.SelectMany(dim => dim.Symbols).Distinct(StringComparer.Ordinal).OrderBy(name => name, StringComparer.Ordinal);
    }

    /// <summary>What <c>Run</c> ranges over: lanes of a single axis, or rows.</summary>
    public static Dim RangeOf(LoopKernel kernel)
    {
        var writer = new LoopKernelWriter(kernel);
        return writer._form == Form.LanesAreRows && kernel.Outer.Length > 1
            ? Dim.Product(kernel.Outer.RemoveAt(kernel.Outer.Length - 1))
            : Dim.Product(kernel.Outer);
    }

    Form ChooseForm()
    {
        var expressions = LoopExpression.Reachable(_kernel.Roots);
        bool oneFloatType = _element.IsFloat()
            && expressions.All(expression => expression.Element == _element || expression.Element == DType.Bool && expression.Operation is LoopOperation.Apply)
            && _kernel.Reductions.All(reduction => reduction.Operator is Reduction && reduction.Element == _element);
        if (!oneFloatType || _kernel.Axes.IsEmpty)
            return Form.Scalar;
        if (_kernel.Inner.IsEmpty)
            return Form.LanesAreRows;
        if (_kernel.Outer.IsEmpty || _kernel.Stores.Any(store => !store.PerRow))
            return Form.LanesInRow;
        // Lanes go where neighbouring elements are: count the operands that lie contiguously along either axis.
        var loads = expressions.Select(expression => expression.Operation).OfType<LoopOperation.Load>().ToList();
        int alongInner = loads.Count(load => load.Access.Strides[_kernel.Axes.Length - 1].Is(1));
        int alongOuter = loads.Count(load => load.Access.Strides[OuterAxes - 1].Is(1));
        return alongOuter > alongInner ? Form.LanesAreRows : Form.LanesInRow;
    }

    void WriteBody()
    {
        switch (_form)
        {
            case Form.Scalar:
                WriteScalar();
                break;
            case Form.LanesAreRows:
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
            _writer.Lines($"""
                if ({RuntimeApi.Simd}.Has512) Rows<{wide}>(begin, end);
                else if ({RuntimeApi.Simd}.Has256) Rows<{medium}>(begin, end);
                else Rows<{one}>(begin, end);
                """);
        }
        _writer.Line();
    }

    string Constraint => $"where L : struct, {RuntimeApi.Lanes}<L, {TypeName(_element)}>";

    string One => RuntimeApi.LanesOf(_element).One;

    void WriteLanesAreRows()
    {
        int lane = LaneAxis;
        var rowAxes = Enumerable.Range(0, lane).ToList();
        string indices = string.Concat(rowAxes.Select(axis => $"i{axis}, "));
        string parameters = string.Concat(rowAxes.Select(axis => $"nint i{axis}, "));

        _writer.Line("[MethodImpl(MethodImplOptions.AggressiveOptimization)]");
        using (_writer.Block($"void Rows<L>(nint begin, nint end) {Constraint}"))
        {
            if (rowAxes.Count == 0)
            {
                _writer.Lines($"""
                    nint i{lane} = begin;
                    Lanes<L>(ref i{lane}, end);
                    Lanes<{One}>(ref i{lane}, end);
                    """);
            }
            else
            {
                using (_writer.Block("for (nint row = begin; row < end; row++)"))
                {
                    WriteRowIndices(rowAxes);
                    string extent = Expression(_kernel.Axes[lane]);
                    _writer.Lines($"""
                        nint i{lane} = 0;
                        Lanes<L>({indices}ref i{lane}, {extent});
                        Lanes<{One}>({indices}ref i{lane}, {extent});
                        """);
                }
            }
        }
        _writer.Line();
        using (_writer.Block($"void Lanes<L>({parameters}ref nint i{lane}, nint count) {Constraint}"))
        {
            var scope = new ExpressionWriter(_kernel, _writer, _form, _element, LaneAxis, "L");
            scope.DefineUniform(_kernel.Roots, rowAxes);
            // A local index: the JIT keeps no reference parameter in a register.
            _writer.Line($"nint i = i{lane};");
            using (_writer.Block("for (; i <= count - L.Count; i += L.Count)"))
            {
                scope.Rename(lane, "i");
                WriteStages(scope);
                foreach (var store in _kernel.Stores.Where(store => store.PerRow || _kernel.Inner.IsEmpty))
                    WriteLanesStore(scope, store);
                var elements = _kernel.Stores.Where(store => !store.PerRow && !_kernel.Inner.IsEmpty).ToList();
                if (elements.Count > 0)
                {
                    OverInner(scope, _kernel.Inner.Length, () =>
                    {
                        foreach (var store in elements)
                            WriteLanesStore(scope, store);
                    });
                }
            }
            _writer.Line($"i{lane} = i;");
        }
    }

    void WriteStages(ExpressionWriter scope)
    {
        foreach (var stage in Stages())
        {
            foreach (int reduction in stage)
                _writer.Line($"L r{reduction} = L.Splat({Identity(_kernel.Reductions[reduction])});");
            OverInner(scope, _kernel.Inner.Length, () =>
            {
                foreach (int reduction in stage)
                    _writer.Line($"r{reduction} = {Fold(_kernel.Reductions[reduction], "L", $"r{reduction}", scope.Lanes(_kernel.Reductions[reduction].Value))};");
            });
        }
    }

    void WriteLanesStore(ExpressionWriter scope, LoopStore store) =>
        _writer.Line(scope.Store(store.Operand, store.Access, scope.Lanes(store.Value)));

    void WriteLanesInRow()
    {
        int lane = LaneAxis;
        var rowAxes = Enumerable.Range(0, OuterAxes).ToList();
        var passes = Stages().ToList();
        var elementStores = _kernel.Stores.Where(store => !store.PerRow).ToList();
        string type = TypeName(_element);

        _writer.Line("[MethodImpl(MethodImplOptions.AggressiveOptimization)]");
        using (_writer.Block($"void Rows<L>(nint begin, nint end) {Constraint}"))
        using (_writer.Block("for (nint row = begin; row < end; row++)"))
        {
            WriteRowIndices(rowAxes);
            var scope = new ExpressionWriter(_kernel, _writer, _form, _element, LaneAxis, lanes: null);
            for (int pass = 0; pass < passes.Count; pass++)
            {
                foreach (int reduction in passes[pass])
                    _writer.Line($"{type} r{reduction} = {Identity(_kernel.Reductions[reduction])};");
                WritePassCalls($"Fold{pass}", passes[pass], Earlier(passes, pass));
            }
            foreach (var store in _kernel.Stores.Where(store => store.PerRow))
                _writer.Line(scope.ScalarStore(store.Operand, store.Access, scope.Scalar(store.Value)));
            if (elementStores.Count > 0)
                WritePassCalls("Elements", [], Earlier(passes, passes.Count));
        }
        for (int pass = 0; pass < passes.Count; pass++)
        {
            var stage = passes[pass];
            WritePass($"Fold{pass}", stage, Earlier(passes, pass), [.. stage.Select(reduction => _kernel.Reductions[reduction].Value)], scope =>
            {
                foreach (int reduction in stage)
                    _writer.Line($"a{reduction} = {Fold(_kernel.Reductions[reduction], "L", $"a{reduction}", scope.Lanes(_kernel.Reductions[reduction].Value))};");
            });
        }
        if (elementStores.Count > 0)
        {
            WritePass("Elements", [], Earlier(passes, passes.Count), [.. elementStores.Select(store => store.Value)], scope =>
            {
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
            using (_writer.Block($"void {name}<L>({parameters}) {Constraint}"))
            {
                var scope = new ExpressionWriter(_kernel, _writer, _form, _element, LaneAxis, "L");
                scope.DefineUniform(values, Enumerable.Range(0, lane));
                foreach (int reduction in folded)
                    _writer.Line($"L a{reduction} = L.Splat({Identity(_kernel.Reductions[reduction])});");
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

    void WriteScalar()
    {
        using (_writer.Block("public void Run(nint begin, nint end)"))
        using (_writer.Block("for (nint row = begin; row < end; row++)"))
        {
            WriteRowIndices([.. Enumerable.Range(0, OuterAxes)]);
            var scope = new ExpressionWriter(_kernel, _writer, _form, _element, laneAxis: -1, lanes: null);
            foreach (var stage in Stages())
            {
                foreach (int reduction in stage)
                    WriteScalarAccumulator(reduction);
                var loops = OpenLoops(OuterAxes, _kernel.Axes.Length);
                foreach (int reduction in stage)
                    WriteScalarFold(scope, reduction);
                Close(loops);
            }
            foreach (var store in _kernel.Stores.Where(store => store.PerRow || _kernel.Inner.IsEmpty))
                _writer.Line(scope.ScalarStore(store.Operand, store.Access, scope.Scalar(store.Value)));
            var elements = _kernel.Stores.Where(store => !store.PerRow && !_kernel.Inner.IsEmpty).ToList();
            if (elements.Count > 0)
            {
                var loops = OpenLoops(OuterAxes, _kernel.Axes.Length);
                foreach (var store in elements)
                    _writer.Line(scope.ScalarStore(store.Operand, store.Access, scope.Scalar(store.Value)));
                Close(loops);
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
            _writer.Line($"{TypeName(fold.Element)} r{reduction} = {Identity(fold)};");
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

    static string Identity(LoopReduction reduction) => reduction.Operator switch
    {
        Sum => Literal(0, reduction.Element),
        Product => Literal(1, reduction.Element),
        Max when reduction.Element.IsFloat() => Literal(double.NegativeInfinity, reduction.Element),
        Min when reduction.Element.IsFloat() => Literal(double.PositiveInfinity, reduction.Element),
        Max when reduction.Element == DType.Bool => "false",
        Min when reduction.Element == DType.Bool => "true",
        Max => TypeName(reduction.Element) + ".MinValue",
        Min => TypeName(reduction.Element) + ".MaxValue",
        _ => throw new InvalidOperationException($"no CPU lowering for {reduction.Operator.Name}"),
    };

    static string Fold(LoopReduction reduction, string lanes, string accumulator, string value) => reduction.Operator switch
    {
        Sum => $"{accumulator} + {value}",
        Product => $"{accumulator} * {value}",
        Max => $"{lanes}.Max({accumulator}, {value})",
        _ => $"{lanes}.Min({accumulator}, {value})",
    };

    static string FoldScalar(LoopReduction reduction, string accumulator, string value) => reduction.Operator switch
    {
        Sum => $"{accumulator} + {value}",
        Product => $"{accumulator} * {value}",
        Max when reduction.Element == DType.Bool => $"{accumulator} | {value}",
        Min when reduction.Element == DType.Bool => $"{accumulator} & {value}",
        _ => $"{(reduction.Element == DType.F32 ? "MathF" : "Math")}.{(reduction.Operator is Max ? "Max" : "Min")}({accumulator}, {value})",
    };

    static string Horizontal(LoopReduction reduction) => reduction.Operator switch
    {
        Sum => "SumLanes",
        Product => "ProductLanes",
        Max => "MaxLanes",
        _ => "MinLanes",
    };

    /// <summary>Spells the expressions of a kernel's body in one C# scope.</summary>
    sealed class ExpressionWriter(LoopKernel kernel, CodeWriter writer, Form form, DType element, int laneAxis, string? lanes)
    {
        readonly Dictionary<LoopExpression, string> _named = [];
        readonly Dictionary<int, string> _axisNames = [];
        int _names;

        public void Rename(int axis, string name) => _axisNames[axis] = name;

        /// <summary>Evaluates what is the same for all iterations of the loop before it, splatted over the lanes.</summary>
        public void DefineUniform(IEnumerable<LoopExpression> roots, IEnumerable<int> knownAxes)
        {
            var known = new HashSet<int>(knownAxes);
            var reachable = LoopExpression.Reachable(roots);
            var uniform = reachable.Where(expression => expression.Element != DType.Bool && IsUniform(expression, known)).ToList();
            var insideUniform = new HashSet<LoopExpression>(uniform.SelectMany(expression => expression.Inputs));
            var usedOutside = new HashSet<LoopExpression>(reachable.Where(expression => !uniform.Contains(expression)).SelectMany(expression => expression.Inputs).Concat(roots));
            foreach (var expression in uniform.Where(expression => usedOutside.Contains(expression)))
            {
                string name = $"u{_names++}";
                writer.Line($"{lanes} {name} = {lanes}.Splat({Scalar(expression)});");
                _named[expression] = name;
            }
        }

        bool IsUniform(LoopExpression expression, HashSet<int> known) => expression.Operation switch
        {
            LoopOperation.Load load => Depends(load.Access, known),
            LoopOperation.Index index => Depends(index.Access, known),
            LoopOperation.Reduced => form == Form.LanesInRow,
            _ => true,
        } && expression.Inputs.All(input => IsUniform(input, known));

        bool Depends(Access access, HashSet<int> known) =>
            Enumerable.Range(0, kernel.Axes.Length).All(axis => !access.DependsOn(axis) || known.Contains(axis));

        /// <summary>Names defined inside <paramref name="body"/> end with its loop.</summary>
        public void InLoop(Action body)
        {
            var outside = new Dictionary<LoopExpression, string>(_named);
            body();
            foreach (var expression in _named.Keys.Except(outside.Keys).ToList())
                _named.Remove(expression);
        }

        /// <summary>The expression over lanes; what is used twice is named first.</summary>
        public string Lanes(LoopExpression root)
        {
            NameShared(root, lanes!, Spell);
            return Spell(root);
        }

        /// <summary>The expression over scalars; what is used twice is named first.</summary>
        public string Scalar(LoopExpression root)
        {
            if (lanes is null)
                NameShared(root, null, SpellScalar);
            return SpellScalar(root);
        }

        void NameShared(LoopExpression root, string? type, Func<LoopExpression, string> spell)
        {
            var reachable = LoopExpression.Reachable([root]);
            var uses = reachable.SelectMany(expression => expression.Inputs).GroupBy(input => input).ToDictionary(group => group.Key, group => group.Count());
            foreach (var expression in reachable)
            {
                bool trivial = expression.Operation is LoopOperation.Literal or LoopOperation.ScalarOperand or LoopOperation.Reduced or LoopOperation.Dimension;
                if (trivial || _named.ContainsKey(expression) || !uses.TryGetValue(expression, out int count) || count < 2)
                    continue;
                string name = $"v{_names++}";
                writer.Line($"{type ?? TypeName(expression.Element)} {name} = {spell(expression)};");
                _named[expression] = name;
            }
        }

        string Spell(LoopExpression expression)
        {
            if (_named.TryGetValue(expression, out string? name))
                return name;
            switch (expression.Operation)
            {
                case LoopOperation.Load load:
                    var stride = load.Access.Strides[laneAxis];
                    string at = Index(load.Access);
                    return stride.Is(0) ? $"{lanes}.Splat(p{load.Operand}[{at}])"
                        : stride.Is(1) ? $"{lanes}.Load(p{load.Operand}, {at})"
                        : $"{lanes}.LoadStrided(p{load.Operand}, {at}, {Expression(stride)})";
                case LoopOperation.Index index:
                    var step = index.Access.Strides[laneAxis];
                    if (step.Is(0))
                        return $"{lanes}.Splat({Index(index.Access)})";
                    if (!step.Is(1))
                        return $"({lanes}.Iota(0) * {lanes}.Splat({Expression(step)}) + {lanes}.Splat({Index(index.Access)}))";
                    return $"{lanes}.Iota({Index(index.Access)})";
                case LoopOperation.Reduced reduced:
                    return form == Form.LanesAreRows ? $"r{reduced.Reduction}" : $"{lanes}.Splat(r{reduced.Reduction})";
                case LoopOperation.Apply apply:
                    var first = expression.Inputs[0].Element;
                    return Elementwise.OverLanes(apply.Operator, lanes!, first, expression.Element, [.. expression.Inputs.Select(Spell)]);
                default:
                    return expression.Element == DType.Bool
                        ? $"{lanes}.{(((LoopOperation.Literal)expression.Operation).Value != 0 ? "Equal" : "NotEqual")}({lanes}.Splat({Literal(0, element)}), {lanes}.Splat({Literal(0, element)}))"
                        : $"{lanes}.Splat({SpellScalar(expression)})";
            }
        }

        string SpellScalar(LoopExpression expression)
        {
            if (lanes is null && _named.TryGetValue(expression, out string? name))
                return name;
            switch (expression.Operation)
            {
                case LoopOperation.Load load:
                    return $"p{load.Operand}[{Index(load.Access)}]";
                case LoopOperation.Literal literal:
                    return Literal(literal.Value, expression.Element);
                case LoopOperation.Index index:
                    return $"({TypeName(expression.Element)})({Index(index.Access)})";
                case LoopOperation.ScalarOperand scalar:
                    return $"p{scalar.Operand}";
                case LoopOperation.Dimension size:
                    return $"({TypeName(expression.Element)})({Expression(size.Dim)})";
                case LoopOperation.Reduced reduced:
                    return $"r{reduced.Reduction}";
                default:
                    var op = ((LoopOperation.Apply)expression.Operation).Operator;
                    return Elementwise.OverScalars(op, expression.Inputs[0].Element, expression.Element, [.. expression.Inputs.Select(SpellScalar)]);
            }
        }

        public string Store(int operand, Access access, string value)
        {
            if (!access.Strides[laneAxis].Is(1))
                throw new InvalidOperationException("results are stored contiguously along the lanes");
            return $"{lanes}.Store(p{operand}, {Index(access)}, {value});";
        }

        public string ScalarStore(int operand, Access access, string value) => $"p{operand}[{Index(access)}] = {value};";

        string Index(Access access)
        {
            var terms = new List<string>();
            for (int axis = 0; axis < access.Strides.Length; axis++)
            {
                var stride = access.Strides[axis];
                if (stride.Is(0))
                    continue;
                string name = _axisNames.TryGetValue(axis, out string? renamed) ? renamed : $"i{axis}";
                terms.Add(stride.Is(1) ? name : $"{name} * {Factor(stride)}");
            }
            if (!access.Offset.Is(0) || terms.Count == 0)
                terms.Add(Expression(access.Offset));
            return string.Join(" + ", terms);
        }
    }
}
