using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Rewrites;
using NetCompiler.Syntax;
using NetCompiler.Text;

namespace NetCompiler.Binding;

/// <summary>
/// Scales of losses (Micikevicius et al., "Mixed precision training", 2018): gradients that f16 would round to 0 on the way are those of a
/// multiple of the loss, and are divided again before anything is done with them.
/// </summary>
internal sealed partial class NetworkBinder
{
    /// <summary>What a loss is multiplied by.</summary>
    /// <param name="Value">The scale, of the type of the loss.</param>
    /// <param name="Finite">What stands for whether all gradients are finite; null for a scale that does not ask.</param>
    /// <param name="Applications">The applications of layers that may have used it.</param>
    /// <param name="Origin">The clause.</param>
    sealed record LossScale(Node Value, Node? Finite, ImmutableArray<LayerApplication> Applications, Origin Origin);

    /// <summary>
    /// A number, or what a layer makes of whether all gradients are finite: a scale that its states decide, as its own gradients come later.
    /// Null if it is neither, which is reported.
    /// </summary>
    LossScale? EvaluateScaling(Frame frame, Expression expression, DType element)
    {
        var site = new Site(frame, expression.Focus);
        var value = EvaluateNamed(frame, "scaling", expression);
        Node? finite = null;
        int before = _applications.Count;
        if (value is LayerValue layer)
        {
            finite = _graph.StandIn(TensorType.Scalar(DType.Bool));
            var open = layer.Target.Formals.Where(formal => !layer.Bound.ContainsKey(formal.Name)).ToImmutableArray();
            if (Match(layer.Target.Name, open, layer.Bound.Keys, [new GivenArgument(null, new TensorValue(finite), expression.Focus)], site) is not { } given)
                return null;
            value = Apply(frame, site, layer.Target, layer.Bound.AddRange(given), layer.Prefix);
        }
        if (value is PoisonValue)
            return null;
        if (value is not TensorValue && value.AsNumber() is null || _tensors.Scalar(site, value, element) is not { Shape.IsScalar: true } scale || !scale.Element.IsFloat())
        {
            Report(DiagnosticCatalog.WrongKind, frame, expression.Focus, "what scales a loss",
                "a number, or a layer such as dynamic_scale that makes one of whether all gradients are finite", value.Describe());
            return null;
        }
        if (scale.Operator is Constant { Value: var number } && !(number > 0 && number < double.PositiveInfinity))
        {
            Report(DiagnosticCatalog.InvalidLossScale, frame, expression.Focus, Text(frame, expression.Span), "it must be a finite number above 0");
            return null;
        }
        if (finite is not null && Node.Reachable([scale]).Contains(finite))
        {
            Report(DiagnosticCatalog.InvalidLossScale, frame, expression.Focus, Text(frame, expression.Span),
                "gradients depend on it, so it cannot depend on whether they are finite; keep what follows from them in a state for the next step");
            return null;
        }
        _graph.Origin = site.Origin;
        return new LossScale(_graph.Cast(scale, element), finite, [.. _applications.Skip(before)], site.Origin);
    }

    /// <summary>Whether all gradients are finite, for a scale that asks; null for any other. Its layer learns it here.</summary>
    Node? Settle(LossScale scale, ImmutableArray<Node> gradients)
    {
        if (scale.Finite is null)
            return null;
        _graph.Origin = scale.Origin;
        var finite = gradients.Select(AllFinite).Aggregate((left, right) => _graph.Make(new And(), left, right));
        foreach (var application in scale.Applications)
        {
            foreach (var assigned in application.Assigned.ToList())
                application.Assigned[assigned.Key] = Rewriter.Substitute(_graph, [assigned.Value], new Dictionary<Node, Node> { [scale.Finite] = finite })[0];
        }
        return finite;
    }

    Node AllFinite(Node gradient)
    {
        double largest = gradient.Element == DType.F64 ? double.MaxValue : float.MaxValue;
        var most = _graph.Make(new Abs(), gradient);
        if (!gradient.Shape.IsScalar)
            most = _graph.Make(new Max([.. Enumerable.Range(0, gradient.Shape.Rank)]), most);
        // The maximum of numbers with NaN is NaN, which is not less either.
        return _graph.Make(new LessOrEqual(), most, _graph.ConstantLike(largest, most));
    }

    Node Unscaled(LossScale scale, Node gradient)
    {
        _graph.Origin = scale.Origin;
        return _graph.Divide(gradient, _graph.BroadcastTo(_graph.Cast(scale.Value, gradient.Element), gradient.Shape));
    }

    Node UnlessInfinite(Node finite, Variable variable, Node value)
    {
        _graph.Origin = value.Origin;
        return _graph.Make(new Select(), _graph.BroadcastTo(finite, value.Shape), value, Read(variable));
    }
}
