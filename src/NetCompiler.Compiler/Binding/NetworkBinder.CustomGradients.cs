using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Syntax;
using NetCompiler.Text;
using VariableKind = NetCompiler.Graph.VariableKind;

namespace NetCompiler.Binding;

internal sealed partial class NetworkBinder
{
    /// <summary>
    /// The results of a layer with the gradient that its clause declares. The clause runs in the layer's own frame, so it sees what
    /// the body has bound.
    /// </summary>
    /// <param name="body">The frame of the layer, after its body.</param>
    /// <param name="clause">The clause.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="returned">What the body returned.</param>
    /// <param name="given">The tensors that the layer was given, by parameter.</param>
    Value WithGradient(Frame body, GradientClause clause, LayerDefinition layer, Value returned, Dictionary<string, Node> given)
    {
        ImmutableArray<Value> values = returned is TupleValue tuple ? tuple.Elements : [returned];
        var results = values.OfType<TensorValue>().Select(value => value.Node).ToImmutableArray();
        var arguments = layer.Parameters.Select(parameter => parameter.Name.Text).Where(given.ContainsKey)
            .Select(name => (Name: name, Node: given[name])).Where(argument => argument.Node.Element.IsFloat()).ToImmutableArray();
        if (results.Length < values.Length || results.FirstOrDefault(result => !result.Element.IsFloat()) is not null)
        {
            var wrong = values.First(value => value is not TensorValue { Node: var node } || !node.Element.IsFloat());
            Report(DiagnosticCatalog.InvalidGradientClause, body, clause.Span, layer.Name, $"its result is {wrong.Describe()}, and only floating-point tensors have gradients");
            return PoisonValue.Instance;
        }
        if (clause.Parameters.Length != results.Length)
        {
            Report(DiagnosticCatalog.InvalidGradientClause, body, clause.Span, layer.Name,
                $"it has {Plural(results.Length, "result")}, but the clause takes {Plural(clause.Parameters.Length, "gradient")}; give it one for each result");
            return PoisonValue.Instance;
        }
        if (Strays(results, [.. arguments.Select(argument => argument.Node)]) is { } stray)
        {
            Report(DiagnosticCatalog.InvalidGradientClause, body, clause.Span, layer.Name,
                $"its result depends on {stray}, to which the clause lets nothing flow; make it an argument of the layer");
            return PoisonValue.Instance;
        }

        var flows = results.Select(result => _graph.StandIn(result.Type)).ToImmutableArray();
        for (int i = 0; i < flows.Length; i++)
            body.Names[clause.Parameters[i].Name.Text] = new TensorValue(flows[i]);
        int variables = _inOrder.Count;
        body.Returned = null;
        Run(body, clause.Body);
        if (_stopped || body.Returned is PoisonValue)
            return PoisonValue.Instance;
        if (_inOrder.Count > variables)
        {
            Report(DiagnosticCatalog.InvalidGradientClause, body, clause.Span, layer.Name, $"the clause makes a variable, '{_inOrder[variables].Name}', that nothing would train");
            return PoisonValue.Instance;
        }
        ImmutableArray<Value> flowing = body.Returned switch { null => [], TupleValue several => several.Elements, var one => [one] };
        var returns = clause.Body.Statements.OfType<ReturnStatement>().LastOrDefault();
        if (flowing.Length != arguments.Length)
        {
            Report(DiagnosticCatalog.InvalidGradientClause, body, returns?.Span ?? clause.Span, layer.Name,
                $"the clause returns {Plural(flowing.Length, "gradient")}, but {Plural(arguments.Length, "floating-point tensor")} {(arguments.Length == 1 ? "is" : "are")} given to it{(arguments.IsEmpty ? "" : ": ")}"
                + string.Join(", ", arguments.Select(argument => argument.Name)));
            return PoisonValue.Instance;
        }
        var gradients = ImmutableArray.CreateBuilder<Node>();
        for (int i = 0; i < flowing.Length; i++)
        {
            var (name, argument) = arguments[i];
            var span = returns is not null && returns.Values.Length == flowing.Length ? returns.Values[i].Focus : clause.Span;
            var site = new Site(body, span);
            if (_tensors.Scalar(site, flowing[i], argument.Element) is not { } gradient)
                return PoisonValue.Instance;
            if (gradient.Operator is Constant { Value: var number } && gradient.Shape.IsScalar)
                gradient = _graph.ConstantLike(number, argument);
            if (gradient.Element != argument.Element || Shape.Compare(gradient.Shape, argument.Shape) == DimRelation.Unequal)
            {
                Report(DiagnosticCatalog.InvalidGradientClause, body, span, layer.Name,
                    $"the gradient of '{name}' is {gradient.Type}, but '{name}' is {argument.Type}");
                return PoisonValue.Instance;
            }
            gradients.Add(_tensors.Assume(site, "gradient", gradient, argument.Shape));
        }
        _graph.Origin = new Site(body, clause.Span).Origin;
        var made = CustomGradient.Of(_graph, results, [.. arguments.Select(argument => argument.Node)], flows, gradients.ToImmutable());
        foreach (var result in made)
        {
            foreach (var gradient in gradients)
                _tensors.Inherit(result, gradient);
        }
        return made.Length == 1 ? new TensorValue(made[0]) : new TupleValue([.. made.Select(result => new TensorValue(result))]);
    }

    /// <summary>In words, a param or input that the results depend on otherwise than through the arguments; null if there is none.</summary>
    static string? Strays(ImmutableArray<Node> results, HashSet<Node> arguments)
    {
        var (seen, pending) = (new HashSet<Node>(arguments), new Stack<Node>(results));
        while (pending.Count > 0)
        {
            var node = pending.Pop();
            if (!seen.Add(node))
                continue;
            switch (node.Operator)
            {
                case VariableRead { Variable: { Kind: VariableKind.Parameter, Name: var name } }:
                    return $"the param '{name}'";
                case FunctionArgument { Argument: var input } when node.Element.IsFloat():
                    return $"'{input}'";
            }
            foreach (var input in node.Inputs)
                pending.Push(input);
        }
        return null;
    }

    static string Plural(int count, string noun) => $"{Invariant(count)} {noun}{(count == 1 ? "" : "s")}";
}
