using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Rewrites;

namespace NetCompiler.Autodiff;

/// <summary>
/// Reverse-mode differentiation (Linnainmaa 1970): walks from a value back to what it depends on and multiplies by the
/// Jacobian of each operator. Gradients are ordinary nodes and can be differentiated again.
/// </summary>
internal static class Differentiator
{
    /// <summary>
    /// The gradients of <paramref name="loss"/> with respect to nodes that it may depend on: arguments, variables or
    /// intermediate values. An intermediate value counts as a variable of its own, whatever it is computed from.
    /// </summary>
    /// <param name="graph">The builder of all nodes.</param>
    /// <param name="loss">A float scalar; of any shape if a seed is given.</param>
    /// <param name="withRespectTo">The nodes to differentiate by.</param>
    /// <param name="seed">What flows into <paramref name="loss"/>, of its type: the result is a vector-Jacobian product. 1 if null.</param>
    /// <param name="stabilize">Rewrites the loss before it is differentiated.</param>
    public static Differentiation Gradients(
        GraphBuilder graph, Node loss, ImmutableArray<Node> withRespectTo, Node? seed = null, StableForm? stabilize = null)
    {
        if (seed is not null && seed.Type != loss.Type)
            throw new ArgumentException($"the seed is {seed.Type}, but flows into {loss.Type}", nameof(seed));
        var origin = graph.Origin;
        try
        {
            if (Refuse(loss, seed) is { } refusal)
                return new([.. withRespectTo.Select(node => graph.ConstantLike(0, node))], [refusal]);
            if (stabilize is null)
                return new Sweep(graph, [loss], withRespectTo).Run(seed ?? graph.ConstantLike(1, loss));
            var stable = stabilize(graph, [loss, .. withRespectTo], withRespectTo);
            var differentiation = new Sweep(graph, [stable[0]], stable.RemoveAt(0)).Run(seed ?? graph.ConstantLike(1, loss));
            return Restore(graph, differentiation, stable.RemoveAt(0), withRespectTo);
        }
        finally
        {
            graph.Origin = origin;
        }
    }

    /// <summary>
    /// What flows back to nodes from several values at once, null where nothing does, and the operators that refuse. The origin of
    /// the builder is left to the caller.
    /// </summary>
    internal static (ImmutableArray<Node?> Gradients, ImmutableArray<DifferentiationProblem> Problems) Flow(
        GraphBuilder graph, ImmutableArray<(Node Value, Node Seed)> seeds, ImmutableArray<Node> withRespectTo) =>
        new Sweep(graph, [.. seeds.Select(seed => seed.Value)], withRespectTo).Flow(seeds);

    /// <summary>In terms of the nodes that were asked for, so that gradients can be differentiated by these again.</summary>
    static Differentiation Restore(GraphBuilder graph, Differentiation differentiation, ImmutableArray<Node> stable, ImmutableArray<Node> original)
    {
        var restored = new Dictionary<Node, Node>();
        for (int i = 0; i < stable.Length; i++)
            restored[stable[i]] = original[i];
        if (restored.All(pair => pair.Key == pair.Value))
            return differentiation;
        return new(Rewriter.Substitute(graph, differentiation.Gradients, restored), [.. differentiation.Problems.Select(problem => problem with
        {
            Node = Original(problem.Node), WithRespectTo = problem.WithRespectTo is { } node ? Original(node) : null,
        })]);

        Node Original(Node node) => restored.TryGetValue(node, out var found) ? found : node;
    }

    static DifferentiationProblem? Refuse(Node loss, Node? seed)
    {
        string? reason =
            !loss.Element.IsFloat() ? $"only floating-point values have gradients, and this is {loss.Type}"
            : seed is null && !loss.Shape.IsScalar ? $"a gradient starts from one number, and this has the shape {loss.Shape}: take its sum or mean"
            : null;
        return reason is null ? null : new(DifferentiationProblemKind.Refused, loss, null, reason);
    }

    sealed class Sweep
    {
        readonly GraphBuilder _graph;
        readonly ImmutableArray<Node> _roots;
        readonly ImmutableArray<Node> _withRespectTo;
        readonly ImmutableArray<Node> _reachable;
        readonly Dictionary<Node, Node> _gradients = [];
        readonly Dictionary<Node, Dictionary<int, Node>> _intoScans = [];
        readonly List<DifferentiationProblem> _problems = [];

        public Sweep(GraphBuilder graph, ImmutableArray<Node> roots, ImmutableArray<Node> withRespectTo)
        {
            _graph = graph;
            _roots = roots;
            _withRespectTo = withRespectTo;
            _reachable = Node.Reachable(roots);
        }

        public Differentiation Run(Node seed)
        {
            Flow([(_roots[0], seed)]);
            return new([.. _withRespectTo.Select(Result)], [.. _problems]);
        }

        public (ImmutableArray<Node?>, ImmutableArray<DifferentiationProblem>) Flow(ImmutableArray<(Node Value, Node Seed)> seeds)
        {
            var dependent = Dependent(_withRespectTo);
            foreach (var (value, seed) in seeds)
                Contribute(value, seed);
            // Users have larger ids than what they use: when a node is reached, all its contributions are summed.
            foreach (var node in _reachable.Reverse())
            {
                if (!node.Inputs.Any(dependent.Contains))
                    continue;
                if (_intoScans.TryGetValue(node, out var intoScan))
                    FlowBackThroughScan(node, intoScan, dependent);
                else if (node.Operator is CustomGradient { Results: > 1 } custom)
                    FlowBack(node, custom, dependent);
                else if (_gradients.TryGetValue(node, out var gradient))
                    FlowBack(node, gradient, dependent);
            }
            return ([.. _withRespectTo.Select(node => _gradients.TryGetValue(node, out var gradient) ? gradient : null)], [.. _problems]);
        }

        void Contribute(Node node, Node contribution) =>
            _gradients[node] = _gradients.TryGetValue(node, out var sum) ? _graph.Add(sum, contribution) : contribution;

        /// <summary>What flows into the results of one application flows back together, when the first of them is reached: all users are done then.</summary>
        void FlowBack(Node node, CustomGradient custom, HashSet<Node> dependent)
        {
            var siblings = _reachable.Where(other => custom.IsOfSame(node, other)).ToList();
            if (siblings[0] != node || !siblings.Any(_gradients.ContainsKey))
                return;
            var flows = new Node?[custom.Results];
            foreach (var sibling in siblings)
                flows[((CustomGradient)sibling.Operator).Result] = _gradients.TryGetValue(sibling, out var gradient) ? gradient : null;
            _graph.Origin = node.Origin with { IsGradient = true };
            FlowBack(node, custom.Flow(node, [.. flows], _graph), dependent);
        }

        void FlowBack(Node node, Node gradient, HashSet<Node> dependent)
        {
            _graph.Origin = node.Origin with { IsGradient = true };
            if (node.Operator is ScanResult result)
            {
                // Waits for the other results: the scan flows back for all of them at once.
                if (!_intoScans.TryGetValue(node.Inputs[0], out var seeds))
                    _intoScans.Add(node.Inputs[0], seeds = []);
                seeds.Add(result.Index, gradient);
                return;
            }
            FlowBack(node, node.Operator.Differentiate(node, gradient, _graph), dependent);
        }

        void FlowBack(Node node, Gradient flow, HashSet<Node> dependent)
        {
            if (flow.Refusal is { } reason)
            {
                _problems.Add(new(DifferentiationProblemKind.Refused, node, null, reason));
                return;
            }
            Contribute(node, flow.Inputs, dependent);
        }

        void FlowBackThroughScan(Node node, Dictionary<int, Node> seeds, HashSet<Node> dependent)
        {
            _graph.Origin = node.Origin with { IsGradient = true };
            var (inputs, problems) = ScanGradient.Flow(_graph, node, seeds, dependent.Contains);
            _problems.AddRange(problems);
            _graph.Origin = node.Origin with { IsGradient = true };
            Contribute(node, inputs, dependent);
        }

        void Contribute(Node node, ImmutableArray<Node?> flow, HashSet<Node> dependent)
        {
            for (int i = 0; i < node.Inputs.Length; i++)
            {
                var input = node.Inputs[i];
                if (flow[i] is not { } contribution || !dependent.Contains(input))
                    continue;
                if (contribution.Type != input.Type)
                    throw new InvalidOperationException($"the gradient of {node} for input {i} is {contribution.Type}, not {input.Type}");
                Contribute(input, contribution);
            }
        }

        Node Result(Node node)
        {
            if (_gradients.TryGetValue(node, out var gradient))
                return gradient;
            // A refusal on the way explains the missing gradient better than its absence.
            if (!_problems.Any(problem => problem.WithRespectTo is null && (Dependent([node]).Contains(problem.Node) || !_reachable.Contains(problem.Node))))
                _problems.Add(Explain(node));
            _graph.Origin = node.Origin with { IsGradient = true };
            return _graph.ConstantLike(0, node);
        }

        DifferentiationProblem Explain(Node node)
        {
            if (!node.Element.IsFloat())
                return new(DifferentiationProblemKind.Refused, node, node, $"only floating-point values have gradients, and this is {node.Type}");
            var between = Dependent([node]);
            if (!_roots.Any(between.Contains))
                return new(DifferentiationProblemKind.Independent, node, node, "the differentiated value does not depend on it");
            // Gradients never reach integers, so an operator behind one is asked here whether it minds.
            foreach (var passed in _reachable.Where(candidate => candidate != node && between.Contains(candidate)))
            {
                if (Refusal(passed, between) is var (cause, reason))
                    return new(DifferentiationProblemKind.Refused, cause, node, reason);
            }
            var block = _reachable.Last(candidate => between.Contains(candidate) && Reached(candidate)
                && !candidate.Inputs.Any(input => between.Contains(input) && Reached(input)));
            return new(DifferentiationProblemKind.Blocked, block, node, $"no gradient passes through '{block.Operator.Name}'");
        }

        /// <summary>The operator that minds being differentiated, among an integer node and the values of a scan's steps.</summary>
        (Node Cause, string Reason)? Refusal(Node node, HashSet<Node> between)
        {
            if (node.Operator is Scan scan)
            {
                var depending = new HashSet<Node>();
                foreach (var step in Node.Reachable(scan.Body))
                {
                    if (step.Operator is BodyArgument argument ? !between.Contains(node.Inputs[argument.Index]) : !step.Inputs.Any(depending.Contains))
                        continue;
                    depending.Add(step);
                    if (Refusal(step, depending) is { } found)
                        return found;
                }
                return null;
            }
            return !node.Element.IsFloat() && node.Operator is not (ScanResult or Leaf) && node.Operator.Differentiate(node, node, _graph).Refusal is { } reason
                ? (node, reason) : null;
        }

        bool Reached(Node node) => _gradients.ContainsKey(node) || _intoScans.ContainsKey(node);

        /// <summary>What the loss is made of that depends on any of <paramref name="nodes"/>, these included.</summary>
        HashSet<Node> Dependent(ImmutableArray<Node> nodes)
        {
            var wanted = new HashSet<Node>(nodes);
            var dependent = new HashSet<Node>();
            foreach (var node in _reachable)
            {
                if (wanted.Contains(node) || node.Inputs.Any(dependent.Contains))
                    dependent.Add(node);
            }
            return dependent;
        }
    }
}
