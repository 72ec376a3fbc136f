using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Algorithms;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Plan;

/// <summary>
/// Decides which values are stored and which are computed inside their users' loops. Users come before their inputs; a node
/// joins the group of its users if all of them are in one group (so no path leaves a group and comes back) and the group's loops
/// can express it. Leaves and cheap index mappings are part of every group that reads them.
/// </summary>
internal static class FuseGroups
{
    /// <summary>
    /// The groups that compute <paramref name="results"/>, each after those it reads. A result that is a leaf gets a group that copies it.
    /// </summary>
    /// <param name="results">What is computed.</param>
    /// <param name="forGpu">Whether for a GPU, whose convolutions of planar images end with loops too.</param>
    public static ImmutableArray<FusionGroup> Run(IEnumerable<Node> results, bool forGpu = false)
    {
        var copied = new HashSet<Node>(results.Select(Storage));
        var stored = new HashSet<Node>(copied);
        var nodes = Node.Reachable(stored);
        foreach (var operand in nodes.Where(IsOpaque).SelectMany(OpaqueOperands))
            stored.Add(operand);
        foreach (var view in nodes.Where(IsView))
            stored.Add(Storage(view));
        stored.UnionWith(nodes.Where(node => node.Replica.IsStored));
        // Even where nobody reads a kernel's first result, the further ones are made beside it.
        stored.UnionWith(nodes.Where(node => node.Operator is IFurtherResult).Select(node => node.Inputs[0]));

        var users = nodes.ToDictionary(node => node, _ => new List<Node>());
        foreach (var node in nodes)
        {
            foreach (var input in node.Inputs.Distinct())
                users[input].Add(node);
        }

        // For each node the groups whose loops evaluate it.
        var groupsOf = new Dictionary<Node, HashSet<FusionGroup>>();
        var groups = new List<FusionGroup>();
        foreach (var node in nodes.Reverse())
        {
            if (IsView(node) || node.Operator is ScanResult or IFurtherResult)
                continue;
            if (node.Operator is Scan)
            {
                groups.Add(Recurrence(node, users[node]));
                groupsOf[node] = [groups[groups.Count - 1]];
                continue;
            }
            if (node.Operator is Leaf)
            {
                if (stored.Contains(node) && (!IsAddressable(node) || copied.Contains(node)))
                    groups.Add(new FusionGroup(node));
                continue;
            }
            var consumers = Consumers(node, users).ToList();
            var readers = new HashSet<FusionGroup>(consumers.Where(groupsOf.ContainsKey).SelectMany(user => groupsOf[user]));
            bool isStored = stored.Contains(node);
            if (!isStored && readers.Count == 0)
                continue;
            bool endsProduct = EndsProduct(node, users, stored, forGpu, 8);
            if (endsProduct && First(readers) is { Inner.IsEmpty: false })
            {
                var end = new FusionGroup(node);
                groups.Add(end);
                readers = [end];
            }
            else if (!isStored && !(endsProduct && readers.Count > 1) && (IndexMapping.IsMapping(node) || IsCheap(node, stored)))
            {
                foreach (var group in readers)
                    group.Add(node);
            }
            else
            {
                readers = [Home(node, readers, consumers, users, isStored, groups)];
            }
            groupsOf[node] = readers;
        }
        groups.Reverse();
        return [.. groups];
    }

    /// <summary>
    /// Element-wise work on a product whose result nobody else reads: it can be done where the product is written, which costs less than
    /// loops that read the product again, above all loops of several passes or several of them.
    /// </summary>
    static bool EndsProduct(Node node, Dictionary<Node, List<Node>> users, HashSet<Node> stored, bool forGpu, int depth) =>
        depth > 0 && IsElementwise(node) && node.Element is DType.F32 or DType.F64
        && node.Inputs.Any(input => input.Shape == node.Shape && input.Element == node.Element && users[input].Count == 1
            && (Columns(input, forGpu) is not null || !stored.Contains(input) && EndsProduct(input, users, stored, forGpu, depth - 1)));

    /// <summary>
    /// The columns of the matrix that a kernel finishes in rectangles, which may end with an epilogue; null if its result is left as it is.
    /// Of planar images the rows are planes. Kernels of doubles for GPUs, which are for checking, store all that they compute.
    /// </summary>
    public static Dim? Columns(Node node, bool forGpu) => node.Operator switch
    {
        MatMul { Algorithm: StrassenProduct.StrassenName } => null,
        MatrixProduct when (node.Element == DType.F32 || node.Element == DType.F64 && !forGpu) && !node.Shape[node.Shape.Rank - 1].Is(1) => node.Shape[node.Shape.Rank - 1],
        BlockedConv2D convolution when convolution.Planar.Pass != ConvolutionPass.BackwardFilter => node.Shape[node.Shape.Rank - 1],
        Convolution { Pass: not ConvolutionPass.BackwardFilter } when forGpu && node.Element == DType.F32 => node.Shape[2] * node.Shape[3],
        _ => null,
    };

    static bool IsElementwise(Node node) =>
        node.Operator is not (Leaf or Reduction or PositionOf or Reshape or ScanResult or IFurtherResult) && !IsOpaque(node) && !IndexMapping.IsMapping(node);

    /// <summary>Puts a node into the group that computes it: that of its first readers if possible, else its own.</summary>
    static FusionGroup Home(
        Node node, HashSet<FusionGroup> readers, List<Node> consumers, Dictionary<Node, List<Node>> users, bool isStored, List<FusionGroup> groups)
    {
        var first = First(readers);
        bool shared = isStored || readers.Count > 1;
        // The first readers' group stores what others read later; none of those may come before it.
        bool othersFollow = first is not null && consumers.All(user => first.Contains(user) || user.Id > first.Root.Id)
            && readers.All(group => group == first || group.Root.Id > first.Root.Id);
        // A view is read from memory, which its readers' own loops cannot have written before.
        bool readAsView = first is not null && users[node].Where(IsView).SelectMany(view => Consumers(view, users)).Any(first.Contains);
        if (first is not null && !IsOpaque(node) && !IsOpaque(first.Root) && othersFollow && !readAsView && CanJoin(node, first, consumers, shared))
        {
            if (shared)
                first.AddStored(node);
            else
                first.Add(node);
            return first;
        }
        var group = new FusionGroup(node);
        groups.Add(group);
        foreach (var further in users[node].Where(user => user.Operator is IFurtherResult && user.Inputs[0] == node))
            group.AddStored(further);
        if (node.Operator is Reduction or PositionOf && !group.TryReduce(node.Shape.Rank, ReducedExtents(node)))
            throw new InvalidOperationException($"a new group refuses its root {node}");
        return group;
    }

    static FusionGroup? First(HashSet<FusionGroup> readers) => readers.OrderBy(group => group.Root.Id).FirstOrDefault();

    /// <summary>A scan and those of its results that are read.</summary>
    static FusionGroup Recurrence(Node scan, IEnumerable<Node> results)
    {
        var group = new FusionGroup(scan);
        foreach (var result in results)
            group.AddStored(result);
        return group;
    }

    /// <summary>Who reads the elements of a node, directly or through views.</summary>
    static IEnumerable<Node> Consumers(Node node, Dictionary<Node, List<Node>> users) =>
        users[node].SelectMany(user => IsView(user) ? Consumers(user, users) : [user]);

    /// <summary>A tensor whose elements lie in the storage of another one, in the same order.</summary>
    public static bool IsView(Node node) => node.Operator is Reshape && !IndexMapping.IsUnitReshape(node);

    /// <summary>A leaf that lies in memory before the function, or a step of the scan, runs.</summary>
    public static bool IsAddressable(Node node) =>
        node.Operator is VariableRead or BodyArgument || node.Operator is FunctionArgument && !node.Shape.IsScalar;

    /// <summary>A leaf that kernels are given by value.</summary>
    public static bool IsScalarArgument(Node node) => node.Operator is FunctionArgument && node.Shape.IsScalar;

    /// <summary>The node whose storage holds the elements of <paramref name="node"/>.</summary>
    public static Node Storage(Node node)
    {
        while (node.Operator is Reshape)
            node = node.Inputs[0];
        return node;
    }

    /// <summary>Computed by a kernel of the runtime, or by a loop over steps of its own, rather than by fused loops.</summary>
    public static bool IsOpaque(Node node) => node.Operator is
        MatrixProduct or PackMatrix or Convolution or BlockedConv2D or PackFilter or BlockedPool or ChannelAverage or ToBlocked or FromBlocked
        or MaxPoolGather or MaxPoolScatter or AveragePool or AveragePoolBackward or Concat or Unslice or RandomUniform
        or Gather or ScatterAdd or ArgSort or CumulativeSum or Attention or AttentionGradient or Scan;

    /// <summary>The stored tensors that an opaque node reads.</summary>
    public static IEnumerable<Node> OpaqueOperands(Node node) =>
        node.Inputs.Select((input, index) => Storage(node.Operator is AttentionOperator attention
            ? AttentionOperand.IsRows(attention, index) ? AttentionOperand.Of(input).Stored : input
            : MatMulOperand.Of(node, index).Stored));

    public static ImmutableArray<Dim> ReducedExtents(Node node) => node.Operator switch
    {
        Reduction reduction => [.. reduction.Axes.Select(axis => node.Inputs[0].Shape[axis])],
        PositionOf position => [node.Inputs[0].Shape[position.Axis]],
        _ => [],
    };

    static bool CanJoin(Node node, FusionGroup group, List<Node> consumers, bool stores)
    {
        if (node.Operator is PositionOf)
            return false;
        // Repeating a value along inner axes costs nothing (it is computed once for each row); along outer axes it would be
        // computed again for each repetition.
        if (consumers.Any(user => group.Contains(user) && user.Operator is Broadcast broadcast && !IsPrefix(broadcast)) && !IsPerRow(node, group))
            return false;
        if (node.Operator is not Reduction && !stores)
            return true;
        // A stored value is written where it is computed, and a reduction has one value for each row.
        if (IndexOf(node, group) is not { } index || index.Where((at, axis) => at != AxisIndex.Of(axis)).Any())
            return false;
        // A group that reads a part of it does not run over all of it.
        if (!group.Outer.AddRange(group.Inner).Take(index.Length).SequenceEqual(node.Shape.Dims))
            return false;
        if (node.Operator is Reduction)
            return group.TryReduce(index.Length, ReducedExtents(node));
        return index.Length == group.Outer.Length || index.Length == group.Outer.Length + group.Inner.Length;
    }

    static bool IsPrefix(Broadcast broadcast) => broadcast.Axes.Items.Select((axis, i) => axis == i).All(same => same);

    /// <summary>Evaluated at the row of a group that folds rows: once for each, whatever repeats it inside.</summary>
    static bool IsPerRow(Node node, FusionGroup group) =>
        !group.Inner.IsEmpty && IndexOf(node, group) is { } index
        && index.Length == group.Outer.Length && index.Select((at, axis) => at == AxisIndex.Of(axis)).All(same => same);

    /// <summary>
    /// Computing it again in each reader costs less than storing and loading it: it takes no more than one load of something that
    /// lies in memory anyway, and of values that are repeated.
    /// </summary>
    static bool IsCheap(Node node, HashSet<Node> stored)
    {
        int loads = 0;
        return IsFixed(node, 4) || Cheap(node, 3) && loads <= 1;

        bool Cheap(Node node, int depth) =>
            depth > 0
            && node.Operator is Add or Subtract or Multiply or Negate or Cast or Select or Predicate or And or Or or Not
            && node.Inputs.All(input => IsFree(input) || IsRepeated(input) || IsLoad(input) || Cheap(input, depth - 1));

        bool IsLoad(Node input)
        {
            if (!IsOpaque(input) && !IsAddressable(input) && !stored.Contains(input))
                return false;
            loads++;
            return true;
        }
    }

    /// <summary>A scalar that follows from sizes and constants: once for each kernel.</summary>
    static bool IsFixed(Node node, int depth) =>
        depth > 0 && node.Shape.IsScalar && !IsOpaque(node) && node.Operator is not (ScanResult or IFurtherResult)
        && node.Inputs.All(input => input.Operator is Constant or DimensionSize || IsFixed(input, depth - 1) && input.Inputs.Length > 0)
        && node.Inputs.Length > 0;

    static bool IsRepeated(Node node) => node.Operator is Broadcast && Dim.Compare(node.Shape.Size, node.Inputs[0].Shape.Size) != DimRelation.Equal;

    static bool IsFree(Node node) =>
        node.Operator is Leaf && (!IsAddressable(node) || node.Shape.Rank <= 1) || IndexMapping.IsMapping(node) && IsFree(node.Inputs[0]);

    /// <summary>
    /// Where a node that joins is evaluated, in axes of the kernel (outer axes first, then inner ones); null if at several places.
    /// </summary>
    static ImmutableArray<AxisIndex>? IndexOf(Node node, FusionGroup group)
    {
        var index = new Dictionary<Node, ImmutableArray<AxisIndex>?>
        {
            [group.Root] = [.. Enumerable.Range(0, group.Root.Shape.Rank).Select(AxisIndex.Of)],
        };
        foreach (var member in group.Members.OrderByDescending(member => member.Id))
        {
            if (!index.TryGetValue(member, out var known))
                continue;
            ImmutableArray<AxisIndex>? inner = known is null ? null : OperandIndex(member, known.Value, group.Outer.Length);
            foreach (var input in member.Inputs)
                index[input] = index.TryGetValue(input, out var other) && !SameIndex(other, inner) ? null : inner;
        }
        return index.TryGetValue(node, out var found) ? found : null;
    }

    static bool SameIndex(ImmutableArray<AxisIndex>? a, ImmutableArray<AxisIndex>? b) =>
        a is { } left && b is { } right && left.SequenceEqual(right);

    /// <summary>Where the operands of a member are evaluated when the member is evaluated at <paramref name="index"/>.</summary>
    public static ImmutableArray<AxisIndex> OperandIndex(Node member, ImmutableArray<AxisIndex> index, int outerAxes)
    {
        if (IndexMapping.IsMapping(member))
            return IndexMapping.ToInput(member, index);
        ImmutableArray<int> reduced = member.Operator switch
        {
            Reduction reduction => reduction.Axes.Items,
            PositionOf position => [position.Axis],
            _ => [],
        };
        if (reduced.IsEmpty)
            return index;
        int kept = 0, folded = outerAxes;
        return [.. Enumerable.Range(0, member.Inputs[0].Shape.Rank).Select(axis => reduced.Contains(axis) ? AxisIndex.Of(folded++) : index[kept++])];
    }
}
