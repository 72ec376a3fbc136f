using System.Collections.Generic;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;
using VariableKind = NetCompiler.Graph.VariableKind;

namespace NetCompiler.Binding;

/// <summary>
/// Random numbers: every draw has a stream of its own under one key, the state <c>random</c>, which moves on after each call
/// that draws. So the numbers depend on the seed and on how many such calls there were, and on nothing else.
/// </summary>
internal sealed partial class NetworkBinder
{
    Variable? _random;
    int _streams;

    /// <summary>Numbers in [0, 1), f32 or f64, that no other draw has.</summary>
    internal Node Draw(Site site, Shape shape, DType element)
    {
        _graph.Origin = site.Origin;
        if (_random is null)
        {
            _random = new Variable(
                _names.Reserve("random"), TensorType.Scalar(DType.I64), VariableKind.Statistic, new Initializer.Seed(), site.Origin,
                "The key of the random numbers that the next call draws.");
            _variables.Add(_random.Name, _random);
            _inOrder.Add(_random);
        }
        return _graph.Make(new RandomUniform(shape, element, _streams++), _graph.Make(new VariableRead(_random)));
    }

    /// <summary>Has the next call of a function draw other numbers, if it draws any.</summary>
    void MoveKey(FunctionParts parts, bool trains)
    {
        if (_random is null || !Draws(parts, trains))
            return;
        var key = Read(_random);
        if (!parts.Add(_random, _graph.Add(key, _graph.ConstantLike(1, key))))
            Report(DiagnosticCatalog.UpdatedTwice, parts.Frame, parts.Syntax.Name.Span, _random.Name, parts.Name);
    }

    /// <summary>Whether a function draws numbers: what only the other kind of function computes does not count.</summary>
    static bool Draws(FunctionParts parts, bool trains)
    {
        var pending = new Stack<Node>(Roots(parts));
        var seen = new HashSet<Node>();
        while (pending.Count > 0)
        {
            var node = pending.Pop();
            if (!seen.Add(node))
                continue;
            if (node.Operator is RandomUniform)
                return true;
            if (node.Operator is Select && IsTraining(node.Inputs[0]))
                pending.Push(node.Inputs[trains ? 1 : 2]);
            else
            {
                foreach (var input in node.Operator is Scan scan ? node.Inputs.AddRange(scan.Body.Items) : node.Inputs)
                    pending.Push(input);
            }
        }
        return false;
    }

    static bool IsTraining(Node condition)
    {
        while (condition.Operator is Broadcast or Reshape)
            condition = condition.Inputs[0];
        return condition.Operator is TrainingFlag;
    }
}
