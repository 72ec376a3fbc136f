using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Syntax;
using NetCompiler.Text;

namespace NetCompiler.Binding;

internal sealed partial class NetworkBinder
{
    /// <summary>A carried value before the scan. A number fits every type; <see cref="Node"/> is then a scalar of it, null after an error.</summary>
    sealed record Start(ScanCarry Syntax, Value Value, Node? Node)
    {
        public string Name => Syntax.Name.Text;

        public bool IsNumber => Value is IntegerValue or FloatValue;
    }

    /// <summary>A body bound for carried values of certain types. Elements are null where there is an error.</summary>
    sealed record BoundBody(ScanBuilder Builder, ImmutableArray<Node?> Next, ImmutableArray<Node?> Yields);

    /// <summary><c>scan x in xs from h, c = zeros { … }</c>: the yields in their order, then the last carried values.</summary>
    Value EvaluateScan(Frame frame, ScanExpression scan)
    {
        // A body that is missing is a mistake of the text, which is reported.
        bool written = scan.Body.Span.Length > 0;
        bool valid = CheckNames(frame, scan, written) & written;
        var sources = scan.Sequences.Select(sequence => EvaluateSource(frame, sequence)).ToImmutableArray();
        var starts = scan.Carries.Select(carry => EvaluateStart(frame, carry)).ToImmutableArray();
        valid &= sources.All(source => source is not null) && starts.All(start => start.Node is not null);
        if (written && scan.Carries.IsEmpty && !Yields(scan.Body) && !scan.Sequences.Any(sequence => sequence.Name.IsMissing))
            valid = Fail(DiagnosticCatalog.ScanWithoutResult, frame, scan.Focus) is null;
        if (valid && WithOneLength(frame, scan, [.. sources!]) is { } walked)
            return BindScan(frame, scan, walked, starts);
        // The body may have mistakes of its own.
        BindBody(frame, scan, Dim.Zero, sources, starts, [.. starts.Select(_ => (TensorType?)null)]);
        return PoisonValue.Instance;
    }

    Value BindScan(Frame frame, ScanExpression scan, ImmutableArray<Node> sources, ImmutableArray<Start> starts)
    {
        var length = sources[0].Shape[0];
        TensorType?[] types = [.. starts.Select(start => (TensorType?)start.Node!.Type)];
        BoundBody Attempt(IEnumerable<TensorType?> given) => BindBody(frame, scan, length, [.. sources], starts, [.. given]);

        // What starts as a number has the type that the body makes of it. To see it, the body is bound without knowing the value.
        var open = starts.Select((start, i) => i).Where(i => starts[i].IsNumber).ToList();
        var trials = new DiagnosticBag();
        if (open.Count > 0)
        {
            var (guess, findings) = Tentatively(() => Guess(() => Attempt(types.Select((type, i) => open.Contains(i) ? null : type))));
            trials = findings;
            foreach (int i in open)
                types[i] = guess.Next[i]?.Type ?? types[i];
            open.RemoveAll(i => guess.Next[i] is not null);
        }
        BoundBody? first = null;
        var given = types;
        for (int attempt = 0; ; attempt++)
        {
            var known = (_inOrder.Count, _applications.Count);
            var (body, findings) = _reporter.Hold(() => Attempt(types));
            if (findings.HasErrors)
            {
                if (open.Count > 0 && !trials.HasErrors)
                    ReportOpen(frame, starts[open[0]], findings.ToArray()[0]);
                else
                    _reporter.Report(open.Count > 0 ? trials : findings);
                return PoisonValue.Instance;
            }
            if (body.Next.Any(next => next is null) || body.Yields.Any(value => value is null))
                return PoisonValue.Instance;
            TensorType?[] joined = [.. starts.Select((start, i) => Join(start, types[i]!, body.Next[i]!.Type))];
            int wrong = Array.IndexOf(joined, null);
            first ??= body;
            if (wrong < 0 && joined.SequenceEqual(types))
            {
                _reporter.Report(findings);
                return Results(frame, scan, starts, body);
            }
            Forget(known);
            if (wrong < 0 && attempt <= starts.Length)
            {
                types = joined;
                continue;
            }
            wrong = wrong >= 0 ? wrong : Enumerable.Range(0, types.Length).First(i => joined[i] != types[i]);
            // What it was made of is nearer to the text than the types it was widened to.
            var (before, after) = Join(starts[wrong], given[wrong]!, first.Next[wrong]!.Type) == given[wrong] ? (types[wrong]!, body.Next[wrong]!) : (given[wrong]!, first.Next[wrong]!);
            _reporter.Report(DiagnosticCatalog.CarryChanges, new Site(frame, scan.Carries[wrong].Name.Span), [after],
                starts[wrong].Name, before, after.Type, Cure(starts[wrong], before, after.Type));
            return PoisonValue.Instance;
        }
    }

    static string Cure(Start start, TensorType before, TensorType after) =>
        before.Shape == after.Shape ? $"convert it: {before.Element.Name()}({start.Name})"
        : "a step hands on what the next one starts with, so the shapes must be equal";

    /// <summary>
    /// The type that holds both what a step starts with and what it ends with; null if there is none. A first value is repeated to a
    /// wider shape and a number takes any type, but nothing that was declared turns from whole numbers into fractions.
    /// </summary>
    static TensorType? Join(Start start, TensorType before, TensorType after)
    {
        var element = DTypes.Promote(before.Element, after.Element);
        if (element != before.Element && !start.IsNumber && !(before.Element.IsFloat() && after.Element.IsFloat()))
            return null;
        var (longer, shorter) = before.Shape.Rank >= after.Shape.Rank ? (before.Shape, after.Shape) : (after.Shape, before.Shape);
        var shape = longer;
        for (int axis = longer.Rank - shorter.Rank; axis < longer.Rank; axis++)
        {
            var (a, b) = (longer[axis], shorter[axis - longer.Rank + shorter.Rank]);
            if (b.Is(1) || a == b)
                continue;
            if (a.Is(1))
                shape = shape.With(axis, b);
            else if (Dim.Compare(a, b) == DimRelation.Unequal)
                return null;
            else
                shape = shape.With(axis, before.Shape[axis - longer.Rank + before.Shape.Rank]);
        }
        return new TensorType(element, shape);
    }

    /// <summary>The body does not fit a scalar, and nothing in it tells what else the first value should be.</summary>
    void ReportOpen(Frame frame, Start start, Diagnostic consequence) => _reporter.Report(
        Diagnostic.Create(DiagnosticCatalog.CarryOfUnknownShape, frame.Locate(start.Syntax.Span), start.Name, start.Value.Describe())
            .WithNote(consequence.Location, consequence.Message));

    T Guess<T>(Func<T> action)
    {
        bool before = _tensors.GuessesTypes;
        _tensors.GuessesTypes = true;
        try
        {
            return action();
        }
        finally
        {
            _tensors.GuessesTypes = before;
        }
    }

    /// <summary>Does something that leaves no trace but nodes that nobody uses.</summary>
    (T Result, DiagnosticBag Findings) Tentatively<T>(Func<T> action)
    {
        var known = (_inOrder.Count, _applications.Count);
        var settled = _tensors.Settled;
        var held = _reporter.Hold(action);
        _tensors.Settled = settled;
        Forget(known);
        return held;
    }

    /// <summary>Takes back the variables declared and the layers with states applied after those that were known.</summary>
    void Forget((int Variables, int Applications) known)
    {
        foreach (var variable in _inOrder.Skip(known.Variables))
            _variables.Remove(variable.Name);
        _inOrder.RemoveRange(known.Variables, _inOrder.Count - known.Variables);
        _applications.RemoveRange(known.Applications, _applications.Count - known.Applications);
        // The next attempt meets the same limit, and says so.
        _stopped = false;
    }

    /// <summary>Binds the body once. A carried value whose type is null is not known in it.</summary>
    BoundBody BindBody(
        Frame frame, ScanExpression scan, Dim length, ImmutableArray<Node?> sources, ImmutableArray<Start> starts, ImmutableArray<TensorType?> types)
    {
        var builder = new ScanBuilder(_graph, length, scan.IsReverse);
        bool ownsAlone = _ownership.Count(scan, frame.Module, name => frame.Lookup(name) is not null) == 1;
        var body = new Frame(
            FrameKind.Scan, "scan", frame.Module, frame, frame.Locate(scan.Focus), new NamePath(frame.Expression.PrefixOf(scan)))
        {
            Definition = frame.Definition,
            Step = new ScanStep(builder, ownsAlone),
        };
        for (int i = 0; i < sources.Length; i++)
        {
            _graph.Origin = new Origin(frame.Locate(scan.Sequences[i].Span), body.Path.Join(scan.Sequences[i].Name.Text));
            body.Names[scan.Sequences[i].Name.Text] = sources[i] is { } source ? new TensorValue(builder.Sequence(source)) : PoisonValue.Instance;
        }
        var carried = new Node?[starts.Length];
        for (int i = 0; i < starts.Length; i++)
        {
            body.Names[starts[i].Name] = PoisonValue.Instance;
            if (types[i] is not { } type || Initial(frame, starts[i], type) is not { } initial)
                continue;
            _graph.Origin = new Origin(frame.Locate(starts[i].Syntax.Span), body.Path.Join(starts[i].Name));
            carried[i] = builder.Carry(initial);
            body.Names[starts[i].Name] = new TensorValue(carried[i]!);
        }
        Run(body, scan.Body);
        var next = starts.Select(start => body.Names[start.Name] is not PoisonValue and var value
            ? AsTensor(body, new NameExpression(start.Syntax.Name.Span, start.Name), value, $"the next value of '{start.Name}'") : null).ToImmutableArray();
        for (int i = 0; i < starts.Length; i++)
        {
            if (carried[i] is { } before && next[i] is { } after)
                builder.Next(before, after);
        }
        return new(builder, next, [.. body.Step.Yields ?? []]);
    }

    /// <summary>The first value in the type that the steps carry.</summary>
    Node? Initial(Frame frame, Start start, TensorType type)
    {
        var site = new Site(frame, start.Syntax.Span);
        if (_tensors.Scalar(site, start.Value, type.Element) is not { } node)
            return null;
        _graph.Origin = site.Origin;
        return _tensors.BroadcastTo(site, "from", _graph.Cast(node, type.Element), type.Shape);
    }

    Value Results(Frame frame, ScanExpression scan, ImmutableArray<Start> starts, BoundBody body)
    {
        var site = new Site(frame, scan.Focus);
        var origin = site.Origin;
        var builder = body.Builder;
        for (int i = 0; i < starts.Length; i++)
        {
            var (before, next) = (builder.Carries[i].Before, body.Next[i]!);
            _graph.Origin = origin;
            builder.Next(before, _tensors.BroadcastTo(site, "scan", _graph.Cast(next, before.Element), before.Shape));
        }
        var places = body.Yields.Select(value => builder.Yield(value!)).ToList();
        _graph.Origin = origin;
        var node = builder.Build();
        foreach (var root in body.Next.Concat(body.Yields))
            _tensors.Inherit(node, root!);
        var results = places.Select(builder.Yielded).ToList();
        for (int i = 0; i < starts.Length; i++)
        {
            _graph.Origin = origin with { Name = origin.Name.Length == 0 ? starts[i].Name : origin.Name + "." + starts[i].Name };
            results.Add(builder.Last(i));
        }
        return results.Count == 1 ? new TensorValue(results[0]) : new TupleValue([.. results.Select(result => new TensorValue(result))]);
    }

    void Yield(Frame frame, YieldStatement result)
    {
        var step = frame.Step ?? throw new InvalidOperationException("the parser lets 'yield' stand in a scan only");
        var values = result.Values
            .Select(value => AsTensor(frame, value, EvaluateNamed(frame, NameOf(value), value), "what a scan yields"))
            .ToList();
        if (step.Yields is not null)
            Report(DiagnosticCatalog.SecondYield, frame, result.Span);
        step.Yields = values;
    }

    /// <summary>Whether as many names are bound as the scan has results.</summary>
    Value CheckResults(Frame frame, ScanExpression scan, Value value, int names)
    {
        int count = value is TupleValue tuple ? tuple.Elements.Length : 1;
        if (value is PoisonValue || count == names)
            return value;
        int yields = count - scan.Carries.Length;
        var parts = new List<string>();
        if (yields > 0)
            parts.Add(yields == 1 ? "what it yields" : $"its {Invariant(yields)} yields");
        if (scan.Carries.Length > 0)
            parts.Add($"the last {(scan.Carries.Length == 1 ? "value" : "values")} of {string.Join(", ", scan.Carries.Select(carry => $"'{carry.Name.Text}'"))}");
        return Fail(DiagnosticCatalog.ScanResults, frame, scan.Focus, count, string.Join(", then ", parts), names);
    }
}
