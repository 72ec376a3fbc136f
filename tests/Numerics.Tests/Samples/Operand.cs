using System.Collections.Immutable;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Numerics.Tests.Samples;

/// <summary>An operand of a sample: its type and the values that it takes.</summary>
/// <param name="Type">Element type and shape, which may be symbolic.</param>
/// <param name="Low">Below all values.</param>
/// <param name="High">Above all values.</param>
/// <param name="Values">The values, instead of those spread between the bounds.</param>
internal sealed record Operand(TensorType Type, double Low = -2, double High = 2, ImmutableArray<double> Values = default)
{
    public static Operand F64(params Dim[] dims) => Of(DType.F64, dims);

    public static Operand F32(params Dim[] dims) => Of(DType.F32, dims);

    public static Operand I32(params Dim[] dims) => Of(DType.I32, dims) with { Low = -5, High = 6 };

    public static Operand Bool(params Dim[] dims) => Of(DType.Bool, dims) with { Low = 0, High = 2 };

    static Operand Of(DType element, Dim[] dims) => new(new TensorType(element, new(dims)));

    public Operand Between(double low, double high) => this with { Low = low, High = high };

    public Operand Holding(params double[] values) => this with { Values = [.. values] };

    /// <summary>
    /// Values at equal distances in random order: far from each other, from 0, from integers and from those of the operands
    /// beside it, so that no kink lies within the step of a difference quotient.
    /// </summary>
    public ReferenceTensor Draw(Random random, int index, IReadOnlyDictionary<string, long> symbols)
    {
        ImmutableArray<int> dims = [.. Type.Shape.Dims.Select(dim => (int)dim.Evaluate(symbols))];
        int size = dims.Aggregate(1, (product, dim) => product * dim);
        double[] values = Values.IsDefault
            ? [.. Enumerable.Range(0, size).Select(i => Low + (High - Low) * (i + 0.37 + 0.11 * index) / size)]
            : [.. Values];
        if (!Type.Element.IsFloat())
            values = [.. values.Select(Math.Floor)];
        if (Values.IsDefault)
            random.Shuffle(values);
        return new ReferenceTensor(dims, values);
    }
}
