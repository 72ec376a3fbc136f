using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Passes;

/// <summary>Who reads the results of a scan.</summary>
/// <param name="users">For each result that is read, the nodes that read it; a result of the function itself counts as read by nobody.</param>
internal sealed class ScanUses(IReadOnlyDictionary<int, ImmutableArray<Node>> users)
{
    /// <summary>The results that are read.</summary>
    public IEnumerable<int> Read => users.Keys.OrderBy(result => result);

    public bool IsRead(int result) => users.ContainsKey(result);

    /// <summary>The nodes that read a result, empty if the function gives it out as it is.</summary>
    public ImmutableArray<Node> Users(int result) => users[result];
}

/// <summary>What becomes of a scan: a value for each result that is read, and values for nodes that read results, which need none then.</summary>
internal sealed record ScanReplacement(IReadOnlyDictionary<int, Node> Results, IReadOnlyDictionary<Node, Node> Users)
{
    public static IReadOnlyDictionary<Node, Node> NoUsers { get; } = new Dictionary<Node, Node>();
}

/// <summary>Rewrites the scans of a graph one by one: those in the bodies of others first, then in the order of the computation.</summary>
internal static class ScanRewriter
{
    /// <summary>The roots with every scan replaced by what <paramref name="rewrite"/> makes of it; null leaves it as it is.</summary>
    public static ImmutableArray<Node> Run(GraphBuilder graph, ImmutableArray<Node> roots, Func<Node, ScanUses, ScanReplacement?> rewrite) =>
        Run(graph, roots, body => Run(graph, body, rewrite), rewrite);

    /// <summary>The roots with what <paramref name="rewrite"/> makes of the body of each scan, as roots of its own.</summary>
    public static ImmutableArray<Node> Bodies(GraphBuilder graph, ImmutableArray<Node> roots, Func<ImmutableArray<Node>, ImmutableArray<Node>> rewrite) =>
        Run(graph, roots, rewrite, (_, _) => null);

    static ImmutableArray<Node> Run(
        GraphBuilder graph, ImmutableArray<Node> roots, Func<ImmutableArray<Node>, ImmutableArray<Node>> onBody, Func<Node, ScanUses, ScanReplacement?> rewrite)
    {
        var nodes = Node.Reachable(roots);
        if (!nodes.Any(node => node.Operator is Scan))
            return roots;
        var origin = graph.Origin;
        var uses = UsesIn(nodes, roots);
        var results = new Dictionary<Node, Node>();
        var replacements = new Dictionary<Node, ScanReplacement?>();
        foreach (var node in nodes)
        {
            graph.Origin = node.Origin;
            // A user may be replaced together with the scan that it reads.
            if (results.ContainsKey(node))
                continue;
            if (node.Operator is ScanResult result && replacements[node.Inputs[0]] is { } replaced)
            {
                results[node] = replaced.Results.TryGetValue(result.Index, out var value) ? value : node;
                continue;
            }
            ImmutableArray<Node> inputs = [.. node.Inputs.Select(input => results[input])];
            if (node.Operator is not Scan scan)
            {
                results[node] = inputs.SequenceEqual(node.Inputs) ? node : graph.Make(node.Operator, inputs);
                continue;
            }
            results[node] = graph.Make(scan with { Body = onBody(scan.Body.Items) }, inputs);
            graph.Origin = node.Origin;
            var replacement = replacements[node] = rewrite(results[node], uses[node]);
            foreach (var user in replacement?.Users ?? ScanReplacement.NoUsers)
                results[user.Key] = user.Value;
        }
        graph.Origin = origin;
        return [.. roots.Select(root => results[root])];
    }

    static Dictionary<Node, ScanUses> UsesIn(ImmutableArray<Node> nodes, ImmutableArray<Node> roots)
    {
        var users = nodes.Where(node => node.Operator is ScanResult).ToDictionary(node => node, _ => new List<Node>());
        foreach (var node in nodes)
        {
            foreach (var input in node.Inputs.Where(users.ContainsKey))
                users[input].Add(node);
        }
        foreach (var root in roots.Where(users.ContainsKey))
            users[root].Clear();
        return nodes.Where(node => node.Operator is Scan).ToDictionary(scan => scan, scan => new ScanUses(
            users.Where(pair => pair.Key.Inputs[0] == scan).ToDictionary(pair => ((ScanResult)pair.Key.Operator).Index, pair => pair.Value.ToImmutableArray())));
    }
}
