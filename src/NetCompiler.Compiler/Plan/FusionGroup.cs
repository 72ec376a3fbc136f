using System.Collections.Generic;
using System.Collections.Immutable;
using NetCompiler.Graph;

namespace NetCompiler.Plan;

/// <summary>
/// Nodes that are computed together. The root is stored, and besides it what others read too. The group runs over <see cref="Outer"/> rows of
/// <see cref="Inner"/> elements; without reductions each row is one element.
/// </summary>
internal sealed class FusionGroup(Node root)
{
    readonly HashSet<Node> _members = [root];
    readonly List<Node> _stored = [root];

    public Node Root { get; } = root;

    public IReadOnlyCollection<Node> Members => _members;

    /// <summary>The members whose values are written to memory, the root first.</summary>
    public IReadOnlyList<Node> Stored => _stored;

    /// <summary>The extents of the independent rows.</summary>
    public ImmutableArray<Dim> Outer { get; private set; } = root.Shape.Dims;

    /// <summary>The extents that the group's reductions fold; empty before the first reduction joins.</summary>
    public ImmutableArray<Dim> Inner { get; private set; } = [];

    /// <summary>The root has a value for each element rather than for each row.</summary>
    public bool StoresElements { get; private set; }

    public bool Contains(Node node) => _members.Contains(node);

    public void Add(Node node) => _members.Add(node);

    /// <summary>Adds a node that is also written to memory.</summary>
    public void AddStored(Node node)
    {
        _members.Add(node);
        _stored.Add(node);
    }

    /// <summary>
    /// Lets a reduction over <paramref name="reduced"/> into the group if its result is one value for each row and all reductions
    /// of the group fold the same extents. <paramref name="rowAxes"/> is the number of leading axes of the root that the result has.
    /// </summary>
    public bool TryReduce(int rowAxes, ImmutableArray<Dim> reduced)
    {
        var shape = Root.Shape.Dims;
        bool elements = rowAxes < shape.Length;
        if (Inner.IsEmpty)
        {
            if (elements && !Same(shape.RemoveRange(0, rowAxes), reduced))
                return false;
            Outer = shape.RemoveRange(rowAxes, shape.Length - rowAxes);
            Inner = reduced;
            StoresElements = elements;
            return true;
        }
        return Outer.Length == rowAxes && Same(Inner, reduced);
    }

    static bool Same(ImmutableArray<Dim> a, ImmutableArray<Dim> b)
    {
        if (a.Length != b.Length)
            return false;
        for (int i = 0; i < a.Length; i++)
        {
            if (a[i] != b[i])
                return false;
        }
        return true;
    }
}
