using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Syntax;
using NetCompiler.Text;
using Argument = NetCompiler.Graph.Argument;
using VariableKind = NetCompiler.Graph.VariableKind;

namespace NetCompiler.Binding;

internal sealed partial class NetworkBinder
{
    /// <summary>A function while it is bound: what it was given so far.</summary>
    sealed class FunctionParts(FunctionDeclaration syntax, Frame frame)
    {
        public FunctionDeclaration Syntax { get; } = syntax;

        public Frame Frame { get; } = frame;

        public string Name => Syntax.Name.Text;

        public List<Argument> Arguments { get; } = [];

        public List<Output> Outputs { get; } = [];

        public Dictionary<Variable, Node> Updates { get; } = [];

        public List<Update> UpdatesInOrder { get; } = [];

        public bool Add(Variable variable, Node value)
        {
            if (Updates.ContainsKey(variable))
                return false;
            Updates.Add(variable, value);
            UpdatesInOrder.Add(new Update(variable, value));
            return true;
        }
    }

    void BindFunction(Frame network, FunctionDeclaration function)
    {
        var name = function.Name.Text;
        if (!function.Name.IsMissing && !_functionNames.Add(name))
        {
            Report(DiagnosticCatalog.DuplicateName, network, function.Name.Span, name, "a function of this network");
            return;
        }
        if (CSharpNames.RefuseFunction(name, _className, _functionNames.Where(other => other != name)) is { } reason && !function.Name.IsMissing)
            Report(DiagnosticCatalog.NameInCSharp, network, function.Name.Span, name, CSharpNames.Pascal(name), reason);
        int errorsBefore = _reporter.Errors;
        var frame = new Frame(FrameKind.Function, name, network.Module, network, network.Locate(function.Name.Span), network.Path.Child(name));
        var parts = new FunctionParts(function, frame);
        bool complete = true;
        foreach (var parameter in function.Parameters)
            complete &= BindArgument(parts, parameter);
        foreach (var result in function.Results)
            complete &= BindResult(parts, result);
        foreach (var clause in function.Minimize)
            Minimize(parts, clause);
        if (function.Updates is { } updates)
            BindUpdates(parts, updates);
        if (_stopped || !complete)
            return;
        if (function.Results.IsEmpty && function.Minimize.IsEmpty && function.Updates is null or { Statements.IsEmpty: true })
        {
            Report(DiagnosticCatalog.EmptyFunction, frame, function.Name.Span, name);
            return;
        }
        bool trains = !function.Minimize.IsEmpty || parts.Updates.Keys.Any(variable => variable.Kind == VariableKind.Parameter);
        var applied = trains ? CarryStates(parts) : [];
        MoveKey(parts, trains);
        var reachable = Scan.WithBodies(Node.Reachable(Roots(parts)));
        if (!CheckArguments(parts, reachable, warn: _reporter.Errors == errorsBefore) || _reporter.Errors > errorsBefore)
            return;
        var model = new FunctionModel(
            name, [.. parts.Arguments], [.. parts.Outputs], [.. parts.UpdatesInOrder], [.. ChecksOf(reachable)], trains,
            new Origin(network.Locate(function.Name.Span), name), function.Documentation ?? "");
        _functions.Add(ResolveStates(model, applied));
    }

    readonly HashSet<string> _functionNames = new(StringComparer.Ordinal);

    /// <summary>A parameter that is an input is that input; any other is a scalar given at each call.</summary>
    bool BindArgument(FunctionParts parts, Parameter parameter)
    {
        var name = parameter.Name.Text;
        if (parameter.Name.IsMissing)
            return false;
        if (parameter.Default is { } expression)
            Report(DiagnosticCatalog.DefaultOfFunction, parts.Frame, expression.Span, name);
        if (parts.Arguments.Any(argument => argument.Name == name))
        {
            Report(DiagnosticCatalog.DuplicateName, parts.Frame, parameter.Name.Span, name, "a parameter of this function");
            return false;
        }
        if (_inputs.TryGetValue(name, out var input))
        {
            if (parameter.Type is { } redundant)
                Report(DiagnosticCatalog.TypeOfInput, parts.Frame, redundant.Span, name);
            parts.Arguments.Add(input);
            // The network may have bound the name anew; in the function it is what the function is given.
            _graph.Origin = input.Origin;
            parts.Frame.Names[name] = new TensorValue(_graph.Make(new FunctionArgument(name, input.Type)));
            return true;
        }
        if (_poisonedInputs.Contains(name))
        {
            parts.Frame.Names[name] = PoisonValue.Instance;
            return false;
        }
        if (_symbols.Contains(name))
        {
            Report(DiagnosticCatalog.DuplicateName, parts.Frame, parameter.Name.Span, name, "a dimension");
            return false;
        }
        if (parts.Frame.Caller!.Names.TryGetValue(name, out var bound))
        {
            parts.Frame.Names[name] = PoisonValue.Instance;
            if (bound is not PoisonValue)
                Report(DiagnosticCatalog.ArgumentIsBound, parts.Frame, parameter.Name.Span, name, bound.Describe());
            return false;
        }
        if (parameter.Type is null && Suggestions.Closest(name, _inputs.Keys) is { } near && name.Length > 3)
        {
            parts.Frame.Names[name] = PoisonValue.Instance;
            Report(DiagnosticCatalog.UnknownInput, parts.Frame, parameter.Name.Span, name, near);
            return false;
        }
        var type = parameter.Type is null ? TensorType.Scalar(DType.F32) : EvaluateType(parts.Frame, parameter.Type, isInput: false);
        if (type is { Shape.IsScalar: false })
        {
            Report(DiagnosticCatalog.ArgumentNotScalar, parts.Frame, parameter.Span, name, type);
            type = null;
        }
        if (type is null)
        {
            parts.Frame.Names[name] = PoisonValue.Instance;
            return false;
        }
        var origin = new Origin(parts.Frame.Locate(parameter.Span), parts.Frame.Path.Join(name));
        parts.Arguments.Add(new Argument(name, type, origin));
        _graph.Origin = origin;
        parts.Frame.Names[name] = new TensorValue(_graph.Make(new FunctionArgument(name, type)));
        return true;
    }

    bool BindResult(FunctionParts parts, FunctionResult result)
    {
        var name = result.Name is { IsMissing: false } given ? given.Text : NameOf(result.Value);
        var value = EvaluateNamed(parts.Frame, name, result.Value);
        if (parts.Outputs.Any(output => output.Name == name))
        {
            if (result.Name is { } twice)
                Report(DiagnosticCatalog.DuplicateName, parts.Frame, twice.Span, name, "a result of this function");
            for (int count = 2; parts.Outputs.Any(output => output.Name == name); count++)
                name = NameOf(result.Value) + "_" + Invariant(count);
        }
        if (value is TupleValue or ListValue)
        {
            Report(DiagnosticCatalog.WrongKind, parts.Frame, result.Value.Focus, "a result", "one tensor", value.Describe());
            return false;
        }
        if (AsTensor(parts.Frame, result.Value, value, "a result") is not { } node)
            return false;
        if (parts.Syntax.Results.Length > 1 && CSharpNames.RefuseResult(name, parts.Outputs.Select(output => output.Name)) is { } reason)
        {
            Report(DiagnosticCatalog.NameInCSharp, parts.Frame, result.Name?.Span ?? result.Value.Focus, name, CSharpNames.Pascal(name), reason);
            return false;
        }
        parts.Outputs.Add(new Output(name, node));
        return true;
    }

    /// <summary>The name of a result that has none: that of the value, or of the last thing done to it.</summary>
    static string NameOf(Expression expression) => expression switch
    {
        NameExpression name => name.Name,
        CallExpression { Callee: NameExpression callee } => callee.Name,
        MemberExpression member => member.Member.Text,
        _ => "result",
    };

    /// <summary>Whether the function is given every input that its results need; what it is given and does not need is a warning.</summary>
    bool CheckArguments(FunctionParts parts, ImmutableArray<Node> reachable, bool warn)
    {
        var given = new HashSet<string>(parts.Arguments.Select(argument => argument.Name), StringComparer.Ordinal);
        var used = new HashSet<string>(StringComparer.Ordinal);
        bool complete = true;
        foreach (var argument in reachable.Select(node => node.Operator).OfType<FunctionArgument>())
        {
            used.Add(argument.Argument);
            if (given.Contains(argument.Argument))
                continue;
            complete = false;
            var through = parts.Outputs.Where(output => Node.Reachable([output.Value]).Any(node => node.Operator == argument)).Select(output => $"'{output.Name}'")
                .Concat(parts.UpdatesInOrder.Where(update => Node.Reachable([update.Value]).Any(node => node.Operator == argument)).Select(update => $"the update of '{update.Variable.Name}'"))
                .First();
            Report(DiagnosticCatalog.MissingInput, parts.Frame, parts.Syntax.Name.Span, parts.Name, argument.Argument, through,
                string.Join(", ", parts.Arguments.Select(a => a.Name).Append(argument.Argument)));
        }
        // An argument may be there for a size that no used argument has.
        var sizes = new HashSet<string>(reachable.SelectMany(SymbolsOf), StringComparer.Ordinal);
        sizes.ExceptWith(parts.Arguments.Where(argument => used.Contains(argument.Name)).SelectMany(argument => argument.Type.Shape.Dims).SelectMany(dim => dim.Symbols));
        foreach (var parameter in parts.Syntax.Parameters)
        {
            var name = parameter.Name.Text;
            bool sized = _inputs.TryGetValue(name, out var input) && input.Type.Shape.Dims.Any(dim => dim.Symbols.Any(sizes.Contains));
            if (warn && !used.Contains(name) && !sized && parts.Arguments.Any(argument => argument.Name == name))
                Report(DiagnosticCatalog.UnusedArgument, parts.Frame, parameter.Name.Span, name, parts.Name);
        }
        return complete;
    }

    /// <summary>What must hold of the symbolic dimensions: what was assumed of them, and that no extent is negative.</summary>
    IEnumerable<DimCheck> ChecksOf(ImmutableArray<Node> reachable)
    {
        // Where a window fits its image, the results of its moves have extents.
        var checkedByWindows = new HashSet<Dim>(reachable.Where(node => node.Operator is IWindowed && _tensors.Checks.ContainsKey(node)).SelectMany(node => node.Shape.Dims));
        return reachable
            .SelectMany(node => (_tensors.Checks.TryGetValue(node, out var checks) ? checks : []).Concat(node.Shape.Dims
                .Where(dim => !dim.IsNonNegative && !checkedByWindows.Contains(dim))
                .Select(dim => new DimCheck(Dim.Zero, dim, $"'{node.Operator.Name}' at {node.Origin.Location.WithoutFolder} cannot have an extent of {{1}}, which {dim} is", AtMost: true))))
            .GroupBy(check => (check.Left, check.Right, check.AtMost))
            .Select(group => group.First());
    }

    static IEnumerable<string> SymbolsOf(Node node) =>
        node.Shape.Dims.SelectMany(dim => dim.Symbols).Concat(node.Operator is DimensionSize size ? size.Dim.Symbols : []);

    void BindUpdates(FunctionParts parts, Block updates)
    {
        foreach (var statement in updates.Statements)
        {
            if (!Step(parts.Frame, statement.Span))
                return;
            switch (statement)
            {
                case AssignmentStatement assignment:
                    BindUpdate(parts, assignment);
                    break;
                case IfStatement choice:
                    if (EvaluateCondition(parts.Frame, choice.Condition) is { } holds && (holds ? choice.Then : choice.Else) is { } branch)
                        BindUpdates(parts, branch);
                    break;
                case ForStatement loop:
                    BindUpdateLoop(parts, loop);
                    break;
                default:
                    throw new InvalidOperationException($"the parser lets no {statement.GetType().Name} into updates");
            }
        }
    }

    void BindUpdateLoop(FunctionParts parts, ForStatement loop)
    {
        var values = EvaluateNamed(parts.Frame, loop.Variable.Text, loop.Items);
        if (Items(values) is not { } items)
        {
            if (values is not PoisonValue)
                Report(DiagnosticCatalog.WrongKind, parts.Frame, loop.Items.Focus, "what 'for' walks through", "a range or a list", values.Describe());
            return;
        }
        for (long i = 0; i < items.Count && Step(parts.Frame, loop.Span); i++)
        {
            parts.Frame.Names[loop.Variable.Text] = items.At(i);
            BindUpdates(parts, loop.Body);
        }
        parts.Frame.Names.Remove(loop.Variable.Text);
    }

    void BindUpdate(FunctionParts parts, AssignmentStatement assignment)
    {
        var value = EvaluateNamed(parts.Frame, "update", assignment.Value);
        var values = Spread(parts.Frame, value, assignment.Targets.Length, assignment.Value.Focus);
        for (int i = 0; i < assignment.Targets.Length; i++)
        {
            if (UpdateTarget(parts, assignment.Targets[i]) is not { } variable
                || Converted(parts.Frame, assignment.Value.Focus, values[i], variable) is not { } node)
                continue;
            if (!parts.Add(variable, node))
                Report(DiagnosticCatalog.UpdatedTwice, parts.Frame, assignment.Targets[i].Span, variable.Name, parts.Name);
        }
    }

    Variable? UpdateTarget(FunctionParts parts, Expression target)
    {
        if (DottedName(target) is not { Length: > 0 } name)
            return null;
        var bound = target is NameExpression ? parts.Frame.Lookup(name) : null;
        if (bound is PoisonValue)
            return null;
        if (VariableOf(bound) is { } declared)
            return declared;
        if (bound is null && FindVariable(parts.Frame, name) is { } variable)
            return variable;
        var reason = bound switch
        {
            null => "no param or state has this name" + Suggestions.DidYouMean(name, _variables.Keys),
            TensorValue { Node.Operator: FunctionArgument } => "an input belongs to the caller",
            _ => $"it is {bound.Describe()}; only params and states are kept from call to call",
        };
        Report(DiagnosticCatalog.InvalidUpdate, parts.Frame, target.Span, name, reason);
        return null;
    }

    /// <summary>The value as the variable's next one: of its type, numbers and missing axes repeated.</summary>
    Node? Converted(Frame frame, TextSpan span, Value value, Variable variable)
    {
        var site = new Site(frame, span);
        if (_tensors.Scalar(site, value, variable.Type.Element) is not { } node)
            return null;
        var promoted = DTypes.Promote(node.Element, variable.Type.Element);
        // What is stored in half the bytes is computed in f32 and rounded when it is kept.
        if (promoted != variable.Type.Element && !(variable.Type.Element.IsHalf() && node.Element == DType.F32))
        {
            _reporter.Report(DiagnosticCatalog.UpdateType, site, variable.Name, variable.Type, node.Type, $"convert it: {variable.Type.Element.Name()}(…)");
            return null;
        }
        if (node.Shape.Rank > variable.Type.Shape.Rank || Enumerable.Range(1, node.Shape.Rank).Any(i =>
                !node.Shape[node.Shape.Rank - i].Is(1)
                && Dim.Compare(node.Shape[node.Shape.Rank - i], variable.Type.Shape[variable.Type.Shape.Rank - i]) == DimRelation.Unequal))
        {
            _reporter.Report(DiagnosticCatalog.UpdateType, site, variable.Name, variable.Type, node.Type, "sum or slice it to the shape of the variable");
            return null;
        }
        _graph.Origin = site.Origin;
        return _tensors.BroadcastTo(site, "=", _graph.Cast(node, variable.Type.Element), variable.Type.Shape);
    }
}
