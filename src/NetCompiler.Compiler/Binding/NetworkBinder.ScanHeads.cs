using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Syntax;
using NetCompiler.Text;

namespace NetCompiler.Binding;

// What stands before the body of a scan: what it walks along and what it carries.
internal sealed partial class NetworkBinder
{
    bool CheckNames(Frame frame, ScanExpression scan, bool written)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        bool valid = true;
        foreach (var name in scan.Sequences.Select(sequence => sequence.Name).Concat(scan.Carries.Select(carry => carry.Name)).Where(name => !name.IsMissing && !seen.Add(name.Text)))
        {
            valid = false;
            Report(DiagnosticCatalog.DuplicateName, frame, name.Span, name.Text, "a sequence or carried value of this scan");
        }
        foreach (var carry in scan.Carries.Where(carry => written && !carry.Name.IsMissing && !Assigned(scan.Body).Contains(carry.Name.Text)))
        {
            valid = false;
            Report(DiagnosticCatalog.CarryNotAssigned, frame, carry.Name.Span, carry.Name.Text);
        }
        return valid;
    }

    /// <summary>What is walked along as a tensor; null if it is none, which is reported.</summary>
    Node? EvaluateSource(Frame frame, ScanSequence sequence)
    {
        var site = new Site(frame, sequence.Source.Focus);
        if (sequence.Source is RangeExpression range)
        {
            var (start, end) = (EvaluateExtent(frame, range.Start, "the start of a range"), EvaluateExtent(frame, range.End, "the end of a range"));
            return start is null || end is null ? null : Count(site, start, end);
        }
        switch (Evaluate(frame, sequence.Source))
        {
            case TensorValue { Node: var node } when !node.Shape.IsScalar:
                return node;
            case TensorValue { Node: var scalar }:
                _reporter.Report(DiagnosticCatalog.ScalarSequence, site, [scalar], sequence.Name.Text, scalar.Type);
                return null;
            case RangeValue numbers:
                return Count(site, numbers.Start, Math.Max(numbers.Start, numbers.End));
            case LayerValue layer:
                LayerAsTensor(frame, sequence.Source, layer);
                return null;
            case PoisonValue:
                return null;
            case var other:
                _reporter.Report(DiagnosticCatalog.WrongKind, site, "what 'scan' walks along", "a tensor or a range", other.Describe());
                return null;
        }
    }

    Dim? EvaluateExtent(Frame frame, Expression expression, string what)
    {
        var value = Evaluate(frame, expression);
        if (value.AsDim() is { } dim)
            return dim;
        if (value is not PoisonValue)
            Report(DiagnosticCatalog.WrongKind, frame, expression.Focus, what, "a whole number or a dimension", value.Describe());
        return null;
    }

    /// <summary>The numbers from <paramref name="start"/> up to <paramref name="end"/> as i32.</summary>
    Node? Count(Site site, Dim start, Dim end)
    {
        var type = new TensorType(DType.I32, new Shape((end - start) is { IsConstant: true, Value: < 0 } ? Dim.Zero : end - start));
        if (!_tensors.IsRepresentable(site, type.Shape))
            return null;
        _graph.Origin = site.Origin;
        var first = start.IsConstant ? _graph.Constant(start.Value, TensorType.Scalar(DType.I32)) : _graph.Make(new DimensionSize(start, DType.I32));
        return _graph.Add(_graph.Make(new Iota(type, 0)), _graph.BroadcastTo(first, type.Shape));
    }

    Start EvaluateStart(Frame frame, ScanCarry carry)
    {
        var name = carry.Name.Text;
        var site = new Site(frame, carry.Initial?.Focus ?? carry.Name.Span);
        Value value;
        if (carry.Initial is { } initial)
            value = Evaluate(frame, initial);
        else if (carry.Name.IsMissing)
            value = PoisonValue.Instance;
        else
        {
            value = frame.Lookup(name) ?? Fail(DiagnosticCatalog.CarryWithoutStart, frame, carry.Name.Span, name, Suggestions.DidYouMean(name, frame.VisibleNames));
            frame.Step?.ReadFromOutside.Add(name);
        }
        if (value is InitializerValue initializer && initializer.Create(Shape.Scalar) is Initializer.Constant { Value: var everywhere })
            value = new FloatValue(everywhere);
        if (value is not (PoisonValue or TensorValue or LayerValue) && !value.IsScalar)
            value = Fail(DiagnosticCatalog.WrongKind, frame, site.Span, $"the first value of '{name}'", "a tensor or a number", value.Describe());
        return new(carry, value, _tensors.Scalar(site, value, null));
    }

    /// <summary>The sequences under one length; null if theirs differ, which is reported.</summary>
    ImmutableArray<Node>? WithOneLength(Frame frame, ScanExpression scan, ImmutableArray<Node> sources)
    {
        // A number is the better one of two names for an extent.
        int first = Math.Max(0, sources.Select(source => source.Shape[0].IsConstant).ToList().IndexOf(true));
        var length = sources[first].Shape[0];
        var walked = ImmutableArray.CreateBuilder<Node>();
        for (int i = 0; i < sources.Length; i++)
        {
            var site = new Site(frame, scan.Sequences[i].Source.Focus);
            if (Dim.Compare(sources[i].Shape[0], length) == DimRelation.Unequal)
            {
                _reporter.Report(DiagnosticCatalog.SequenceLengths, site, [sources[first], sources[i]],
                    scan.Sequences[first].Name.Text, length, scan.Sequences[i].Name.Text, sources[i].Shape[0]);
                return null;
            }
            walked.Add(_tensors.Assume(site, "scan", sources[i], sources[i].Shape.With(0, length)));
        }
        return walked.ToImmutable();
    }

    static HashSet<string> Assigned(Block block)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var statement in block.Statements)
        {
            switch (statement)
            {
                case AssignmentStatement assignment:
                    names.UnionWith(assignment.Targets.OfType<NameExpression>().Select(target => target.Name));
                    break;
                case IfStatement choice:
                    names.UnionWith(Assigned(choice.Then));
                    if (choice.Else is { } otherwise)
                        names.UnionWith(Assigned(otherwise));
                    break;
                case ForStatement loop:
                    names.UnionWith(Assigned(loop.Body));
                    break;
            }
        }
        return names;
    }

    static bool Yields(Block block) => block.Statements.Any(statement => statement switch
    {
        YieldStatement => true,
        IfStatement choice => Yields(choice.Then) || choice.Else is { } otherwise && Yields(otherwise),
        ForStatement loop => Yields(loop.Body),
        _ => false,
    });
}
