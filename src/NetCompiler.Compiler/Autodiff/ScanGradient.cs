using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Autodiff;

/// <summary>
/// Back-propagation through time (Werbos 1990): the gradient of a scan is a scan that walks the other way and carries the
/// gradients of the carried values. What a step backwards needs of the step forwards is yielded by a second form of the forward
/// scan, which later becomes one with the first (<c>MergeScans</c>).
/// </summary>
internal static class ScanGradient
{
    /// <summary>What flows to each input of a scan, null where nothing does, and the operators in its body that refuse.</summary>
    /// <param name="graph">The builder of all nodes.</param>
    /// <param name="scan">The scan.</param>
    /// <param name="seeds">What flows into its results; nothing into those that are missing.</param>
    /// <param name="isWanted">Whether the gradient of an input is asked for.</param>
    public static (ImmutableArray<Node?> Inputs, ImmutableArray<DifferentiationProblem> Problems) Flow(
        GraphBuilder graph, Node scan, IReadOnlyDictionary<int, Node> seeds, Func<Node, bool> isWanted)
    {
        var op = (Scan)scan.Operator;
        ImmutableArray<Node> arguments = [.. scan.Inputs.Select((input, i) => graph.Make(new BodyArgument(i, op.ArgumentType(i, input.Type))))];
        var carried = CarriedGradients(op, scan, arguments, isWanted);
        ImmutableArray<int> wanted =
        [
            .. Enumerable.Range(0, scan.Inputs.Length).Where(i => IsCarry(op, i)
                ? carried.Contains(i - op.Sequences)
                : arguments[i].Element.IsFloat() && isWanted(scan.Inputs[i])),
        ];
        if (wanted.IsEmpty)
            return ([.. scan.Inputs.Select(_ => (Node?)null)], []);

        var back = new ScanBuilder(graph, op.Length, !op.Reverse);
        var flowing = new Dictionary<int, Node>();
        foreach (int carry in carried)
            flowing[carry] = back.Carry(seeds.TryGetValue(carry, out var last) ? last : graph.ConstantLike(0, scan.Inputs[op.Sequences + carry]));
        var roots = carried.Select(carry => (op.Body[carry], flowing[carry]))
            .Concat(seeds.Where(seed => seed.Key >= op.Carries && op.Body[seed.Key].Element.IsFloat()).OrderBy(seed => seed.Key)
                .Select(seed => (op.Body[seed.Key], back.Sequence(seed.Value))))
            .ToImmutableArray();
        var (gradients, problems) = Differentiator.Flow(graph, roots, [.. wanted.Select(i => arguments[i])]);

        var step = InSteps(graph, scan, arguments, gradients, back);
        var yields = new Dictionary<int, int>();
        for (int i = 0; i < wanted.Length; i++)
        {
            int input = wanted[i];
            if (IsCarry(op, input))
                back.Next(flowing[input - op.Sequences], step[i] ?? graph.ConstantLike(0, arguments[input]));
            else if (step[i] is { } gradient)
                yields[input] = back.Yield(gradient);
        }
        var inputs = new Node?[scan.Inputs.Length];
        for (int carry = 0; carry < carried.Length; carry++)
            inputs[op.Sequences + carried[carry]] = back.Last(carry);
        foreach (var yield in yields)
            inputs[yield.Key] = yield.Key < op.Sequences ? back.Yielded(yield.Value) : graph.Sum(back.Yielded(yield.Value), [0]);
        return ([.. inputs], problems);
    }

    static bool IsCarry(Scan op, int input) => input >= op.Sequences && input < op.Sequences + op.Carries;

    /// <summary>The carried values that depend on what is asked for, at the start or after any number of steps.</summary>
    static ImmutableArray<int> CarriedGradients(Scan op, Node scan, ImmutableArray<Node> arguments, Func<Node, bool> isWanted)
    {
        var depending = new HashSet<Node>(arguments.Where((argument, i) => argument.Element.IsFloat() && isWanted(scan.Inputs[i])));
        var body = Node.Reachable(op.Body);
        for (bool grows = true; grows;)
        {
            grows = false;
            var depends = new HashSet<Node>(depending);
            foreach (var node in body.Where(node => node.Inputs.Any(depends.Contains)))
                depends.Add(node);
            for (int carry = 0; carry < op.Carries; carry++)
                grows |= op.Body[carry].Element.IsFloat() && depends.Contains(op.Body[carry]) && depending.Add(arguments[op.Sequences + carry]);
        }
        return [.. Enumerable.Range(0, op.Carries).Where(carry => depending.Contains(arguments[op.Sequences + carry]))];
    }

    /// <summary>
    /// The gradients of one step as values of the backward scan's step. Values of the forward step become elements of sequences:
    /// what the forward scan walks along, or what it yields for this purpose.
    /// </summary>
    static ImmutableArray<Node?> InSteps(
        GraphBuilder graph, Node scan, ImmutableArray<Node> arguments, ImmutableArray<Node?> gradients, ScanBuilder back)
    {
        var op = (Scan)scan.Operator;
        var stashed = Stashed(op, gradients.OfType<Node>());
        var yields = op.Body.Items.Skip(op.Carries).ToList();
        foreach (var node in stashed.Where(node => !yields.Contains(node)))
            yields.Add(node);
        var origin = graph.Origin;
        graph.Origin = scan.Origin;
        var forward = graph.Make(op with { Body = [.. op.Body.Items.Take(op.Carries), .. yields] }, scan.Inputs);
        graph.Origin = origin;
        var standing = new Dictionary<Node, Node>();
        for (int i = 0; i < arguments.Length; i++)
        {
            if (i < op.Sequences)
                standing[arguments[i]] = back.Sequence(scan.Inputs[i]);
            else if (!IsCarry(op, i))
                standing[arguments[i]] = scan.Inputs[i];
        }
        foreach (var node in stashed)
            standing[node] = back.Sequence(ScanBuilder.Result(graph, forward, op.Carries + yields.IndexOf(node)));
        var substituted = graph.Substitute(gradients.OfType<Node>(), standing);
        int next = 0;
        return [.. gradients.Select(gradient => gradient is null ? null : substituted[next++])];
    }

    /// <summary>
    /// The values of the forward step that the gradients read, to be kept. What only moves or repeats elements is had again for
    /// nothing, and what takes no product from elements of sequences alone for little; what is the same in all steps is there anyway.
    /// Of a scan within the step its results are kept.
    /// </summary>
    static ImmutableArray<Node> Stashed(Scan op, IEnumerable<Node> gradients)
    {
        ImmutableArray<Node> roots = [.. gradients];
        var forward = new HashSet<Node>(Node.Reachable(op.Body));
        var steps = Depending(op.Body, leaf => leaf.Index >= 0 && leaf.Index < op.Sequences + op.Carries);
        var carried = Depending(op.Body, leaf => IsCarry(op, leaf.Index));
        var backward = Depending(roots, leaf => leaf.Index < 0);
        var (stashed, seen, pending) = (new HashSet<Node>(), new HashSet<Node>(), new Stack<Node>(roots));
        while (pending.Count > 0)
        {
            var node = pending.Pop();
            if (!seen.Add(node))
                continue;
            bool kept = node.Operator switch
            {
                BodyArgument leaf => leaf.Index >= 0 && IsCarry(op, leaf.Index),
                ScanResult => !backward.Contains(node),
                Leaf or Broadcast or Reshape or Transpose or Scan => false,
                Elementwise or Reduction or Slice or Unslice or Concat => forward.Contains(node) && carried.Contains(node),
                _ => forward.Contains(node) && steps.Contains(node),
            };
            if (kept)
                stashed.Add(node);
            else
                foreach (var input in node.Inputs)
                    pending.Push(input);
        }
        return [.. stashed.OrderBy(node => node.Id)];
    }

    static HashSet<Node> Depending(IEnumerable<Node> roots, Func<BodyArgument, bool> on)
    {
        var depending = new HashSet<Node>();
        foreach (var node in Node.Reachable(roots))
        {
            if (node.Operator is BodyArgument leaf && on(leaf) || node.Inputs.Any(depending.Contains))
                depending.Add(node);
        }
        return depending;
    }
}
