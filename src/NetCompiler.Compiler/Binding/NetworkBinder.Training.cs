using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Autodiff;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Rewrites;
using NetCompiler.Syntax;
using NetCompiler.Text;
using VariableKind = NetCompiler.Graph.VariableKind;

namespace NetCompiler.Binding;

internal sealed partial class NetworkBinder
{
    /// <summary>The params that some minimized value depends on, or that some function updates.</summary>
    readonly HashSet<Variable> _trained = [];

    /// <summary>The gradients of a float scalar; null if one does not exist, which is reported.</summary>
    /// <param name="site">The expression that asks for them.</param>
    /// <param name="loss">What is differentiated.</param>
    /// <param name="withRespectTo">By what.</param>
    /// <param name="seed">What flows into the loss; null for 1.</param>
    /// <param name="blocked">What to do where gradients exist but are 0 by construction.</param>
    internal ImmutableArray<Node>? Gradients(
        Site site, Node loss, ImmutableArray<Node> withRespectTo, Node? seed, Action<DifferentiationProblem> blocked)
    {
        var origin = site.Origin;
        var result = Differentiator.Gradients(_graph, loss, withRespectTo, seed, Stabilise.Before);
        foreach (var problem in result.Problems)
        {
            if (problem.Kind != DifferentiationProblemKind.Refused)
                blocked(problem);
            else
            {
                // The operator that has no gradient is where the cure is; what asked for the gradient is the consequence.
                var cause = problem.Node.Origin.Location is { Path.Length: > 0 } known ? known : origin.Location;
                _reporter.Report(Diagnostic.Create(DiagnosticCatalog.NoGradient, cause, problem.Reason)
                    .WithNote(origin.Location, "the gradient is taken here"));
            }
        }
        if (result.Problems.Any(problem => problem.Kind == DifferentiationProblemKind.Refused))
            return null;
        foreach (var gradient in result.Gradients)
            _tensors.Inherit(gradient, loss);
        return result.Gradients;
    }

    void Minimize(FunctionParts parts, MinimizeClause clause)
    {
        var frame = parts.Frame;
        var value = EvaluateNamed(frame, "loss", clause.Loss);
        var clipping = clause.Clipping is null or RangeExpression ? null : EvaluateTensor(frame, clause.Clipping, "the norm to clip gradients to");
        var bounds = clause.Clipping is RangeExpression range ? EvaluateBounds(frame, range) : null;
        if (AsTensor(frame, clause.Loss, value, "what is minimized") is not { } loss)
        {
            foreach (var group in clause.Groups)
                EvaluateOptimizer(frame, group.Optimizer);
            return;
        }
        if (!loss.Element.IsFloat() || !loss.Shape.IsScalar)
        {
            Report(DiagnosticCatalog.LossNotScalar, frame, clause.Loss.Focus, loss.Type, loss.Element.IsFloat() ? "take its mean or sum: mean(…)" : "minimize a floating-point value");
            return;
        }
        if (clause.Groups.IsEmpty)
        {
            Report(DiagnosticCatalog.MissingOptimizer, frame, clause.Span);
            return;
        }
        if (Assign(parts, clause, loss) is not { } groups)
            return;
        var scale = clause.Scaling is null ? null : EvaluateScaling(frame, clause.Scaling, loss.Element);
        if (clause.Scaling is not null && scale is null)
            return;
        var weights = groups.Select(pair => pair.Variable).ToImmutableArray();
        var blocked = new HashSet<Node>();
        var site = new Site(frame, clause.Loss.Focus);
        var gradients = Gradients(site, loss, [.. weights.Select(weight => _tensors.Widened(Read(weight)))], scale?.Value, problem =>
        {
            blocked.Add(problem.WithRespectTo!);
            if (problem.Node.Operator is not StopGradient && VariableOf(new TensorValue(problem.WithRespectTo!.Operator is Cast ? problem.WithRespectTo.Inputs[0] : problem.WithRespectTo)) is { } read)
                _reporter.Report(DiagnosticCatalog.GradientBlocked, site, read.Name, problem.Reason);
        });
        if (gradients is not { } flows)
            return;
        var trained = weights.Zip(flows, (weight, gradient) => (Weight: weight, Gradient: gradient)).Zip(groups, (pair, group) => (pair.Weight, pair.Gradient, group.Optimizer, group.Site))
            .Where(entry => !blocked.Contains(_tensors.Widened(Read(entry.Weight))))
            .ToList();
        Node? finite = null;
        if (scale is not null && trained.Count > 0)
        {
            finite = Settle(scale, [.. trained.Select(entry => entry.Gradient)]);
            trained = [.. trained.Select(entry => (entry.Weight, Unscaled(scale, entry.Gradient), entry.Optimizer, entry.Site))];
        }
        if (clipping is not null && trained.Count > 0)
            trained = Clip(frame, clause.Clipping!, clipping, trained);
        if (bounds is var (low, high))
            trained = [.. trained.Select(entry => (entry.Weight, Bounded(frame, clause.Clipping!, entry.Gradient, low, high), entry.Optimizer, entry.Site))];
        foreach (var (weight, gradient, optimizer, at) in trained)
        {
            if (_stopped)
                return;
            Unfold(parts, at, optimizer, weight, gradient, finite);
        }
    }

    OptimizerValue? EvaluateOptimizer(Frame frame, Expression expression)
    {
        var name = expression switch
        {
            NameExpression direct => direct,
            CallExpression { Callee: NameExpression callee } => callee,
            _ => null,
        };
        if (name is { Name.Length: > 0 } && frame.Lookup(name.Name) is null && frame.Module.Optimizer(name.Name) is null
            && frame.Module.Layer(name.Name) is null && Builtins.Find(name.Name) is null)
        {
            Report(DiagnosticCatalog.UnknownOptimizer, frame, name.Span, name.Name, Suggestions.DidYouMean(name.Name, frame.Module.OptimizerNames),
                string.Join(", ", frame.Module.OptimizerNames.OrderBy(known => known, StringComparer.Ordinal)));
            return null;
        }
        switch (Evaluate(frame, expression))
        {
            case OptimizerValue { Target: var target } optimizer:
                var missing = target.Formals.Where(formal => formal.IsRequired && !optimizer.Bound.ContainsKey(formal.Name)).Select(formal => formal.Name).ToList();
                if (missing.Count == 0)
                    return optimizer;
                Report(DiagnosticCatalog.MissingArgument, frame, expression.Focus, target.Name, string.Join("', '", missing), $"write {target.Name}({List(target.Formals)})");
                return null;
            case PoisonValue:
                return null;
            case var other:
                Report(DiagnosticCatalog.WrongKind, frame, expression.Focus, "what follows 'with'", "an optimizer such as sgd(rate: 0.01)", other.Describe());
                return null;
        }
    }

    /// <summary>Scales all gradients together so that their joint norm is at most the limit (Pascanu, Mikolov and Bengio 2013).</summary>
    List<(Variable, Node, OptimizerValue, Site)> Clip(
        Frame frame, Expression expression, Node limit, List<(Variable Weight, Node Gradient, OptimizerValue Optimizer, Site Site)> trained)
    {
        if (!limit.Shape.IsScalar || !limit.Element.IsFloat())
        {
            Report(DiagnosticCatalog.WrongKind, frame, expression.Focus, "the norm to clip gradients to", "a number", $"a tensor {limit.Type}");
            return [];
        }
        if (limit.Operator is Constant { Value: var most } && !(most > 0))
        {
            Report(DiagnosticCatalog.EmptyClipping, frame, expression.Focus, $"the norm {Text(frame, expression.Span)}", "a norm must be above 0");
            return [];
        }
        _graph.Origin = new Site(frame, expression.Focus).Origin;
        var element = trained.Select(entry => entry.Gradient.Element).Aggregate(limit.Element, DTypes.Promote);
        var squares = trained.Select(entry =>
        {
            var gradient = _graph.Cast(entry.Gradient, element);
            return _graph.Sum(_graph.Multiply(gradient, gradient), Enumerable.Range(0, gradient.Shape.Rank));
        }).ToList();
        var norm = _graph.Sqrt(squares.Aggregate(_graph.Add));
        limit = _graph.Cast(limit, element);
        // limit / max(norm, limit) is 1 below the limit, and defined where the norm is 0.
        var scale = _graph.Divide(limit, _graph.Maximum(norm, limit));
        return [.. trained.Select(entry => (
            entry.Weight,
            _graph.Multiply(entry.Gradient, _graph.BroadcastTo(_graph.Cast(scale, entry.Gradient.Element), entry.Gradient.Shape)),
            entry.Optimizer,
            entry.Site))];
    }

    /// <summary>
    /// Unfolds the optimizer's body for one parameter. States are named function.parameter.state. Where <paramref name="finite"/> is false,
    /// if it is given, all stays as it is.
    /// </summary>
    void Unfold(FunctionParts parts, Site site, OptimizerValue optimizer, Variable weight, Node gradient, Node? finite)
    {
        parts.Frame.Expression = new(parts.Name + "." + weight.Name, parts.Frame.Path, ExpressionNames.None);
        if (Unfold(parts.Frame, site, optimizer, new NamePath(parts.Name + "." + weight.Name), weight, Read(weight), gradient) is not { } frame)
            return;
        foreach (var update in frame.Assigned.OrderBy(update => _inOrder.IndexOf(update.Key)))
        {
            if (!parts.Add(update.Key, finite is null ? update.Value : UnlessInfinite(finite, update.Key, update.Value)))
                _reporter.Report(DiagnosticCatalog.UpdatedTwice, site, update.Key.Name, parts.Name);
        }
    }

    /// <summary>The optimizer's body after it has run for one parameter; null if it could not run to its end.</summary>
    Frame? Unfold(Frame caller, Site site, OptimizerValue optimizer, NamePath path, Variable weight, Node value, Node gradient)
    {
        var target = optimizer.Target;
        var declaration = (OptimizerDeclaration)target.Declaration;
        var frame = new Frame(FrameKind.Optimizer, target.Name, target.Module, caller, site.Location, path) { Definition = target };
        if (!BindParameters(frame, target.Parameters, optimizer.Bound))
            return null;
        frame.Names[declaration.Weight.Text] = new TensorValue(value);
        frame.Names[declaration.Gradient.Text] = new TensorValue(gradient);
        frame.Assignable[declaration.Weight.Text] = weight;
        Run(frame, target.Body);
        if (_stopped)
            return null;
        if (!frame.Assigned.ContainsKey(weight) && frame.Names[declaration.Weight.Text] is not PoisonValue)
            _reporter.Report(DiagnosticCatalog.OptimizerWithoutUpdate, declaration.Source.Locate(declaration.Name.Span), target.Name, declaration.Weight.Text);
        return frame;
    }

    /// <summary>
    /// Applies an optimizer that another one was given: the parameter's next value by it. Its states hang under its name, beside
    /// those of the other.
    /// </summary>
    Value ApplyOptimizer(Frame frame, CallExpression call, OptimizerValue optimizer, List<GivenArgument> given)
    {
        var site = new Site(frame, call.Focus);
        var target = optimizer.Target;
        if (frame.Kind != FrameKind.Optimizer || given is not [{ Name: null, Value: TensorValue { Node: var value } }, { Name: null, Value: TensorValue { Node: var gradient } }])
            return Fail(DiagnosticCatalog.OptimizerArguments, frame, call.Focus, target.Name);
        var missing = target.Formals.Where(formal => formal.IsRequired && !optimizer.Bound.ContainsKey(formal.Name)).Select(formal => formal.Name).ToList();
        if (missing.Count > 0)
            return Fail(DiagnosticCatalog.MissingArgument, frame, call.Focus, target.Name, string.Join("', '", missing), $"write {target.Name}({List(target.Formals)})");
        var weight = frame.Assignable[((OptimizerDeclaration)frame.Definition!.Declaration).Weight.Text];
        if (frame.Depth >= DepthLimit)
        {
            Stop(DiagnosticCatalog.TooDeep, frame, call.Focus, DepthLimit);
            return PoisonValue.Instance;
        }
        if (value.Shape != weight.Type.Shape || gradient.Type != weight.Type.WithElement(weight.Type.Element.Widened()))
            return Fail(DiagnosticCatalog.OptimizerArguments, frame, call.Focus, target.Name);
        if (Unfold(frame, site, optimizer, frame.Path.Child(target.Name), weight, value, gradient) is not { } inner)
            return PoisonValue.Instance;
        foreach (var update in inner.Assigned.Where(update => update.Key != weight))
            frame.Assigned.Add(update.Key, update.Value);
        if (!inner.Assigned.TryGetValue(weight, out var next))
            return PoisonValue.Instance;
        // Only what is kept in the end is rounded to the type that stores it.
        return new TensorValue(next.Operator is Cast && next.Element.IsHalf() && next.Inputs[0].Element == DType.F32 ? next.Inputs[0] : next);
    }

    /// <summary>
    /// The value with the running average of each parameter in the parameter's place, for those that have one: a state that an
    /// optimizer calls 'average'. Null if none has one, or one has several, which is reported.
    /// </summary>
    internal Node? AtAverages(Site site, Node value)
    {
        var averages = new Dictionary<Node, Node>();
        foreach (var parameter in Node.Reachable([value]).Select(node => node.Operator).OfType<VariableRead>().Select(read => read.Variable))
        {
            var states = _inOrder.Where(state => state.Kind != VariableKind.Parameter && state.Type == parameter.Type && IsAverage(state.Name, parameter.Name)).ToList();
            if (states.Count > 1)
            {
                _reporter.Report(DiagnosticCatalog.SeveralAverages, site, parameter.Name, string.Join(", ", states.Select(state => state.Name)));
                return null;
            }
            if (states.Count == 1)
                averages.Add(Read(parameter), Read(states[0]));
        }
        if (averages.Count == 0)
        {
            _reporter.Report(DiagnosticCatalog.NoAverages, site);
            return null;
        }
        var averaged = Rewriter.Substitute(_graph, [value], averages)[0];
        _tensors.Inherit(averaged, value);
        return averaged;
    }

    // train.h.weight.average, or train.h.weight.lookahead.average where optimizers are nested.
    static bool IsAverage(string state, string parameter)
    {
        const string Ending = ".average";
        int at = state.IndexOf('.' + parameter + '.', StringComparison.Ordinal);
        return at > 0 && state.IndexOf('.') == at && state.EndsWith(Ending, StringComparison.Ordinal)
            && state.Length >= at + 1 + parameter.Length + Ending.Length;
    }

    /// <summary>What is probably a mistake although the network makes sense.</summary>
    void WarnAboutNetwork(Site site)
    {
        if (_functions.Count == 0)
            _reporter.Report(DiagnosticCatalog.NetworkWithoutFunctions, site, site.Frame.Name);
        foreach (var update in _functions.SelectMany(function => function.Updates))
            _trained.Add(update.Variable);
        if (!_functions.Any(function => function.Trains))
            return;
        foreach (var variable in _inOrder.Where(variable => variable.Kind == VariableKind.Parameter && !_trained.Contains(variable)))
            _reporter.Report(DiagnosticCatalog.UntrainedParameter, variable.Origin.Location, variable.Name);
    }
}
