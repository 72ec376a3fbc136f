using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Syntax;

namespace NetCompiler.Binding;

/// <summary>A parameter of something that can be called.</summary>
/// <param name="Name">The name.</param>
/// <param name="IsRequired">Whether a call must give it.</param>
internal readonly record struct Formal(string Name, bool IsRequired)
{
    /// <summary>The parameters of a declaration; of two with one name, which is reported where it is bound, the first.</summary>
    public static ImmutableArray<Formal> Of(IEnumerable<Parameter> parameters) =>
        [.. parameters.GroupBy(parameter => parameter.Name.Text, StringComparer.Ordinal).Select(group => new Formal(group.Key, group.First().Default is null))];
}

/// <summary>What a name before brackets may stand for.</summary>
internal abstract record Callable(string Name, ImmutableArray<Formal> Formals)
{
    /// <summary>Compares by identity: two declarations are never the same thing.</summary>
    public virtual bool Equals(Callable? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Name);

    /// <summary>
    /// Whether a call that gives only compile-time values gives the arguments from the second on, and so makes a layer value
    /// that waits for its tensor: <c>dense(64)</c>.
    /// </summary>
    public bool CanWaitForTensor(int positional, IEnumerable<string> named) =>
        Formals.Length > 0 && Formals[0].IsRequired && positional < Formals.Length && !named.Contains(Formals[0].Name);
}

/// <summary>A layer or optimizer written in <c>.net</c>, with the file whose names its body sees.</summary>
internal sealed record LayerDefinition(Declaration Declaration, Module Module, ImmutableArray<Parameter> Parameters, Block Body)
    : Callable(Declaration.Name.Text, Formal.Of(Parameters))
{
    public static LayerDefinition Of(LayerDeclaration layer, Module module) => new(layer, module, layer.Parameters, layer.Body);

    public static LayerDefinition Of(OptimizerDeclaration optimizer, Module module) =>
        new(optimizer, module, optimizer.Parameters, optimizer.Body);

    public bool Equals(LayerDefinition? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => base.GetHashCode();
}

/// <summary>A function that the compiler knows.</summary>
/// <param name="Name">The name in <c>.net</c> files.</param>
/// <param name="Formals">Its parameters; those left out have no entry in the call.</param>
/// <param name="Documentation">One sentence for the reference.</param>
/// <param name="Apply">Computes the result; mistakes are reported through the call.</param>
/// <param name="TakesTensorFirst">Whether a call without a tensor is a layer value that waits for it.</param>
/// <param name="MakesInitializer">Whether the bare name is an initializer: <c>param w : f32[5] = zeros;</c>.</param>
internal sealed record Builtin(
    string Name, ImmutableArray<Formal> Formals, string Documentation, Func<BuiltinCall, Value> Apply,
    bool TakesTensorFirst = true, bool MakesInitializer = false)
    : Callable(Name, Formals)
{
    public bool Equals(Builtin? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => base.GetHashCode();
}
