using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Syntax;
using NetCompiler.Text;

namespace NetCompiler.Binding;

/// <summary>An argument of a call, evaluated.</summary>
internal readonly record struct GivenArgument(string? Name, Value Value, TextSpan Span);

internal sealed partial class NetworkBinder
{
    Value EvaluateCall(Frame frame, CallExpression call)
    {
        if (call.Callee is not NameExpression { Name: var name } callee)
        {
            var target = Evaluate(frame, call.Callee);
            return Given(frame, call.Arguments) is { } given ? ApplyValue(frame, call, target, given) : PoisonValue.Instance;
        }
        if (frame.Lookup(name) is { } bound)
            return Given(frame, call.Arguments) is { } given ? ApplyValue(frame, call, bound, given) : PoisonValue.Instance;
        Callable? known = frame.Module.Layer(name);
        known ??= Builtins.Find(name);
        var arguments = Given(frame, call.Arguments);
        if (known is not null)
            return arguments is null ? PoisonValue.Instance : ApplyNew(frame, call, known, arguments);
        var site = new Site(frame, call.Focus);
        if (frame.Module.Optimizer(name) is { } optimizer)
        {
            return arguments is not null && Match(name, optimizer.Formals, [], arguments, site) is { } match
                ? new OptimizerValue(optimizer, ToDictionary(match))
                : PoisonValue.Instance;
        }
        if (DTypes.TryParse(name, out var element))
        {
            return arguments is null ? PoisonValue.Instance
                : arguments is [{ Name: null, Value: var operand }] ? _tensors.Cast(site, operand, element)
                : Fail(DiagnosticCatalog.MissingArgument, frame, call.Focus, name, "x", $"write {name}(x)");
        }
        if (frame.Module.Network(name) is not null)
            return Fail(DiagnosticCatalog.NetworkAsValue, frame, callee.Span, name);
        if (IsNetworkScope(frame) && _symbols.Contains(name))
            return Fail(DiagnosticCatalog.NotCallable, frame, callee.Span, name, "a dimension", "");
        var candidates = frame.Module.LayerNames.Concat(Builtins.Names)
            .Concat(frame.VisibleNames.Where(visible => frame.Lookup(visible) is LayerValue));
        return name.Length == 0 ? PoisonValue.Instance
            : Fail(DiagnosticCatalog.UnknownLayer, frame, callee.Span, name, Suggestions.DidYouMean(name, candidates));
    }

    /// <summary>The arguments, all evaluated; null if one of them has an error.</summary>
    List<GivenArgument>? Given(Frame frame, ImmutableArray<Syntax.Argument> arguments)
    {
        var given = arguments
            .Select(argument => new GivenArgument(argument.Name is { IsMissing: false } name ? name.Text : null, EvaluateArgument(frame, argument), argument.Span))
            .ToList();
        return given.Any(argument => argument.Value is PoisonValue) && !_tensors.GuessesTypes ? null : given;
    }

    /// <summary>Applies something named here for the first time: its variables are its own.</summary>
    Value ApplyNew(Frame frame, CallExpression call, Callable target, List<GivenArgument> given)
    {
        var site = new Site(frame, call.Focus);
        var prefix = frame.Expression.PrefixOf(call);
        if (WaitsForTensor(target, given))
        {
            return Match(target.Name, target.Formals.RemoveAt(0), [], given, site, needsAll: false) is { } some
                ? new LayerValue(target, ToDictionary(some), prefix)
                : PoisonValue.Instance;
        }
        return Match(target.Name, target.Formals, [], given, site) is { } all ? Apply(frame, site, target, all, prefix) : PoisonValue.Instance;
    }

    /// <summary>
    /// Whether a call makes a layer value: its first parameter is the tensor that a layer works on, and no tensor is given for it.
    /// Functions of one parameter and those on numbers are called all the same.
    /// </summary>
    static bool WaitsForTensor(Callable target, List<GivenArgument> given)
    {
        if (target is Builtin { TakesTensorFirst: false })
            return false;
        int positional = given.Count(argument => argument.Name is null);
        if (!target.CanWaitForTensor(positional, given.Where(argument => argument.Name is not null).Select(argument => argument.Name!)))
            return false;
        return positional == 0 || !HoldsTensor(given[0].Value);
    }

    static bool HoldsTensor(Value value) => value switch
    {
        TensorValue => true,
        ListValue list => list.Elements.Any(HoldsTensor),
        TupleValue or PoisonValue => true,
        _ => false,
    };

    Value ApplyValue(Frame frame, CallExpression call, Value target, List<GivenArgument> given)
    {
        var site = new Site(frame, call.Focus);
        switch (target)
        {
            case LayerValue layer:
                var open = layer.Target.Formals.Where(formal => !layer.Bound.ContainsKey(formal.Name)).ToImmutableArray();
                if (Match(layer.Target.Name, open, layer.Bound.Keys, given, site) is not { } rest)
                    return PoisonValue.Instance;
                return Apply(frame, site, layer.Target, layer.Bound.AddRange(rest), layer.Prefix);
            case OptimizerValue optimizer:
                return ApplyOptimizer(frame, call, optimizer, given);
            case PoisonValue:
                return target;
            default:
                return Fail(DiagnosticCatalog.NotCallable, frame, call.Callee.Focus, Text(frame, call.Callee.Span), target.Describe(),
                    target is ListValue ? $"; apply its layers one after the other with sequential({Text(frame, call.Callee.Span)})" : "");
        }
    }

    /// <summary>
    /// Gives each argument to a parameter: positions first, then names. Null if they do not fit, which is reported.
    /// </summary>
    /// <param name="name">What is called.</param>
    /// <param name="formals">The parameters that are still open.</param>
    /// <param name="closed">Parameters that were given before.</param>
    /// <param name="given">The arguments.</param>
    /// <param name="site">The call.</param>
    /// <param name="needsAll">Whether every required parameter must be given now.</param>
    Dictionary<string, Value>? Match(
        string name, ImmutableArray<Formal> formals, IEnumerable<string> closed, IReadOnlyList<GivenArgument> given, Site site, bool needsAll = true)
    {
        var match = new Dictionary<string, Value>(StringComparer.Ordinal);
        bool valid = true;
        int position = 0;
        foreach (var argument in given)
        {
            var at = site with { Span = argument.Span };
            if (argument.Name is { } label)
            {
                if (!formals.Any(formal => formal.Name == label))
                {
                    valid = false;
                    if (closed.Contains(label))
                        _reporter.Report(DiagnosticCatalog.ArgumentGivenTwice, at, label, name);
                    else
                        _reporter.Report(DiagnosticCatalog.UnknownArgument, at, name, label, UnknownArgumentHint(label, formals));
                }
                else if (match.ContainsKey(label))
                {
                    valid = false;
                    _reporter.Report(DiagnosticCatalog.ArgumentGivenTwice, at, label, name);
                }
                else
                    match.Add(label, argument.Value);
            }
            // After a named argument it is a mistake of the text, which is reported.
            else if (position < match.Count)
                valid = false;
            else if (position < formals.Length)
                match.Add(formals[position++].Name, argument.Value);
            else
            {
                if (valid)
                    _reporter.Report(DiagnosticCatalog.TooManyArguments, at, name, formals.Length == 0 ? "it takes none" : $"its parameters are {List(formals)}");
                valid = false;
            }
        }
        var missing = formals.Where(formal => formal.IsRequired && !match.ContainsKey(formal.Name)).ToList();
        if (valid && needsAll && missing.Count > 0)
        {
            valid = false;
            _reporter.Report(DiagnosticCatalog.MissingArgument, site, name, string.Join("', '", missing.Select(formal => formal.Name)),
                $"write {name}({List(formals)})");
        }
        return valid ? match : null;
    }

    static string UnknownArgumentHint(string label, ImmutableArray<Formal> formals)
    {
        var near = Suggestions.DidYouMean(label, formals.Select(formal => formal.Name));
        return near.Length > 0 ? near : formals.Length == 0 ? "; it has none" : $"; its parameters are {List(formals)}";
    }

    static string List(ImmutableArray<Formal> formals) =>
        string.Join(", ", formals.Select(formal => formal.IsRequired ? formal.Name : formal.Name + ": …"));

    /// <summary>Applies a layer or a function to all its arguments.</summary>
    Value Apply(Frame frame, Site site, Callable target, IReadOnlyDictionary<string, Value> arguments, string prefix)
    {
        if (target is Builtin { Name: not ("where" or "maximum" or "minimum") } && arguments.Values.Any(value => value is PoisonValue))
            return PoisonValue.Instance;
        if (NumberAxes(site, target, arguments) is not { } numbered)
            return PoisonValue.Instance;
        arguments = numbered;
        if (target is Builtin builtin)
            return builtin.Apply(new BuiltinCall(this, builtin, site, arguments));
        var layer = (LayerDefinition)target;
        _ownership.Applied.Add(layer);
        if (frame.Depth >= DepthLimit)
        {
            Stop(DiagnosticCatalog.TooDeep, frame, site.Span, DepthLimit);
            return PoisonValue.Instance;
        }
        var body = new Frame(FrameKind.Layer, layer.Name, layer.Module, frame, site.Location, new NamePath(prefix)) { Definition = layer };
        if (!BindParameters(body, layer.Parameters, arguments))
            return PoisonValue.Instance;
        var given = body.Names.Where(name => name.Value is TensorValue).ToDictionary(name => name.Key, name => ((TensorValue)name.Value).Node, StringComparer.Ordinal);
        bool returned = Run(body, layer.Body);
        if (_stopped)
            return PoisonValue.Instance;
        if (!returned && body.Returned is null)
        {
            // The mistake is the layer's, not the caller's.
            _reporter.Report(DiagnosticCatalog.NoReturn, layer.Declaration.Source.Locate(layer.Declaration.Name.Span), layer.Name);
            return PoisonValue.Instance;
        }
        return Finish(body, site, layer.Declaration is LayerDeclaration { Gradient: { } clause } && body.Returned is { } result and not PoisonValue
            ? WithGradient(body, clause, layer, result, given)
            : body.Returned ?? PoisonValue.Instance);
    }

    static ImmutableDictionary<string, Value> ToDictionary(Dictionary<string, Value> match) =>
        match.ToImmutableDictionary(StringComparer.Ordinal);
}
