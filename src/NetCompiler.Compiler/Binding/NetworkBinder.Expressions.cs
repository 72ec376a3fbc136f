using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Syntax;
using NetCompiler.Text;

namespace NetCompiler.Binding;

internal sealed partial class NetworkBinder
{
    /// <summary>How many elements a list and characters a string may have: more is a mistake that would only fill memory.</summary>
    const int SizeLimit = 100_000;

    /// <summary>Evaluates an expression and names what it makes.</summary>
    /// <param name="frame">The body.</param>
    /// <param name="name">The binding's name, or one for its role.</param>
    /// <param name="expression">The expression.</param>
    /// <param name="isBinding">Whether the name is taken by it in any case, and not only if variables hang under it.</param>
    Value EvaluateNamed(Frame frame, string name, Expression expression, bool isBinding = false)
    {
        var outer = frame.Expression;
        var names = _ownership.Name(expression, frame.Module, bound => frame.Lookup(bound) is not null);
        if (name.Length == 0)
            name = "value";
        var path = frame.Step is { OwnsAlone: true } && names.Count > 0 ? frame.Path : isBinding || names.Count > 0 ? frame.Path.Child(name) : new NamePath(frame.Path.Join(name));
        frame.Expression = new(path.Prefix, path, names);
        var value = Evaluate(frame, expression);
        frame.Expression = outer;
        return value;
    }

    /// <summary>A condition of compile time; null if it is none, which is reported.</summary>
    bool? EvaluateCondition(Frame frame, Expression expression)
    {
        switch (Evaluate(frame, expression))
        {
            case BooleanValue condition:
                return condition.Truth;
            case PoisonValue:
                return null;
            case TensorValue tensor:
                Report(DiagnosticCatalog.ConditionIsTensor, frame, expression.Focus, tensor.Node.Type, tensor.Node.Operator is TrainingFlag
                    ? "choose a value, if training then a else b" : "use where(condition, a, b)");
                return null;
            case var other:
                Report(DiagnosticCatalog.WrongKind, frame, expression.Focus, "a condition", "true or false", other.Describe());
                return null;
        }
    }

    Value Evaluate(Frame frame, Expression expression)
    {
        if (!Step(frame, expression.Focus))
            return PoisonValue.Instance;
        try
        {
            return expression switch
            {
                IntegerLiteral literal => new IntegerValue(literal.Value),
                FloatLiteral literal => new FloatValue(literal.Value),
                BooleanLiteral literal => new BooleanValue(literal.Value),
                StringLiteral literal => new StringValue(literal.Value),
                NameExpression name => EvaluateName(frame, name),
                ListExpression list => EvaluateList(frame, list),
                ComprehensionExpression each => EvaluateComprehension(frame, each),
                UnaryExpression unary => EvaluateUnary(frame, unary),
                BinaryExpression binary => EvaluateBinary(frame, binary),
                RangeExpression range => EvaluateRange(frame, range),
                ConditionalExpression choice => EvaluateConditional(frame, choice),
                CallExpression call => EvaluateCall(frame, call),
                MemberExpression member => EvaluateMember(frame, member),
                IndexExpression index => EvaluateIndex(frame, index),
                ScanExpression scan => EvaluateScan(frame, scan),
                ErrorExpression => PoisonValue.Instance,
                _ => throw new InvalidOperationException($"unknown expression {expression.GetType().Name}"),
            };
        }
        catch (OverflowException)
        {
            // Coefficients of dimensions are checked 64-bit integers; no tensor of this size could exist.
            Report(DiagnosticCatalog.TooLarge, frame, expression.Focus, "this");
            return PoisonValue.Instance;
        }
    }

    PoisonValue Unsupported(Frame frame, Expression expression, string what)
    {
        Report(DiagnosticCatalog.NotSupported, frame, expression.Focus, what);
        return PoisonValue.Instance;
    }

    PoisonValue Fail(DiagnosticDescriptor descriptor, Frame frame, TextSpan span, params object[] arguments)
    {
        Report(descriptor, frame, span, arguments);
        return PoisonValue.Instance;
    }

    Value EvaluateName(Frame frame, NameExpression expression)
    {
        var name = expression.Name;
        if (name.Length == 0)
            return PoisonValue.Instance;
        if (frame.Lookup(name) is { } bound)
        {
            if (frame.Step is { } step && !frame.Names.ContainsKey(name))
                step.ReadFromOutside.Add(name);
            return bound;
        }
        if (IsNetworkScope(frame) && _symbols.Contains(name))
            return new DimensionValue(Dim.Symbol(name));
        if (frame.Module.Layer(name) is { } layer)
            return new LayerValue(layer, ImmutableDictionary<string, Value>.Empty, frame.Expression.PrefixOf(expression));
        if (Builtins.Find(name) is { } builtin)
        {
            return builtin.MakesInitializer
                ? builtin.Apply(new BuiltinCall(this, builtin, new Site(frame, expression.Span), ImmutableDictionary<string, Value>.Empty))
                : new LayerValue(builtin, ImmutableDictionary<string, Value>.Empty, "");
        }
        if (Builtins.Constant(name) is { } constant)
            return constant;
        if (DTypes.TryParse(name, out var element))
            return new ElementTypeValue(element);
        if (name == "training")
        {
            _graph.Origin = new Site(frame, expression.Span).Origin;
            return new TensorValue(_graph.Make(new TrainingFlag()));
        }
        if (frame.Module.Optimizer(name) is { } optimizer)
            return new OptimizerValue(optimizer, ImmutableDictionary<string, Value>.Empty);
        if (frame.Module.Network(name) is not null)
            return Fail(DiagnosticCatalog.NetworkAsValue, frame, expression.Span, name);
        var candidates = frame.VisibleNames.Concat(_symbols).Concat(frame.Module.LayerNames).Concat(Builtins.Names);
        Fail(DiagnosticCatalog.UnknownName, frame, expression.Span, name, Suggestions.DidYouMean(name, candidates));
        // Once is enough: what else uses the name is not wrong for another reason.
        if (frame.Kind != FrameKind.Function)
            frame.Names[name] = PoisonValue.Instance;
        return PoisonValue.Instance;
    }

    static bool IsNetworkScope(Frame frame) =>
        frame.Kind is FrameKind.Network or FrameKind.Function || frame.Kind == FrameKind.Scan && IsNetworkScope(frame.Caller!);

    Value EvaluateList(Frame frame, ListExpression list)
    {
        var elements = list.Elements.Select(element => Evaluate(frame, element)).ToImmutableArray();
        return elements.Any(element => element is PoisonValue) ? PoisonValue.Instance : new ListValue(elements);
    }

    /// <summary>A list of one element for each item. What an element owns hangs under the variable and its item, as in the turns of a 'for'.</summary>
    Value EvaluateComprehension(Frame frame, ComprehensionExpression each)
    {
        var source = Evaluate(frame, each.Items);
        if (Items(source) is not { } items)
            return source is PoisonValue ? source : Fail(DiagnosticCatalog.WrongKind, frame, each.Items.Focus, "what 'for' walks through", "a range or a list", source.Describe());
        if (items.Count > SizeLimit)
            return Fail(DiagnosticCatalog.TooLarge, frame, each.Span, "this list");
        var variable = each.Variable.Text;
        var outer = frame.Expression;
        frame.Names.TryGetValue(variable, out var hidden);
        var elements = ImmutableArray.CreateBuilder<Value>();
        for (long i = 0; i < items.Count && Step(frame, each.Span); i++)
        {
            frame.Names[variable] = items.At(i);
            frame.Expression = outer with { Path = outer.Path.Child(variable + LoopLabel(items.At(i), i)) };
            elements.Add(Evaluate(frame, each.Element));
        }
        frame.Expression = outer;
        if (hidden is null)
            frame.Names.Remove(variable);
        else
            frame.Names[variable] = hidden;
        return _stopped || elements.Any(element => element is PoisonValue) ? PoisonValue.Instance : new ListValue(elements.ToImmutable());
    }

    Value EvaluateRange(Frame frame, RangeExpression range)
    {
        var start = EvaluateInteger(frame, range.Start, "the start of a range");
        var end = EvaluateInteger(frame, range.End, "the end of a range");
        return start is { } from && end is { } to ? new RangeValue(from, to) : PoisonValue.Instance;
    }

    /// <summary>A whole number that is known; null if it is none, which is reported.</summary>
    long? EvaluateInteger(Frame frame, Expression expression, string what)
    {
        switch (Evaluate(frame, expression))
        {
            case IntegerValue integer:
                return integer.Number;
            case PoisonValue:
                return null;
            case var other:
                Report(DiagnosticCatalog.WrongKind, frame, expression.Focus, what, "a whole number", other.Describe());
                return null;
        }
    }

    Value EvaluateConditional(Frame frame, ConditionalExpression choice)
    {
        var condition = Evaluate(frame, choice.Condition);
        switch (condition)
        {
            case BooleanValue known:
                return Evaluate(frame, known.Truth ? choice.WhenTrue : choice.WhenFalse);
            case PoisonValue:
                return condition;
            // The flag is a constant of each function, so one branch remains in each.
            case TensorValue { Node.Operator: TrainingFlag } training:
            {
                var whenTrue = Evaluate(frame, choice.WhenTrue);
                var whenFalse = Evaluate(frame, choice.WhenFalse);
                return _tensors.Where(new Site(frame, choice.Span), "if", training, whenTrue, whenFalse);
            }
            case TensorValue tensor:
                return Fail(DiagnosticCatalog.ConditionIsTensor, frame, choice.Condition.Focus, tensor.Node.Type, "use where(condition, a, b)");
            default:
                return Fail(DiagnosticCatalog.WrongKind, frame, choice.Condition.Focus, "a condition", "true or false", condition.Describe());
        }
    }

    Value EvaluateUnary(Frame frame, UnaryExpression expression)
    {
        var operand = Evaluate(frame, expression.Operand);
        var site = new Site(frame, expression.Span);
        return operand switch
        {
            PoisonValue => operand,
            LayerValue layer => LayerAsTensor(frame, expression.Operand, layer),
            TensorValue tensor => _tensors.Unary(site, expression.Operator, tensor.Node),
            _ => ConstantArithmetic.Unary(expression.Operator, operand)
                ?? Fail(DiagnosticCatalog.OperandKind, frame, expression.Span, Symbol(expression.Operator), operand.Describe()),
        };
    }

    Value EvaluateBinary(Frame frame, BinaryExpression expression)
    {
        var left = Evaluate(frame, expression.Left);
        // 'and' and 'or' of compile time decide without their right-hand side, which may not even make sense then.
        if (left is BooleanValue { Truth: var truth }
            && (truth ? expression.Operator == BinaryOperator.Or : expression.Operator == BinaryOperator.And))
            return left;
        var right = Evaluate(frame, expression.Right);
        bool guess = _tensors.GuessesTypes && expression.Operator != BinaryOperator.MatrixProduct && (left is TensorValue || right is TensorValue);
        if ((left is PoisonValue || right is PoisonValue) && !guess)
            return PoisonValue.Instance;
        var site = new Site(frame, expression.Span);
        var symbol = Symbol(expression.Operator);
        foreach (var (operand, syntax) in new[] { (left, expression.Left), (right, expression.Right) })
        {
            if (operand is LayerValue layer && expression.Operator is not (BinaryOperator.Equal or BinaryOperator.NotEqual))
                return LayerAsTensor(frame, syntax, layer);
            if (operand is TupleValue)
                return Fail(DiagnosticCatalog.OperandKind, frame, syntax.Focus, symbol, operand.Describe());
        }
        if (left is TensorValue || right is TensorValue)
            return _tensors.Binary(site, symbol, expression.Operator, left, right);
        if (ConstantArithmetic.IsDivisionByZero(expression.Operator, right))
            return Fail(DiagnosticCatalog.DivisionByZero, frame, expression.Span);
        if (ConstantArithmetic.Binary(expression.Operator, left, right) is { } constant)
            return Bounded(frame, expression.Span, constant);
        // What a symbolic dimension makes with a fraction is known when the function is called.
        if ((left is DimensionValue || right is DimensionValue) && left.IsScalar && right.IsScalar)
        {
            return expression.Operator is BinaryOperator.Equal or BinaryOperator.NotEqual or BinaryOperator.Less or BinaryOperator.LessOrEqual
                or BinaryOperator.Greater or BinaryOperator.GreaterOrEqual
                ? Fail(DiagnosticCatalog.UndecidedComparison, frame, expression.Span, left.AsDim()?.ToString() ?? left.Describe(), right.AsDim()?.ToString() ?? right.Describe())
                : _tensors.Binary(site, symbol, expression.Operator, left, right);
        }
        return Fail(DiagnosticCatalog.OperandKinds, frame, expression.Span, symbol, left.Describe(), right.Describe());
    }

    Value Bounded(Frame frame, TextSpan span, Value value) => value switch
    {
        StringValue text when text.Text.Length > SizeLimit => Fail(DiagnosticCatalog.TooLarge, frame, span, "this string"),
        ListValue list when list.Elements.Length > SizeLimit => Fail(DiagnosticCatalog.TooLarge, frame, span, "this list"),
        DimensionValue dimension when dimension.Dim.ToString().Length > 1000 => Fail(DiagnosticCatalog.TooLarge, frame, span, "this formula of dimensions"),
        _ => value,
    };

    PoisonValue LayerAsTensor(Frame frame, Expression expression, LayerValue layer)
    {
        var text = Text(frame, expression.Span);
        var call = expression is NameExpression ? text + "(x)" : $"x |> {(text.Length < 40 ? text : layer.Target.Name + "(…)")}";
        return Fail(DiagnosticCatalog.LayerNotApplied, frame, expression.Focus, layer.Target.Name, call);
    }

    /// <summary>The value as a tensor; null if it is none, which is reported. Numbers become scalars.</summary>
    Node? EvaluateTensor(Frame frame, Expression expression, string what) => AsTensor(frame, expression, Evaluate(frame, expression), what);

    Node? AsTensor(Frame frame, Expression expression, Value value, string what)
    {
        switch (value)
        {
            case PoisonValue:
                return null;
            case TensorValue tensor:
                return tensor.Node;
            case LayerValue layer:
                LayerAsTensor(frame, expression, layer);
                return null;
            case var scalar when scalar.IsScalar:
                return _tensors.Scalar(new Site(frame, expression.Focus), scalar, null);
            default:
                Report(DiagnosticCatalog.WrongKind, frame, expression.Focus, what, "a tensor", value.Describe());
                return null;
        }
    }

    /// <summary>A name with points is the name of a variable: <c>c1.weight</c>; after any tensor <c>.T</c> is its transpose.</summary>
    Value EvaluateMember(Frame frame, MemberExpression expression)
    {
        if (expression.Member.Text == "T" && !(DottedName(expression) is { } own && FindVariable(frame, own) is not null))
            return EvaluateTensor(frame, expression.Target, "what is transposed") is { } matrix ? _tensors.Transpose(new Site(frame, expression.Span), matrix) : PoisonValue.Instance;
        if (DottedName(expression) is not { } dotted)
        {
            var target = Evaluate(frame, expression.Target);
            return target is PoisonValue ? target : Fail(DiagnosticCatalog.NoMembers, frame, expression.Span, target.Describe(), expression.Member.Text);
        }
        if (expression.Member.IsMissing)
            return PoisonValue.Instance;
        if (FindVariable(frame, dotted) is { } variable)
            return new TensorValue(Read(variable));
        var root = dotted.Substring(0, dotted.IndexOf('.'));
        if (frame.Lookup(root) is PoisonValue)
            return PoisonValue.Instance;
        return Fail(DiagnosticCatalog.UnknownVariable, frame, expression.Span, dotted, Suggestions.DidYouMean(dotted, _variables.Keys));
    }

    static string? DottedName(Expression expression) => expression switch
    {
        NameExpression name => name.Name,
        MemberExpression member when DottedName(member.Target) is { } target => target + "." + member.Member.Text,
        _ => null,
    };

    Variable? FindVariable(Frame frame, string dotted)
    {
        var prefix = (frame.Kind == FrameKind.Function ? frame.Caller! : frame).Path;
        return _variables.TryGetValue(prefix.Join(dotted), out var variable) || _variables.TryGetValue(dotted, out variable) ? variable : null;
    }

    /// <summary>Evaluates <c>a[…]</c> of lists; tensors are sliced.</summary>
    Value EvaluateIndex(Frame frame, IndexExpression expression)
    {
        var target = Evaluate(frame, expression.Target);
        switch (target)
        {
            case PoisonValue:
                return target;
            case TensorValue tensor:
                return EvaluateSlice(frame, expression, _tensors.Widened(tensor.Node));
            case LayerValue layer:
                return LayerAsTensor(frame, expression.Target, layer);
        }
        if (Items(target) is not { } items)
            return Fail(DiagnosticCatalog.WrongKind, frame, expression.Target.Focus, "what is indexed", "a tensor or a list", target.Describe());
        if (expression.Items is [IndexSlice slice])
            return SliceList(frame, slice, target, items);
        if (expression.Items is not [IndexPosition position])
            return Fail(DiagnosticCatalog.ListIndex, frame, expression.Span);
        if (EvaluateInteger(frame, position.Value, "the index of a list") is not { } index)
            return PoisonValue.Instance;
        return index >= -items.Count && index < items.Count
            ? items.At(index < 0 ? index + items.Count : index)
            : Fail(DiagnosticCatalog.IndexOutOfRange, frame, position.Span, Invariant(index), target.Describe());
    }

    Value SliceList(Frame frame, IndexSlice slice, Value target, Sequence items)
    {
        if (slice.Step is not null)
            return Unsupported(frame, slice.Step, "a step in the slice of a list");
        long? start = slice.Start is null ? 0 : EvaluateInteger(frame, slice.Start, "the start of a slice");
        long? stop = slice.Stop is null ? items.Count : EvaluateInteger(frame, slice.Stop, "the end of a slice");
        if (start is not { } from || stop is not { } to)
            return PoisonValue.Instance;
        from = from < 0 ? from + items.Count : from;
        to = to < 0 ? to + items.Count : to;
        if (from < 0 || to > items.Count || from > to)
            return Fail(DiagnosticCatalog.IndexOutOfRange, frame, slice.Span, $"{Invariant(from)}:{Invariant(to)}", target.Describe());
        return to - from > SizeLimit
            ? Fail(DiagnosticCatalog.TooLarge, frame, slice.Span, "this list")
            : new ListValue([.. Enumerable.Range(0, (int)(to - from)).Select(i => items.At(from + i))]);
    }

    /// <summary>What can be walked through: a list or a range, whose numbers are made when they are asked for.</summary>
    internal readonly record struct Sequence(long Count, Func<long, Value> At);

    internal static Sequence? Items(Value value) => value switch
    {
        ListValue list => new(list.Elements.Length, i => list.Elements[(int)i]),
        RangeValue range => new(range.Count, i => new IntegerValue(range.Start + i)),
        TupleValue tuple => new(tuple.Elements.Length, i => tuple.Elements[(int)i]),
        _ => null,
    };

    internal static string Symbol(UnaryOperator op) => op switch
    {
        UnaryOperator.Negate => "-",
        UnaryOperator.Plus => "+",
        _ => "not",
    };

    internal static string Symbol(BinaryOperator op) => op switch
    {
        BinaryOperator.Or => "or",
        BinaryOperator.And => "and",
        BinaryOperator.Equal => "==",
        BinaryOperator.NotEqual => "!=",
        BinaryOperator.Less => "<",
        BinaryOperator.LessOrEqual => "<=",
        BinaryOperator.Greater => ">",
        BinaryOperator.GreaterOrEqual => ">=",
        BinaryOperator.Add => "+",
        BinaryOperator.Subtract => "-",
        BinaryOperator.Multiply => "*",
        BinaryOperator.Divide => "/",
        BinaryOperator.Remainder => "%",
        BinaryOperator.MatrixProduct => "@",
        _ => "**",
    };
}
