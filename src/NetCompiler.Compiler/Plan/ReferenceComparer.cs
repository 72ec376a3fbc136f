using System.Collections.Generic;
using System.Runtime.CompilerServices;

namespace NetCompiler.Plan;

/// <summary>Records as the objects they are: to compare all that is in a step or a kernel would take long.</summary>
internal sealed class ReferenceComparer<T> : IEqualityComparer<T> where T : class
{
    public static ReferenceComparer<T> Instance { get; } = new();

    public bool Equals(T? x, T? y) => ReferenceEquals(x, y);

    public int GetHashCode(T value) => RuntimeHelpers.GetHashCode(value);
}
