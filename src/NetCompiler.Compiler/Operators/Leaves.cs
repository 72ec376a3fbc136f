using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using NetCompiler.Graph;

namespace NetCompiler.Operators;

/// <summary>A value without operands: where graphs begin. Nothing is differentiated through it.</summary>
internal abstract record Leaf(TensorType Type) : Operator
{
    public sealed override Inference Infer(ImmutableArray<TensorType> inputs) => Type;

    public sealed override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) => Gradient.Of();

    public sealed override Work Cost(Node node) => new(Dim.Zero, Dim.Zero);
}

/// <summary>A leaf whose values the caller of the evaluator supplies.</summary>
internal abstract record Supplied(TensorType Type) : Leaf(Type)
{
    public sealed override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols) =>
        throw new System.InvalidOperationException($"the value of {this} is given to the evaluator, not computed");
}

/// <summary>What the caller of a function passes under a name.</summary>
internal sealed record FunctionArgument(string Argument, TensorType Type) : Supplied(Type)
{
    public override string Name => "argument";

    protected override string Attributes => $"\"{Argument}\"";
}

/// <summary>The value of a parameter or state before the call.</summary>
internal sealed record VariableRead(Variable Variable) : Supplied(Variable.Type)
{
    public override string Name => "variable";

    protected override string Attributes => $"\"{Variable.Name}\"";
}

/// <summary>True in functions that train, else false. Replaced by a constant before anything is compiled.</summary>
internal sealed record TrainingFlag() : Supplied(TensorType.Scalar(DType.Bool))
{
    public override string Name => "training";
}

/// <summary>A tensor of one repeated value.</summary>
internal sealed record Constant(double Value, TensorType Type) : Leaf(Type)
{
    public override string Name => "constant";

    public override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols)
    {
        for (int i = 0; i < output.Data.Length; i++)
            output.Data[i] = Value;
    }

    // 0 and -0 are equal numbers but different constants: 1/x tells them apart.
    public bool Equals(Constant? other) =>
        other is not null && BitConverter.DoubleToInt64Bits(Value) == BitConverter.DoubleToInt64Bits(other.Value) && Type == other.Type;

    public override int GetHashCode() => unchecked(Value.GetHashCode() * 31 + Type.GetHashCode());

    protected override string Attributes => $"{Value.ToString("R", CultureInfo.InvariantCulture)}";
}

/// <summary>y[.., i, ..] = i along one axis.</summary>
internal sealed record Iota(TensorType Type, int Axis) : Leaf(Type)
{
    public override string Name => "iota";

    public override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols)
    {
        int inner = output.Dims.Skip(Axis + 1).Aggregate(1, (product, dim) => product * dim);
        for (int i = 0; i < output.Data.Length; i++)
            output.Data[i] = i / inner % output.Dims[Axis];
    }

    protected override string Attributes => $"axis={Axis}";
}

/// <summary>The value of a dimension as a scalar.</summary>
internal sealed record DimensionSize(Dim Dim, DType Element) : Leaf(TensorType.Scalar(Element))
{
    public override string Name => "dimension";

    public override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols) =>
        output.Data[0] = Dim.Evaluate(symbols);

    protected override string Attributes => $"{Dim}";
}
