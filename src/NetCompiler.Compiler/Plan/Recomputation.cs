using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Plan;

/// <summary>
/// Which values of a function live on from its forward part until its gradients read them, and the function in which some of these are
/// computed again. What is computed before the gradients is the forward part; the groups of it that are computed again are the same
/// groups, of nodes of their own (<see cref="Replica"/>), made right before their first reader and therefore scheduled there.
/// </summary>
internal sealed class Recomputation
{
    // What is small next to the largest is kept: means and scales, whose sums would have to be taken again.
    const long LeastShare = 200;

    readonly FunctionModel _function;
    readonly IReadOnlyDictionary<string, long> _sizes;
    readonly ImmutableArray<Node> _nodes;
    readonly HashSet<Node> _early = [];
    readonly Dictionary<Node, int> _producer = [];
    readonly Dictionary<Node, int> _lastEarlyReader = [];
    readonly HashSet<Node> _readLate = [];
    readonly HashSet<Node> _storedLate = [];

    public Recomputation(FunctionModel function, IReadOnlyDictionary<string, long> sizes)
    {
        (_function, _sizes) = (function, sizes);
        var updates = function.Updates.Where(update => update.Value.Operator is not VariableRead read || read.Variable != update.Variable).Select(update => update.Value);
        ImmutableArray<Node> results = [.. function.Outputs.Select(output => FuseGroups.Storage(output.Value)), .. updates];
        var groups = FuseGroups.Run(results);
        _nodes = Node.Reachable(function.Roots);
        // Gradients, and what depends on them, such as updates.
        var isLate = new List<bool>();
        var computedLate = new HashSet<Node>();
        foreach (var group in groups)
        {
            isLate.Add(group.Root.Origin.IsGradient || Reads(group).Any(computedLate.Contains));
            if (isLate[isLate.Count - 1])
                computedLate.UnionWith(group.Stored);
        }
        int forwardGroups = Boundary([.. isLate]);
        for (int i = 0; i < groups.Length; i++)
        {
            foreach (var node in groups[i].Stored.Where(node => i < forwardGroups && node.Operator is not Leaf))
                _producer[node] = i;
            if (i < forwardGroups)
                _early.UnionWith(groups[i].Members);
            else
                _storedLate.UnionWith(groups[i].Stored);
            foreach (var read in Reads(groups[i]).Where(_producer.ContainsKey))
            {
                if (i < forwardGroups)
                    _lastEarlyReader[read] = i;
                else
                    _readLate.Add(read);
            }
        }
        // Leaves and views belong to no group.
        foreach (var node in _nodes.Reverse())
        {
            if (node.Operator is Leaf)
                _early.Add(node);
            else if (_early.Contains(node))
                _early.UnionWith(node.Inputs);
        }
        var given = new HashSet<Node>(results);
        var candidates = _producer.Keys.Where(node => _readLate.Contains(node) && !given.Contains(node) && CanCompute(node)).ToList();
        long largest = candidates.Select(Bytes).DefaultIfEmpty(0).Max();
        Candidates = [.. candidates.Where(node => Bytes(node) * LeastShare >= largest).OrderBy(node => _producer[node]).ThenBy(node => node.Id)];
    }

    /// <summary>
    /// Where gradients begin: the place with the fewest of them before it and the fewest others after it. Some constants of gradients are
    /// computed first, and some statistics of the forward part last.
    /// </summary>
    static int Boundary(ImmutableArray<bool> isGradient)
    {
        int gradientsBefore = 0, othersAfter = isGradient.Count(gradient => !gradient), best = 0, fewest = int.MaxValue;
        for (int i = 0; i < isGradient.Length; i++)
        {
            if (isGradient[i] && gradientsBefore + othersAfter < fewest)
                (best, fewest) = (i, gradientsBefore + othersAfter);
            if (isGradient[i])
                gradientsBefore++;
            else
                othersAfter--;
        }
        return best;
    }

    /// <summary>What could be computed again, in the order of the computation.</summary>
    public ImmutableArray<Node> Candidates { get; }

    /// <summary>Candidates that cost no product or convolution, the largest first.</summary>
    public ImmutableArray<Node> Cheap()
    {
        var cheap = new HashSet<Node>();
        var known = new Dictionary<Node, bool>();
        foreach (var candidate in Candidates.Where(candidate => IsCheap(candidate)))
            cheap.Add(candidate);
        return [.. Candidates.Where(cheap.Contains).OrderByDescending(Bytes)];

        bool IsCheap(Node node)
        {
            if (known.TryGetValue(node, out bool result))
                return result;
            known[node] = false;
            return known[node] = Expression(node).All(member => member.Operator.Cost(member).MultiplyAdds.Is(0) && member.Operator is not (ArgSort or RandomUniform))
                && Expression(node).SelectMany(StoredInputs).All(input => _readLate.Contains(input) || CanCompute(input) && IsCheap(input));
        }
    }

    /// <summary>The forward part in so many segments of equal bytes, each with what is computed again and what is kept for those after it; without the last one.</summary>
    public ImmutableArray<(ImmutableArray<Node> Recomputed, ImmutableArray<Node> Kept)> Segments(int count)
    {
        long share = Candidates.Sum(Bytes) / count + 1, gathered = 0;
        var segments = ImmutableArray.CreateBuilder<(ImmutableArray<Node>, ImmutableArray<Node>)>();
        var current = new List<Node>();
        var cuts = Cuts();
        foreach (var group in Candidates.GroupBy(candidate => _producer[candidate]))
        {
            current.AddRange(group);
            gathered += group.Sum(Bytes);
            if (gathered < share || !cuts.TryGetValue(group.Key, out var crossing))
                continue;
            segments.Add(([.. current.Except(crossing)], crossing));
            current.Clear();
            gathered = 0;
        }
        return segments.ToImmutable();
    }

    /// <summary>Groups after which the rest of the forward part depends on few values, and on which; after any group if there are no such places.</summary>
    Dictionary<int, ImmutableArray<Node>> Cuts()
    {
        var crossings = Candidates.Select(candidate => _producer[candidate]).Distinct().ToDictionary(
            group => group,
            group => _producer.Keys.Where(node => _producer[node] <= group && _lastEarlyReader.TryGetValue(node, out int last) && last > group)
                .OrderBy(node => node.Id).ToImmutableArray());
        var narrow = crossings.Where(crossing => crossing.Value.Length <= 1).ToDictionary(crossing => crossing.Key, crossing => crossing.Value);
        return narrow.Count > 3 ? narrow : crossings;
    }

    /// <summary>The function that computes some values again for its gradients.</summary>
    /// <param name="recomputed">Candidates that are not kept.</param>
    /// <param name="kept">Values of the forward part that are kept although no gradient reads them.</param>
    /// <param name="values">How many stored values are computed again.</param>
    public FunctionModel Rebuild(HashSet<Node> recomputed, HashSet<Node> kept, out int values)
    {
        // A graph of its own, in which nodes are made in the order of the computation.
        var graph = new GraphBuilder();
        var early = new Dictionary<Node, Node>();
        var late = new Dictionary<Node, Node>();
        var again = new Dictionary<Node, Node>();
        foreach (var node in _nodes.Where(_early.Contains))
            early[node] = Make(node, node.Inputs.Select(input => early[input]), recomputed.Contains(node) ? new Replica(1, IsStored: true) : default);
        // Gradients in their order, for what is fused depends on it; all else as it is needed: what they read of the forward part is older.
        var gradients = new HashSet<Node>();
        foreach (var node in _nodes.Where(node => !_early.Contains(node)))
        {
            if (!node.Origin.IsGradient && !_storedLate.Contains(node) && !node.Inputs.Any(gradients.Contains))
                continue;
            gradients.Add(node);
            Late(node);
        }
        values = again.Keys.Count(_producer.ContainsKey);
        int outputs = _function.Outputs.Length;
        var roots = _function.Roots.Select(root => early.TryGetValue(root, out var value) ? value : Late(root)).ToList();
        return _function with
        {
            Outputs = [.. _function.Outputs.Select((output, i) => output with { Value = roots[i] })],
            Updates = [.. _function.Updates.Select((update, i) => update with { Value = roots[outputs + i] })],
        };

        Node Make(Node node, IEnumerable<Node> inputs, Replica replica)
        {
            graph.Origin = node.Origin;
            return graph.Make(node.Operator, [.. inputs], replica);
        }

        // The value as gradients read it.
        Node Late(Node node)
        {
            if (late.TryGetValue(node, out var value))
                return value;
            if (node.Operator is Leaf || _producer.ContainsKey(node))
                return _producer.ContainsKey(node) && !IsKept(node) ? Again(node) : early[node];
            var inputs = node.Inputs.Select(Late).ToList();
            // Part of both, such as a view.
            return late[node] = early.TryGetValue(node, out var same) && inputs.SequenceEqual(same.Inputs) ? same : Make(node, inputs, default);
        }

        // The value computed again, with all that is not kept of what leads to it.
        Node Again(Node node)
        {
            var needed = new HashSet<Node>();
            var pending = new Stack<Node>([node]);
            while (pending.Count > 0)
            {
                var next = pending.Pop();
                if (again.ContainsKey(next) || next.Operator is Leaf || _producer.ContainsKey(next) && IsKept(next) || !needed.Add(next))
                    continue;
                foreach (var input in next.Inputs)
                    pending.Push(input);
            }
            foreach (var each in needed.OrderBy(each => each.Id))
                again[each] = Make(each, each.Inputs.Select(input => again.TryGetValue(input, out var value) ? value : early[input]),
                    FuseGroups.IsView(each) ? default : new Replica(2, IsStored: _producer.ContainsKey(each)));
            return again[node];
        }

        bool IsKept(Node node) => kept.Contains(node) || !recomputed.Contains(node) && _readLate.Contains(node) || !CanCompute(node);
    }

    long Bytes(Node node) => PlanMemory.Evaluate(node.Shape.Size, _sizes) * node.Element.Bytes();

    bool CanCompute(Node node) => Expression(node).All(member => member.Operator is not (Scan or ScanResult or IFurtherResult));

    /// <summary>What the group of a stored node evaluates for it alone.</summary>
    List<Node> Expression(Node stored)
    {
        var expression = new List<Node> { stored };
        for (int i = 0; i < expression.Count; i++)
            expression.AddRange(expression[i].Inputs.Where(input => input.Operator is not Leaf && !_producer.ContainsKey(input) && !expression.Contains(input)));
        return expression;
    }

    IEnumerable<Node> StoredInputs(Node node) => node.Inputs.Where(_producer.ContainsKey);

    static IEnumerable<Node> Reads(FusionGroup group) => group.Members
        .SelectMany(member => FuseGroups.IsOpaque(member) ? FuseGroups.OpaqueOperands(member) : member.Inputs.Where(input => !group.Contains(input)).Select(FuseGroups.Storage));
}
