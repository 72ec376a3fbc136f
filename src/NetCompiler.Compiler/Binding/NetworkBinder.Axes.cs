using System;
using System.Collections.Generic;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Syntax;
using NetCompiler.Text;

namespace NetCompiler.Binding;

internal sealed partial class NetworkBinder
{
    readonly AxisNames _axisNames = new();

    static bool NamesAxes(string? parameter) => parameter is "axis" or "axes";

    /// <summary>The value of an argument; after <c>axis:</c> a name that stands for nothing else is that of an axis.</summary>
    Value EvaluateArgument(Frame frame, Syntax.Argument argument)
    {
        if (!NamesAxes(argument.Name?.Text))
            return Evaluate(frame, argument.Value);
        Value AxisOr(Expression expression) =>
            expression is NameExpression { Name: { Length: > 0 } name } && frame.Lookup(name) is null ? new StringValue(name) : Evaluate(frame, expression);
        if (argument.Value is not ListExpression list)
            return AxisOr(argument.Value);
        var elements = list.Elements.Select(AxisOr).ToList();
        return elements.Any(element => element is PoisonValue) ? PoisonValue.Instance : new ListValue([.. elements]);
    }

    /// <summary>Puts numbers in the place of the names of axes, which are those of the tensor that is worked on; null if there is no such axis, which is reported.</summary>
    IReadOnlyDictionary<string, Value>? NumberAxes(Site site, Callable target, IReadOnlyDictionary<string, Value> arguments)
    {
        Dictionary<string, Value>? numbered = null;
        foreach (var pair in arguments)
        {
            bool isName = NamesAxes(pair.Key) && (pair.Value is StringValue || pair.Value is ListValue { Elements: var elements } && elements.Any(element => element is StringValue));
            if (!isName || Subject(target, arguments) is not { } subject)
                continue;
            numbered ??= arguments.ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);
            bool valid = true;
            Value Number(Value value)
            {
                if (value is not StringValue { Text: var name })
                    return value;
                var axis = AxisCalled(site, subject, name);
                valid &= axis is not null;
                return axis is { } known ? new IntegerValue(known) : PoisonValue.Instance;
            }
            numbered[pair.Key] = pair.Value is ListValue list ? new ListValue([.. list.Elements.Select(Number)]) : Number(pair.Value);
            if (!valid)
                return null;
        }
        return numbered ?? arguments;
    }

    /// <summary>The tensor whose axes an argument of the call names: the first that it is given.</summary>
    static Node? Subject(Callable target, IReadOnlyDictionary<string, Value> arguments)
    {
        foreach (var formal in target.Formals)
        {
            switch (arguments.TryGetValue(formal.Name, out var value) ? value : null)
            {
                case TensorValue tensor:
                    return tensor.Node;
                case ListValue list when list.Elements.OfType<TensorValue>().FirstOrDefault() is { } first:
                    return first.Node;
            }
        }
        return null;
    }

    int? AxisCalled(Site site, Node node, string name)
    {
        var names = _axisNames.Of(node);
        var found = Enumerable.Range(0, names.Count).Where(axis => names[axis].Contains(name)).ToList();
        if (found.Count == 1)
            return found[0];
        var known = Enumerable.Range(0, names.Count).SelectMany(axis => names[axis].OrderBy(known => known, StringComparer.Ordinal).Select(known => (Name: known, Axis: axis))).ToList();
        _reporter.Report(DiagnosticCatalog.UnknownAxis, site, [node], name, node.Type,
            found.Count > 1 ? $"; axes {string.Join(" and ", found.Select(axis => Invariant(axis)))} are both called so"
            : known.Count == 0 ? "; its axes have no names here: give them some with 'check x : f32[N, channels: 3]', or write numbers"
            : Suggestions.DidYouMean(name, known.Select(pair => pair.Name)) + $"; known are {string.Join(", ", known.Select(pair => $"{pair.Name} ({Invariant(pair.Axis)})"))}");
        return null;
    }

    /// <summary>Gives a tensor the names of axes that are written in its type.</summary>
    void DeclareAxes(Frame frame, TypeSyntax type, Node node)
    {
        int ellipsis = type.Dimensions.Select((dimension, i) => (dimension, i)).Where(pair => pair.dimension.IsEllipsis).Select(pair => pair.i).DefaultIfEmpty(-1).First();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < type.Dimensions.Length; i++)
        {
            if (type.Dimensions[i].Axis is not { IsMissing: false } name)
                continue;
            if (!seen.Add(name.Text))
                Report(DiagnosticCatalog.DuplicateName, frame, name.Span, name.Text, "an axis of this type");
            _axisNames.Declare(node, ellipsis >= 0 && i > ellipsis ? node.Shape.Rank - type.Dimensions.Length + i : i, name.Text);
        }
    }
}
