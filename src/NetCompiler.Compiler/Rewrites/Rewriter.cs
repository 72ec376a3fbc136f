using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;

namespace NetCompiler.Rewrites;

/// <summary>
/// Applies rules from the inputs to the roots until none applies. Each distinct node is rewritten once: nodes are interned, and
/// a rule sees nothing but the node and what it is computed from. Bodies of scans are closed and rewritten by the same rules, as roots
/// of their own. Needs no call stack: graphs may be as deep as memory allows.
/// </summary>
internal static class Rewriter
{
    /// <summary>
    /// The replacement of each root, in order. Rewriting the result again changes nothing.
    /// </summary>
    /// <param name="graph">The builder of all nodes. New nodes have the origin of the node that they replace.</param>
    /// <param name="roots">What to rewrite.</param>
    /// <param name="rules">The rules; where several apply, the first is taken.</param>
    /// <param name="given">
    /// Nodes whose replacement is given, often the node itself. No pattern looks into a replacement, and nothing below it is rewritten.
    /// </param>
    /// <param name="applied">Told of each application: the rule, the node and its replacement.</param>
    /// <exception cref="InvalidOperationException">The rules have no end: a mistake in them.</exception>
    public static ImmutableArray<Node> Run(
        GraphBuilder graph, ImmutableArray<Node> roots, RuleSet rules, IReadOnlyDictionary<Node, Node>? given = null, Action<Rule, Node, Node>? applied = null)
    {
        var origin = graph.Origin;
        try
        {
            var run = new Session(graph, rules, given ?? ImmutableDictionary<Node, Node>.Empty, Node.Reachable(roots).Length, applied);
            return [.. roots.Select(run.Rewrite)];
        }
        finally
        {
            graph.Origin = origin;
        }
    }

    /// <summary>The roots with some nodes replaced by others of their type, and nothing else changed.</summary>
    public static ImmutableArray<Node> Substitute(GraphBuilder graph, ImmutableArray<Node> roots, IReadOnlyDictionary<Node, Node> replacements) =>
        Run(graph, roots, new RuleSet("none"), replacements);

    /// <summary>A node that is being rewritten. It waits for an input, or for what a rule has replaced it by.</summary>
    sealed class Frame(Node node)
    {
        public Node Node { get; } = node;

        public Node? Replacement { get; set; }

        public Rule? Rule { get; set; }
    }

    sealed class Session
    {
        readonly GraphBuilder _graph;
        readonly RuleSet _rules;
        readonly HashSet<Node> _opaque;
        readonly Action<Rule, Node, Node>? _applied;
        readonly Dictionary<Type, ImmutableArray<Rule>> _candidates = [];
        readonly Dictionary<Node, Node> _results = [];
        readonly Dictionary<EquatableArray<Node>, EquatableArray<Node>> _bodies = [];
        readonly Stack<Frame> _path = [];
        readonly HashSet<Node> _onPath = [];
        readonly Queue<Rule> _latest = [];
        int _left;

        public Session(GraphBuilder graph, RuleSet rules, IReadOnlyDictionary<Node, Node> given, int size, Action<Rule, Node, Node>? applied)
        {
            _graph = graph;
            _rules = rules;
            _opaque = [.. given.Values];
            _applied = applied;
            foreach (var node in _opaque)
                _results[node] = node;
            foreach (var replaced in given)
                _results[replaced.Key] = replaced.Value;
            // Far more than real graphs take: a dozen applications a node are many.
            _left = 10_000 + 100 * size;
        }

        public Node Rewrite(Node root)
        {
            Enter(root);
            while (_path.Count > 0)
            {
                var frame = _path.Peek();
                if (frame.Replacement is { } replacement)
                    Settle(frame, _results[replacement]);
                else if (frame.Node.Inputs.FirstOrDefault(input => !_results.ContainsKey(input)) is { } input)
                    Enter(input);
                else
                    Step(frame);
            }
            return _results[root];
        }

        void Enter(Node node)
        {
            if (_results.ContainsKey(node))
                return;
            if (!_onPath.Add(node))
                throw Endless("turn a node into itself", Cycle(node));
            _path.Push(new Frame(node));
        }

        void Settle(Frame frame, Node result)
        {
            _results[frame.Node] = result;
            _onPath.Remove(frame.Node);
            _path.Pop();
        }

        void Step(Frame frame)
        {
            var node = frame.Node;
            _graph.Origin = node.Origin;
            ImmutableArray<Node> inputs = [.. node.Inputs.Select(input => _results[input])];
            if (!inputs.SequenceEqual(node.Inputs))
            {
                Replace(frame, _graph.Make(node.Operator, inputs));
                return;
            }
            if (node.Operator is Scan scan && Body(scan) is var body && body != scan.Body)
            {
                _graph.Origin = node.Origin;
                Replace(frame, _graph.Make(scan with { Body = body }, inputs));
                return;
            }
            var match = new Match(_graph, node, _opaque.Contains);
            foreach (var rule in Candidates(node.Operator.GetType()))
            {
                if (rule.Apply(match) is not { } result)
                    continue;
                _applied?.Invoke(rule, node, result);
                Count(rule);
                frame.Rule = rule;
                Replace(frame, result);
                return;
            }
            Settle(frame, node);
        }

        EquatableArray<Node> Body(Scan scan)
        {
            if (_rules.Rules.IsEmpty)
                return scan.Body;
            if (!_bodies.TryGetValue(scan.Body, out var body))
                _bodies[scan.Body] = body = Run(_graph, scan.Body.Items, _rules, null, _applied);
            return body;
        }

        void Replace(Frame frame, Node replacement)
        {
            frame.Replacement = replacement;
            Enter(replacement);
        }

        ImmutableArray<Rule> Candidates(Type operatorType)
        {
            if (!_candidates.TryGetValue(operatorType, out var rules))
                _candidates[operatorType] = rules = _rules.For(operatorType);
            return rules;
        }

        void Count(Rule rule)
        {
            _latest.Enqueue(rule);
            if (_latest.Count > 8)
                _latest.Dequeue();
            if (--_left < 0)
                throw Endless("go on and on", _latest);
        }

        /// <summary>The rules on the way from a node back to itself.</summary>
        IEnumerable<Rule> Cycle(Node node) =>
            _path.TakeWhile(frame => frame.Node != node).Concat(_path.Where(frame => frame.Node == node)).Reverse()
                .Where(frame => frame.Rule is not null).Select(frame => frame.Rule!);

        InvalidOperationException Endless(string what, IEnumerable<Rule> rules) =>
            new($"the rules of {_rules.Name} {what}: {string.Join(", ", rules.Select(rule => rule.Name).Distinct())}");
    }
}
