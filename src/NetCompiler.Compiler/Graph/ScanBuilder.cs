using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Operators;

namespace NetCompiler.Graph;

/// <summary>
/// Makes a scan from a body that is written over stand-ins for the elements of sequences and for carried values. Whatever else the
/// body reads is found by itself: the largest values that do not depend on a step become inputs, computed once before the loop.
/// </summary>
internal sealed class ScanBuilder(GraphBuilder graph, Dim length, bool reverse)
{
    readonly List<(Node Source, Node Element)> _sequences = [];
    readonly List<(Node Initial, Node Before)> _carries = [];
    readonly Dictionary<Node, Node> _next = [];
    readonly List<Node> _yields = [];
    Node? _scan;

    /// <summary>The number of steps.</summary>
    public Dim Length { get; } = length;

    /// <summary>Whether the last element comes first.</summary>
    public bool Reverse { get; } = reverse;

    /// <summary>What is walked along, with the stand-ins of their elements.</summary>
    public IReadOnlyList<(Node Source, Node Element)> Sequences => _sequences;

    /// <summary>The first carried values, with the stand-ins of what a step is given for them.</summary>
    public IReadOnlyList<(Node Initial, Node Before)> Carries => _carries;

    /// <summary>What each step yields.</summary>
    public IReadOnlyList<Node> Yields => _yields;

    /// <summary>A scan taken apart, to be built anew with changes: its body over stand-ins and over what is outside.</summary>
    public static ScanBuilder Open(GraphBuilder graph, Node scan)
    {
        var op = (Scan)scan.Operator;
        var builder = new ScanBuilder(graph, op.Length, op.Reverse);
        foreach (var initial in scan.Inputs.Skip(op.Sequences).Take(op.Carries))
            builder.Carry(initial);
        var body = builder.BodyOf(scan);
        for (int i = 0; i < op.Carries; i++)
            builder.Next(builder._carries[i].Before, body[i]);
        builder._yields.AddRange(body.Skip(op.Carries));
        return builder;
    }

    /// <summary>The body of a scan over what this one walks along and carries; the carried values of the two are the same, in order.</summary>
    public ImmutableArray<Node> BodyOf(Node scan)
    {
        var op = (Scan)scan.Operator;
        var standing = new Dictionary<Node, Node>();
        for (int i = 0; i < scan.Inputs.Length; i++)
        {
            var input = scan.Inputs[i];
            standing[graph.Make(new BodyArgument(i, op.ArgumentType(i, input.Type)))] =
                i < op.Sequences ? Element(input)
                : i < op.Sequences + op.Carries ? _carries[i - op.Sequences].Before
                : input;
        }
        return graph.Substitute(op.Body, standing);
    }

    /// <summary>The element of a sequence: where all elements are the same, that one.</summary>
    Node Element(Node source)
    {
        var type = source.Type.WithShape(source.Shape.Without([0]));
        return source.Operator switch
        {
            Constant constant => graph.Constant(constant.Value, type),
            Broadcast repeated when !repeated.Axes.Items.Contains(0) =>
                graph.Broadcast(source.Inputs[0], type.Shape, repeated.Axes.Items.Select(axis => axis - 1)),
            _ => Sequence(source),
        };
    }

    /// <summary>The same with some of the carried values and yields only, by their places.</summary>
    public ScanBuilder Keep(IEnumerable<int> carries, IEnumerable<int> yields)
    {
        var kept = new ScanBuilder(graph, Length, Reverse);
        kept._sequences.AddRange(_sequences);
        kept._carries.AddRange(carries.Select(carry => _carries[carry]));
        foreach (var (_, before) in kept._carries)
            kept._next[before] = _next[before];
        kept._yields.AddRange(yields.Select(yield => _yields[yield]));
        return kept;
    }

    /// <summary>Replaces values in all that the step computes.</summary>
    public void Replace(IReadOnlyDictionary<Node, Node> replacements)
    {
        var roots = graph.Substitute(Roots, replacements);
        for (int i = 0; i < _carries.Count; i++)
            _next[_carries[i].Before] = roots[i];
        for (int i = 0; i < _yields.Count; i++)
            _yields[i] = roots[_carries.Count + i];
    }

    /// <summary>What the step computes: the next carried values, then the yields.</summary>
    public ImmutableArray<Node> Roots => [.. _carries.Select(carry => _next[carry.Before]), .. _yields];

    /// <summary>Walks along the first axis of <paramref name="source"/>; the stand-in for its element. One for each source.</summary>
    public Node Sequence(Node source)
    {
        foreach (var (known, element) in _sequences)
        {
            if (known == source)
                return element;
        }
        var standIn = graph.StandIn(source.Type.WithShape(source.Shape.Without([0])));
        _sequences.Add((source, standIn));
        return standIn;
    }

    /// <summary>Carries a value from step to step; the stand-in for what a step is given.</summary>
    public Node Carry(Node initial)
    {
        var standIn = graph.StandIn(initial.Type);
        _carries.Add((initial, standIn));
        return standIn;
    }

    /// <summary>Says what the step hands on for the carried value <paramref name="before"/>.</summary>
    public void Next(Node before, Node next) => _next[before] = next;

    /// <summary>What the step hands on for the carried value <paramref name="before"/>.</summary>
    public Node NextOf(Node before) => _next[before];

    /// <summary>Yields a value in every step; its place among the yields. Equal values are yielded once.</summary>
    public int Yield(Node value)
    {
        int place = _yields.IndexOf(value);
        if (place >= 0)
            return place;
        _yields.Add(value);
        return _yields.Count - 1;
    }

    /// <summary>The last value of a carried value, by its place.</summary>
    public Node Last(int carry) => Result(Build(), carry);

    /// <summary>The yielded values of all steps, by their place.</summary>
    public Node Yielded(int yield) => Result(Build(), _carries.Count + yield);

    Node Result(Node scan, int index) => Result(graph, scan, index);

    /// <summary>Reads a result of a scan.</summary>
    public static Node Result(GraphBuilder graph, Node scan, int index) =>
        graph.Make(new ScanResult(index, ((Scan)scan.Operator).ResultType(index)), scan);

    /// <summary>The scan. Nothing can be added after it is built.</summary>
    public Node Build() => _scan ??= Close();

    Node Close()
    {
        var roots = Roots;
        var steps = StepNodes();
        var invariants = Invariants(roots, steps);
        var sequences = _sequences.Where(sequence => steps.Contains(sequence.Element)).ToList();
        var arguments = new Dictionary<Node, Node>();
        // The arguments of all bodies of one type are one node, so they have no origin of their own.
        var origin = graph.Origin;
        graph.Origin = Origin.None;
        foreach (var node in sequences.Select(sequence => sequence.Element).Concat(_carries.Select(carry => carry.Before)).Concat(invariants))
            arguments.Add(node, graph.Make(new BodyArgument(arguments.Count, node.Type)));
        graph.Origin = origin;
        var scan = new Scan(Length, sequences.Count, _carries.Count, graph.Substitute(roots, arguments), Reverse);
        return graph.Make(scan, [.. sequences.Select(sequence => sequence.Source), .. _carries.Select(carry => carry.Initial), .. invariants]);
    }

    /// <summary>The values that depend on the step, stand-ins included.</summary>
    public HashSet<Node> StepNodes()
    {
        var steps = new HashSet<Node>(_sequences.Select(sequence => sequence.Element).Concat(_carries.Select(carry => carry.Before)));
        // What is older than all stand-ins depends on none, so the graph around the loop is not searched.
        int oldest = steps.Select(node => node.Id).DefaultIfEmpty(int.MaxValue).Min();
        var (seen, pending) = (new HashSet<Node>(), new Stack<Node>(Roots));
        var standIns = new HashSet<Node>(steps);
        steps.Clear();
        while (pending.Count > 0)
        {
            var node = pending.Pop();
            if (node.Id < oldest || !seen.Add(node))
                continue;
            foreach (var input in node.Inputs)
                pending.Push(input);
        }
        foreach (var node in seen.OrderBy(node => node.Id))
        {
            if (standIns.Contains(node) || node.Inputs.Any(steps.Contains))
                steps.Add(node);
        }
        return steps;
    }

    /// <summary>
    /// What the body reads from outside. Constants stay in the body, and so do repetitions, which are free there and large outside,
    /// and transposes of matrices that only stand left in products, which read them in any order. Right operands are transposed
    /// outside, once: a product of few rows reads them where they lie, but would copy them at each step to transpose them.
    /// </summary>
    static List<Node> Invariants(ImmutableArray<Node> roots, HashSet<Node> steps)
    {
        var users = steps.SelectMany(node => node.Inputs.Where(input => !steps.Contains(input)).Select(input => (Input: input, User: node))).ToList();
        var onlyMultiplied = new HashSet<Node>(users.GroupBy(use => use.Input).Where(uses => uses.All(use => use.User.Operator is MatrixProduct && use.User.Inputs[1] != use.Input)).Select(uses => uses.Key));
        onlyMultiplied.ExceptWith(roots);
        var (found, pending) = (new HashSet<Node>(), new Stack<Node>(users.Select(use => use.Input).Concat(roots.Where(root => !steps.Contains(root)))));
        while (pending.Count > 0)
        {
            var node = pending.Pop();
            if (node.Operator is Broadcast || node.Operator is Transpose && onlyMultiplied.Contains(node))
                pending.Push(node.Inputs[0]);
            else if (node.Operator is not Leaf or Supplied)
                found.Add(node);
        }
        return [.. found.OrderBy(node => node.Id)];
    }
}
