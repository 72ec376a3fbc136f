using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Syntax;
using NetCompiler.Text;
using VariableKind = NetCompiler.Graph.VariableKind;

namespace NetCompiler.Binding;

internal sealed partial class NetworkBinder
{
    IEnumerable<Variable> AllParameters => _inOrder.Where(variable => variable.Kind == VariableKind.Parameter);

    /// <summary>The optimizer of each parameter that the loss depends on: that of the first group that names it. Others are frozen.</summary>
    List<(Variable Variable, OptimizerValue Optimizer, Site Site)>? Assign(FunctionParts parts, MinimizeClause clause, Node loss)
    {
        var frame = parts.Frame;
        var read = new HashSet<Variable>(Node.Reachable([loss]).Select(node => node.Operator).OfType<VariableRead>().Select(op => op.Variable));
        var needed = AllParameters.Where(read.Contains).ToList();
        _trained.UnionWith(needed);
        if (needed.Count == 0)
        {
            Report(DiagnosticCatalog.NothingToTrain, frame, clause.Loss.Focus, Text(frame, clause.Loss.Span));
            return null;
        }
        var open = needed.ToList();
        var assigned = new List<(Variable, OptimizerValue, Site)>();
        bool valid = true;
        foreach (var group in clause.Groups)
        {
            var optimizer = EvaluateOptimizer(frame, group.Optimizer);
            var named = group.Selectors.IsEmpty ? needed : Select(frame, group);
            if (optimizer is null || named is null)
            {
                valid = false;
                continue;
            }
            var selected = open.Where(named.Contains).ToList();
            if (selected.Count == 0)
            {
                Report(DiagnosticCatalog.EmptyGroup, frame, group.Selectors.IsEmpty ? group.Span : TextSpan.FromBounds(group.Selectors[0].Span.Start, group.Selectors[group.Selectors.Length - 1].Span.End),
                    named.Any(needed.Contains) ? "every param that this names belongs to a group before it"
                    : named.Count == 0 ? "nothing is left of what this names"
                    : $"'{Text(frame, clause.Loss.Span)}' does not depend on {(named.Count == 1 ? $"'{named[0].Name}'" : "any param that this names")}");
                valid = false;
            }
            assigned.AddRange(selected.Select(variable => (variable, optimizer, new Site(frame, group.Optimizer.Focus))));
            open.RemoveAll(selected.Contains);
        }
        return valid ? [.. assigned.OrderBy(entry => _inOrder.IndexOf(entry.Item1))] : null;
    }

    /// <summary>The parameters that the selectors after <c>over</c> name, one after the other; null after a mistake.</summary>
    List<Variable>? Select(Frame frame, OptimizeGroup group)
    {
        var named = new List<Variable>();
        bool valid = true;
        foreach (var selector in group.Selectors)
            valid &= Select(frame, selector, Evaluate(frame, selector), named);
        return valid ? named : null;
    }

    /// <summary>Adds what a selector names: a pattern over names, a parameter, all of a layer, or a list of these; a pattern after '!' takes away.</summary>
    bool Select(Frame frame, Expression selector, Value value, List<Variable> named)
    {
        switch (value)
        {
            case StringValue { Text: var pattern }:
                bool takesAway = pattern.StartsWith("!", StringComparison.Ordinal);
                var text = takesAway ? pattern.Substring(1) : pattern;
                var regex = new Regex("^" + Regex.Escape(text).Replace("\\*", ".*").Replace("\\?", ".") + "$", RegexOptions.CultureInvariant);
                var matching = AllParameters.Where(variable => regex.IsMatch(variable.Name)).ToList();
                if (matching.Count == 0)
                {
                    // A pattern for all of a layer is near to that for all of another.
                    var near = AllParameters.Select(variable => variable.Name).Concat(AllParameters.SelectMany(variable => Prefixes(variable.Name)).Select(prefix => prefix + ".*")).Distinct();
                    Report(DiagnosticCatalog.PatternMatchesNothing, frame, selector.Focus, text, Suggestions.DidYouMean(text, near), string.Join(", ", AllParameters.Take(8).Select(variable => variable.Name)) + (AllParameters.Skip(8).Any() ? ", …" : ""));
                    return false;
                }
                if (takesAway)
                    named.RemoveAll(matching.Contains);
                else
                    named.AddRange(matching.Where(variable => !named.Contains(variable)));
                return true;
            case TensorValue { Node.Operator: VariableRead { Variable: { Kind: VariableKind.Parameter } variable } }:
                named.Add(variable);
                return true;
            case LayerValue { Prefix: { Length: > 0 } prefix } layer:
                var own = AllParameters.Where(variable => variable.Name.StartsWith(prefix + ".", StringComparison.Ordinal)).ToList();
                if (own.Count == 0)
                    Report(DiagnosticCatalog.EmptyGroup, frame, selector.Focus, $"{layer.Describe()} has no params; it gets them where it is applied");
                named.AddRange(own.Where(variable => !named.Contains(variable)));
                return own.Count > 0;
            case ListValue list:
                return list.Elements.Aggregate(true, (valid, element) => Select(frame, selector, element, named) && valid);
            case PoisonValue:
                return false;
            case var other:
                Report(DiagnosticCatalog.WrongKind, frame, selector.Focus, "what 'over' selects", "a pattern such as \"c1.*\", a param, a layer or a list of these", other.Describe());
                return false;
        }
    }

    static IEnumerable<string> Prefixes(string name)
    {
        for (int end = name.LastIndexOf('.'); end > 0; end = name.LastIndexOf('.', end - 1))
            yield return name.Substring(0, end);
    }

    /// <summary>The bounds of <c>clipping low .. high</c>, scalars known at the call; null if they are none, which is reported.</summary>
    (Node Low, Node High)? EvaluateBounds(Frame frame, RangeExpression range)
    {
        if (EvaluateTensor(frame, range.Start, "the bounds of gradients") is not { } low || EvaluateTensor(frame, range.End, "the bounds of gradients") is not { } high)
            return null;
        foreach (var (bound, syntax) in new[] { (low, range.Start), (high, range.End) })
        {
            if (!bound.Shape.IsScalar || !bound.Element.IsFloat())
            {
                Report(DiagnosticCatalog.WrongKind, frame, syntax.Focus, "a bound of gradients", "a number", $"a tensor {bound.Type}");
                return null;
            }
        }
        if (low.Operator is Constant { Value: var from } && high.Operator is Constant { Value: var to } && !(from < to))
        {
            Report(DiagnosticCatalog.EmptyClipping, frame, range.Focus, Text(frame, range.Span), "the first bound must be below the second");
            return null;
        }
        return (low, high);
    }

    /// <summary>Each element of a gradient between the bounds.</summary>
    Node Bounded(Frame frame, Expression clipping, Node gradient, Node low, Node high)
    {
        _graph.Origin = new Site(frame, clipping.Focus).Origin;
        Node Like(Node bound) => _graph.BroadcastTo(_graph.Cast(bound, gradient.Element), gradient.Shape);
        return _graph.Minimum(_graph.Maximum(gradient, Like(low)), Like(high));
    }
}
