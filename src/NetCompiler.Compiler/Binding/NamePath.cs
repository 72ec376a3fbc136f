using System;
using System.Collections.Generic;
using System.Globalization;

namespace NetCompiler.Binding;

/// <summary>
/// A place in the tree of names of a network: variables and the origins of nodes are named by the path of bindings that leads
/// to them. A name taken twice in one place becomes <c>x_2</c>, <c>x_3</c>.
/// </summary>
internal sealed class NamePath(string prefix)
{
    readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    /// <summary>The path of the place itself; empty at the root.</summary>
    public string Prefix { get; } = prefix;

    public string Join(string name) => name.Length == 0 ? Prefix : Prefix.Length == 0 ? name : Prefix + "." + name;

    /// <summary>The full path of <paramref name="name"/>, made unique here.</summary>
    public string Reserve(string name)
    {
        var unique = name;
        for (int count = 2; !_taken.Add(unique); count++)
            unique = name + "_" + count.ToString(CultureInfo.InvariantCulture);
        return Join(unique);
    }

    /// <summary>A new place below this one.</summary>
    public NamePath Child(string name) => new(Reserve(name));
}
