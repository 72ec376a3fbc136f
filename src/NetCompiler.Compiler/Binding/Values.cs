using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Binding;

/// <summary>What an expression stands for while a network is unfolded: a value of compile time, or a tensor of the graph.</summary>
internal abstract record Value
{
    /// <summary>The value as a message names it: "the number 5", "a tensor f32[N, 10]".</summary>
    public abstract string Describe();

    /// <summary>An integer if the dimension is one, else a symbolic dimension.</summary>
    public static Value Whole(Dim dim) => dim.IsConstant ? new IntegerValue(dim.Value) : new DimensionValue(dim);

    /// <summary>The extents of a shape as a list.</summary>
    public static ListValue Extents(Shape shape) => new([.. shape.Dims.Select(Whole)]);

    /// <summary>The whole number as a dimension, or null for any other value.</summary>
    public Dim? AsDim() => this switch
    {
        IntegerValue integer => integer.Number,
        DimensionValue dimension => dimension.Dim,
        _ => null,
    };

    /// <summary>The number, or null for a value that is none or is not known before run time.</summary>
    public double? AsNumber() => this switch
    {
        IntegerValue integer => integer.Number,
        FloatValue number => number.Number,
        _ => null,
    };

    /// <summary>Whether it is a number or truth value of compile time, which becomes a scalar where a tensor is needed.</summary>
    public bool IsScalar => this is IntegerValue or FloatValue or DimensionValue or BooleanValue;

    public sealed override string ToString() => Describe();
}

/// <summary>Stands for a value that could not be found out. An error is reported; whoever meets it says nothing more.</summary>
internal sealed record PoisonValue : Value
{
    public static PoisonValue Instance { get; } = new();

    public override string Describe() => "a value with an error";
}

internal sealed record IntegerValue(long Number) : Value
{
    public override string Describe() => "the number " + Number.ToString(CultureInfo.InvariantCulture);
}

internal sealed record FloatValue(double Number) : Value
{
    public override string Describe() => "the number " + Number.ToString("R", CultureInfo.InvariantCulture);
}

/// <summary>A whole number that depends on symbols.</summary>
internal sealed record DimensionValue(Dim Dim) : Value
{
    public override string Describe() => $"the dimension {Dim}";
}

internal sealed record BooleanValue(bool Truth) : Value
{
    public override string Describe() => Truth ? "true" : "false";
}

internal sealed record StringValue(string Text) : Value
{
    public override string Describe() => $"the string \"{Text}\"";
}

internal sealed record ElementTypeValue(DType Type) : Value
{
    public override string Describe() => $"the type {Type.Name()}";
}

internal sealed record ListValue(ImmutableArray<Value> Elements) : Value
{
    public override string Describe() => $"a list of {Elements.Length}";

    public bool Equals(ListValue? other) => other is not null && Elements.SequenceEqual(other.Elements);

    public override int GetHashCode() => Elements.Length;
}

/// <summary>The whole numbers from <paramref name="Start"/> up to, not including, <paramref name="End"/>; empty if there are none.</summary>
internal sealed record RangeValue(long Start, long End) : Value
{
    public override string Describe() => string.Format(CultureInfo.InvariantCulture, "the range {0} .. {1}", Start, End);

    public long Count => Math.Max(0, End - Start);
}

/// <summary>What a layer with several results returns.</summary>
internal sealed record TupleValue(ImmutableArray<Value> Elements) : Value
{
    public override string Describe() => $"{Elements.Length} values";

    public bool Equals(TupleValue? other) => other is not null && Elements.SequenceEqual(other.Elements);

    public override int GetHashCode() => Elements.Length;
}

internal sealed record TensorValue(Node Node) : Value
{
    public override string Describe() => Node.Operator switch
    {
        StateRead state => $"the state {state.Variable.Name} : {Node.Type}",
        VariableRead read => $"the {(read.Variable.Kind == VariableKind.Parameter ? "param" : "state")} {read.Variable.Name} : {Node.Type}",
        _ => $"a tensor {Node.Type}",
    };
}

/// <summary>How a variable gets its first value, once its type is known.</summary>
internal sealed record InitializerValue(string Name, Func<Shape, Initializer> Create) : Value
{
    public override string Describe() => $"the initializer '{Name}'";
}

/// <summary>
/// A layer that waits for its tensors. Its variables hang under <paramref name="Prefix"/>, so that every application of this
/// value shares them.
/// </summary>
internal sealed record LayerValue(Callable Target, ImmutableDictionary<string, Value> Bound, string Prefix) : Value
{
    public override string Describe() => $"the layer '{Target.Name}'";
}

/// <summary>An optimizer with its arguments, to be unfolded for each parameter.</summary>
internal sealed record OptimizerValue(LayerDefinition Target, ImmutableDictionary<string, Value> Bound) : Value
{
    public override string Describe() => $"the optimizer '{Target.Name}'";
}
