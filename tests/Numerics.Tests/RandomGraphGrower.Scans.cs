using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Numerics.Tests;

// Recurrence: a body grown like a function, of arguments of its own.
internal sealed partial class RandomGraphGrower
{
    const int LargestDepth = 2;

    /// <summary>How many bodies this is inside of. A body has no leaves but its arguments and constants.</summary>
    readonly int _depth;

    RandomGraphGrower(RandomGraphGrower around)
    {
        _random = around._random;
        _graph = around._graph;
        _options = around._options;
        _depth = around._depth + 1;
    }

    Value? Recurrence()
    {
        if (_depth == LargestDepth || Find(value => value.Shape.Rank is >= 1 and <= 3) is not { } walked)
            return null;
        var length = walked.Shape[0];
        List<Value> sequences = [walked], carried = [], still = [];
        if (Chance(0.3) && Find(value => value.Shape.Rank is >= 1 and <= 3 && value.Shape[0] == length) is { } second)
            sequences.Add(second);
        for (int count = _random.Next(3); count > 0; count--)
        {
            if (Find(value => value.Shape.Rank <= 3 && value.Element != DType.Bool) is { } initial)
                carried.Add(Widened(initial));
        }
        for (int count = _random.Next(3); count > 0; count--)
        {
            if (Find(value => value.Shape.Rank <= 3) is { } fixedValue)
                still.Add(fixedValue);
        }

        var body = new RandomGraphGrower(this);
        foreach (var value in sequences.Select(sequence => (sequence, sequence.Node.Type.WithShape(sequence.Shape.Without([0]))))
            .Concat(carried.Concat(still).Select(value => (value, value.Node.Type))))
        {
            var (given, type) = value;
            body._values.Add(given with { Node = _graph.Make(new BodyArgument(body._values.Count, type)) });
        }
        var before = body._values.Skip(sequences.Count).Take(carried.Count).ToList();
        body.Grow(_random.Next(1, 6));
        var next = before.Select(body.Next).ToList();
        var yields = Enumerable.Range(0, _random.Next(carried.Count == 0 ? 1 : 0, 3)).Select(_ => Pick(body._values))
            .Where(value => value.Shape.Rank <= 3 && ElementCount(value.Shape) * Extent(length) <= LargestElementCount).ToList();
        if (next.Count + yields.Count == 0)
            return null;

        var op = new Scan(length, sequences.Count, carried.Count, [.. next.Concat(yields).Select(value => value.Node)], Chance(0.3));
        var scan = _graph.Make(op, [.. sequences.Concat(carried).Concat(still).Select(value => value.Node)]);
        var results = next.Concat(yields).Select((value, i) => value with { Node = _graph.Make(new ScanResult(i, op.ResultType(i)), scan) }).ToList();
        foreach (var result in results.Skip(1))
            Admit(result);
        return results[0];
    }

    /// <summary>With the bounds of all values that it may be carried on as.</summary>
    static Value Widened(Value initial) => initial.IsFloat
        ? initial with { Low = Math.Min(initial.Low, -1), High = Math.Max(initial.High, 1), Exact = false }
        : initial with { Low = Math.Min(initial.Low, 0), High = Math.Max(initial.High, 3) };

    /// <summary>What a body hands on for a carried value, within the bounds of that.</summary>
    Value Next(Value before)
    {
        var value = Like(before.Node.Type, before);
        if (Chance(0.1))
            return before;
        if (before.IsFloat)
            return before with { Node = _graph.Tanh(Chance(0.5) ? _graph.Add(before.Node, value.Node) : value.Node) };
        var (low, high) = (_graph.ConstantLike(0, before.Node), _graph.ConstantLike(3, before.Node));
        return before with { Node = _graph.Make(new Maximum(), low, _graph.Make(new Minimum(), high, value.Node)) };
    }
}
