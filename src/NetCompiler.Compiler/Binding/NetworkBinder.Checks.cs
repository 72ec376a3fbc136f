using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Syntax;
using NetCompiler.Text;

namespace NetCompiler.Binding;

internal sealed partial class NetworkBinder
{
    readonly List<Budget> _budgets = [];

    /// <summary>Whether what can be known at build time holds.</summary>
    bool Check(Frame frame, CheckStatement check)
    {
        if (check.Type is { } type)
        {
            CheckType(frame, check.Subject, type);
            return true;
        }
        bool holds = true;
        string message = "";
        if (check.Message is { } text)
        {
            switch (Evaluate(frame, text))
            {
                case StringValue given:
                    message = given.Text;
                    break;
                case PoisonValue:
                    break;
                case var other:
                    Report(DiagnosticCatalog.WrongKind, frame, text.Focus, "the message of a check", "a string", other.Describe());
                    break;
            }
        }
        foreach (var condition in Conditions(check.Subject))
        {
            if (NamesBudget(frame, condition))
            {
                CheckBudget(frame, condition, message);
                continue;
            }
            bool? known = EvaluateCondition(frame, condition);
            holds &= known is true;
            if (known is false)
                Report(DiagnosticCatalog.CheckFailed, frame, condition.Span, message.Length == 0 ? "" : ": " + message);
        }
        return holds;
    }

    static IEnumerable<Expression> Conditions(Expression subject) =>
        subject is BinaryExpression { Operator: BinaryOperator.And } both ? Conditions(both.Left).Concat(Conditions(both.Right)) : [subject];

    void CheckType(Frame frame, Expression subject, TypeSyntax type)
    {
        var value = Evaluate(frame, subject);
        if (AsTensor(frame, subject, value, "what a check gives a type") is not { } node)
            return;
        var site = new Site(frame, subject.Focus);
        var name = Text(frame, subject.Span);
        if (FitType(frame, type, node, reason =>
                _reporter.Report(DiagnosticCatalog.CheckedType, site, [node], name.Length < 40 ? $"'{name}'" : "this", node.Type, Text(frame, type.Span), reason)) is not { } shape)
            return;
        if (shape == node.Shape)
        {
            DeclareAxes(frame, type, node);
            return;
        }
        if (subject is NameExpression known)
        {
            node = _tensors.Assume(site, "check", node, shape);
            DeclareAxes(frame, type, node);
            frame.Names[known.Name] = new TensorValue(node);
        }
        else
            Report(DiagnosticCatalog.CheckNotDecided, frame, subject.Focus, "this", node.Type, Text(frame, type.Span));
    }

    static BudgetQuantity? QuantityOf(string name) => name switch
    {
        "parameters" => BudgetQuantity.Parameters,
        "macs" => BudgetQuantity.Macs,
        "activations" => BudgetQuantity.Activations,
        "memory" => BudgetQuantity.Memory,
        _ => null,
    };

    static BudgetQuantity? QuantityOf(Frame frame, Expression expression)
    {
        var name = expression as NameExpression ?? (expression as CallExpression)?.Callee as NameExpression;
        return name is not null && frame.Lookup(name.Name) is null && frame.Module.Layer(name.Name) is null ? QuantityOf(name.Name) : null;
    }

    static bool NamesBudget(Frame frame, Expression expression) => QuantityOf(frame, expression) is not null || expression switch
    {
        BinaryExpression binary => NamesBudget(frame, binary.Left) || NamesBudget(frame, binary.Right),
        UnaryExpression unary => NamesBudget(frame, unary.Operand),
        _ => false,
    };

    void CheckBudget(Frame frame, Expression condition, string message)
    {
        if (frame.Kind != FrameKind.Network)
        {
            Report(DiagnosticCatalog.InvalidBudget, frame, condition.Span, "this stands in a layer or a scan, and what is counted is a network");
            return;
        }
        if (condition is not BinaryExpression { Operator: BinaryOperator.Less or BinaryOperator.LessOrEqual or BinaryOperator.Greater or BinaryOperator.GreaterOrEqual
                or BinaryOperator.Equal or BinaryOperator.NotEqual } comparison)
        {
            Report(DiagnosticCatalog.InvalidBudget, frame, condition.Span, "this is no comparison");
            return;
        }
        bool swapped = QuantityOf(frame, comparison.Left) is null;
        var (subject, limit) = swapped ? (comparison.Right, comparison.Left) : (comparison.Left, comparison.Right);
        if (QuantityOf(frame, subject) is not { } quantity || NamesBudget(frame, limit))
        {
            Report(DiagnosticCatalog.InvalidBudget, frame, condition.Span, "this compares something else");
            return;
        }
        var sizes = ImmutableDictionary<string, long>.Empty;
        string? function = null;
        if (subject is CallExpression call)
        {
            foreach (var argument in call.Arguments)
            {
                if (argument.Name is null && argument.Value is NameExpression { Name: var name } && function is null && quantity != BudgetQuantity.Parameters)
                    function = name;
                else if (argument.Name is { } symbol && Evaluate(frame, argument.Value) is IntegerValue { Number: > 0 and var size })
                    sizes = sizes.SetItem(symbol.Text, size);
                else
                {
                    Report(DiagnosticCatalog.InvalidBudget, frame, argument.Span, "this is neither the name of a function nor the size of a dimension");
                    return;
                }
            }
        }
        var value = Evaluate(frame, limit);
        if (value.AsNumber() is not { } number)
        {
            if (value is not PoisonValue)
                Report(DiagnosticCatalog.InvalidBudget, frame, limit.Focus, $"{value.Describe()} is no number");
            return;
        }
        _budgets.Add(new Budget(quantity, function, sizes, swapped ? Swapped(comparison.Operator) : Symbol(comparison.Operator), number, message, frame.Locate(condition.Span)));
    }

    static string Swapped(BinaryOperator comparison) => comparison switch
    {
        BinaryOperator.Less => ">",
        BinaryOperator.LessOrEqual => ">=",
        BinaryOperator.Greater => "<",
        BinaryOperator.GreaterOrEqual => "<=",
        _ => Symbol(comparison),
    };

    /// <summary>Functions and dimensions that budgets name follow them in the text, so they are looked up at the end.</summary>
    void CheckBudgetNames()
    {
        if (_settings.Memory is { } memory)
        {
            foreach (var symbol in memory.Sizes.Keys.Where(symbol => !_symbols.Contains(symbol)).OrderBy(symbol => symbol, StringComparer.Ordinal))
                _reporter.Report(DiagnosticCatalog.InvalidMemoryLimit, memory.Location, $"there is no dimension '{symbol}'{Suggestions.DidYouMean(symbol, _symbols)}");
        }
        foreach (var budget in _budgets)
        {
            if (budget.Function is { } function && !_functionNames.Contains(function))
                _reporter.Report(DiagnosticCatalog.InvalidBudget, budget.Location, $"there is no function '{function}'{Suggestions.DidYouMean(function, _functionNames)}");
            foreach (var symbol in budget.Sizes.Keys.Where(symbol => !_symbols.Contains(symbol)).OrderBy(symbol => symbol, StringComparer.Ordinal))
                _reporter.Report(DiagnosticCatalog.InvalidBudget, budget.Location, $"there is no dimension '{symbol}'{Suggestions.DidYouMean(symbol, _symbols)}");
        }
    }
}
