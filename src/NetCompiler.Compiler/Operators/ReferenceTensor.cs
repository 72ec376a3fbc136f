using System.Collections.Immutable;
using System.Linq;

namespace NetCompiler.Operators;

/// <summary>A tensor of the reference evaluator: row-major float64 whatever the declared element type.</summary>
internal sealed class ReferenceTensor
{
    public ReferenceTensor(ImmutableArray<int> dims)
    {
        Dims = dims;
        Data = new double[dims.Aggregate(1, (size, dim) => checked(size * dim))];
    }

    public ReferenceTensor(ImmutableArray<int> dims, double[] data) : this(dims)
    {
        data.CopyTo(Data, 0);
    }

    public ImmutableArray<int> Dims { get; }

    public double[] Data { get; }
}
