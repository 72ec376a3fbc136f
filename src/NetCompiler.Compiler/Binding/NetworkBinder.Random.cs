using System.Collections.Generic;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;
using VariableKind = NetCompiler.Graph.VariableKind;

namespace NetCompiler.Binding;

/// <summary>
/// Random numbers: every draw has a stream of its own under one key, the state <c>random</c>, which moves on after each call
/// that draws. So the numbers depend on the seed and on how many such calls there were, and on nothing else. In the steps of a
/// scan the number of the step goes into the key.
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
        }
        var key = _graph.Make(new VariableRead(_random));
        int depth = 0;
        foreach (var step in StepsAround(site.Frame).Reverse())
            key = _graph.Add(key, _graph.Multiply(StepNumber(step), Distance(depth++)));
        return _graph.Make(new RandomUniform(shape, element, _streams++), key);
    }

    /// <summary>The declared variables and the key.</summary>
    IEnumerable<Variable> AllVariables => _random is null ? _inOrder : _inOrder.Append(_random);

    /// <summary>The steps of scans in which a frame stands, the innermost first.</summary>
    static IEnumerable<ScanStep> StepsAround(Frame? frame)
    {
        for (; frame is not null; frame = frame.Caller)
        {
            if (frame.Step is { } step)
                yield return step;
        }
    }

    /// <summary>The number of the element that a step of a scan is about.</summary>
    Node StepNumber(ScanStep step) => step.Builder.Sequence(_graph.Make(new Iota(new TensorType(DType.I64, new Shape(step.Builder.Length)), 0)));

    /// <summary>
    /// How far the keys of neighbouring steps lie apart, so that those of many calls fit between: odd numbers of 41 bits without any
    /// relation, another one for each depth.
    /// </summary>
    static long Distance(int depth)
    {
        ulong number = 0x1F123BB5159;
        for (int i = 0; i < depth; i++)
            number = unchecked(number * 6364136223846793005 + 1442695040888963407) >> 23 | 1;
        return (long)number;
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
