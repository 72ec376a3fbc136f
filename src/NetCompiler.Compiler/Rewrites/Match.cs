using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Rewrites;

/// <summary>One attempt of a rule at a node: what the parts of its pattern stand for, and where to build the result.</summary>
internal sealed class Match(GraphBuilder graph, Node root, Func<Node, bool> isOpaque)
{
    readonly List<(Pattern Pattern, Node Node)> _bindings = [];

    public GraphBuilder Graph { get; } = graph;

    /// <summary>The node to replace.</summary>
    public Node Root { get; } = root;

    /// <summary>What a part of the pattern stands for.</summary>
    public Node this[Pattern pattern] => Find(pattern)
        ?? throw new InvalidOperationException("the result of a rule uses a part that its pattern does not have");

    /// <summary>The operator that a part of the pattern stands for.</summary>
    public T Of<T>(Pattern pattern) where T : Operator => (T)this[pattern].Operator;

    /// <summary>The value of a part that is a constant.</summary>
    public double Value(Pattern pattern) => Of<Constant>(pattern).Value;

    /// <summary>The operator of a node if it is a <typeparamref name="T"/> and rules may look into it: never ask the node itself.</summary>
    public T? See<T>(Node node) where T : Operator => isOpaque(node) ? null : node.Operator as T;

    public Node Make(Operator op, params ImmutableArray<Node> inputs) => Graph.Make(op, inputs);

    /// <summary>A node of the same operator over other operands.</summary>
    public Node Over(Node node, params ImmutableArray<Node> inputs) => Graph.Make(node.Operator, inputs);

    internal int Count => _bindings.Count;

    internal void Clear() => _bindings.Clear();

    /// <summary>Forgets all bindings but the first <paramref name="count"/>.</summary>
    internal void Return(int count) => _bindings.RemoveRange(count, _bindings.Count - count);

    /// <summary>Binds a part, or says whether it already stands for this very node.</summary>
    internal bool Bind(Pattern pattern, Node node)
    {
        if (Find(pattern) is { } bound)
            return bound == node;
        _bindings.Add((pattern, node));
        return true;
    }

    Node? Find(Pattern pattern)
    {
        foreach (var (candidate, node) in _bindings)
        {
            if (ReferenceEquals(candidate, pattern))
                return node;
        }
        return null;
    }
}
