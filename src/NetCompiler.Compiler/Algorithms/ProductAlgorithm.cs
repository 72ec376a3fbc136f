using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;

namespace NetCompiler.Algorithms;

/// <summary>One way to compute a product of f32 matrices, by a kernel of the runtime's <c>Gemm</c>.</summary>
internal abstract record ProductAlgorithm : KernelAlgorithm<ProductProblem, MachineModel>
{
    /// <summary>All of them. The first computes every product and is taken where nothing else is said.</summary>
    public static ImmutableArray<ProductAlgorithm> All { get; } =
    [
        new SizedProduct(),
        .. new[] { 2, 3, 4 }.SelectMany(vectors => new ProductAlgorithm[]
        {
            new BlockedProduct(vectors, CopiesRight: false, 0), new BlockedProduct(vectors, CopiesRight: true, 0), new BlockedProduct(vectors, CopiesRight: true, 256),
        }),
        new PackedProduct(), new StrassenProduct(),
    ];

    /// <exception cref="InvalidOperationException">There is none of that name.</exception>
    public static ProductAlgorithm Named(string name) => All.Single(algorithm => algorithm.Name == name);

    /// <summary>The time of a product at a share of the peak, with what it moves, and with the copy of the right operand if it makes one.</summary>
    protected static double Seconds(ProductProblem problem, MachineModel machine, double efficiency, bool copiesRight)
    {
        double right = 4.0 * problem.Depth * problem.Columns, others = 4.0 * problem.Rows * (problem.Depth + problem.Columns);
        return machine.Call(machine.Compute(problem.MultiplyAdds, efficiency), machine.Move(right) + machine.Move(others)) + (copiesRight ? machine.Move(2 * right) : 0);
    }
}

/// <summary>The runtime decides by the sizes of the call.</summary>
internal sealed record SizedProduct : ProductAlgorithm
{
    public const string SizedName = "gemm";

    public override string Name => SizedName;

    public override string Description => "blocks by the sizes of the call";

    public override string Conditions => "every product";

    public override bool Admits(ProductProblem problem) => true;

    public override long Workspace(ProductProblem problem) => ProductWorkspace.Of(problem.Rows, problem.Columns, problem.Depth, problem.TransposesLeft, problem.TransposesRight, null).Bytes;

    public override double Seconds(ProductProblem problem, MachineModel machine) =>
        Seconds(problem, machine, 0.85, copiesRight: ProductWorkspace.Of(problem.Rows, problem.Columns, problem.Depth, problem.TransposesLeft, problem.TransposesRight, null).RightBytes > 0);
}

/// <summary>Tiles of so many vectors, with the right operand read in place or copied into panels in each call.</summary>
/// <param name="Vectors">The vectors of a tile's row.</param>
/// <param name="CopiesRight">Whether the right operand is copied.</param>
/// <param name="MostDepth">The most terms of a sum before the result is written; 0 for the runtime's own.</param>
internal sealed record BlockedProduct(int Vectors, bool CopiesRight, int MostDepth) : ProductAlgorithm
{
    public override string Name =>
        $"gemm-{(Vectors switch { 2 => "14x32", 3 => "9x48", _ => "6x64" })}{(CopiesRight ? "-copy" : "")}{(MostDepth == 0 ? "" : "-" + MostDepth.ToString(CultureInfo.InvariantCulture))}";

    public override string Family => SizedProduct.SizedName;

    public override string Description => $"tiles of {Vectors} vectors, B {(CopiesRight ? "copied into panels" : "read in place")}{(MostDepth == 0 ? "" : $", sums of {MostDepth} terms")}";

    public override string Conditions =>
        $"at least 2 rows and columns{(CopiesRight ? "" : ", and a right operand that is not transposed")}{(MostDepth == 0 ? "" : $", and sums of more than {MostDepth} terms")}";

    public override bool Admits(ProductProblem problem) =>
        !problem.Sizes[0].Is(1) && !problem.Sizes[1].Is(1) && (CopiesRight || !problem.TransposesRight)
        && (MostDepth == 0 || !problem.Sizes[2].IsConstant || problem.Depth > MostDepth);

    public override long Workspace(ProductProblem problem) => ProductWorkspace.Of(problem.Rows, problem.Columns, problem.Depth, problem.TransposesLeft, problem.TransposesRight, this).Bytes;

    public override double Seconds(ProductProblem problem, MachineModel machine)
    {
        // A tile of few rows has too few sums to hide their latency.
        int tileRows = Vectors switch { 2 => 14, 3 => 9, _ => 6 };
        long panels = (problem.Rows + tileRows - 1) / tileRows;
        double sums = (double)problem.Rows / panels * Vectors;
        bool collides = !CopiesRight && 4.0 * problem.Depth * problem.Columns > machine.CacheBytes;
        return Seconds(problem, machine, 0.9 * Math.Min(1, sums / 12) * (collides ? 0.75 : 1), CopiesRight);
    }
}

/// <summary>The right operand packed once for many products.</summary>
internal sealed record PackedProduct : ProductAlgorithm
{
    public const string PackedName = "packed";

    public override string Name => PackedName;

    public override string Description => "B packed once for many products";

    public override string Conditions => "a right operand of known sizes that many products share";

    public override bool Admits(ProductProblem problem) => problem.IsShared && problem.Columns > 1;

    public override long Workspace(ProductProblem problem) => ProductWorkspace.OfPacked(problem.Rows, problem.Columns, problem.Depth, problem.TransposesLeft).Bytes;

    public override double Seconds(ProductProblem problem, MachineModel machine) => Seconds(problem, machine, 0.92, copiesRight: false);
}

/// <summary>Strassen's algorithm (1969) in Winograd's form: an eighth fewer multiplications for each halving.</summary>
internal sealed record StrassenProduct : ProductAlgorithm
{
    public const string StrassenName = "strassen";

    // As the runtime halves: below, the additions cost more.
    const long LeastSize = 3072;

    public override string Name => StrassenName;

    public override string Description => "seven products of halves instead of eight";

    public override string Conditions => "known sizes of at least 3072, and operands that are not transposed";

    public override bool Admits(ProductProblem problem) =>
        problem.Sizes.All(size => size.IsConstant) && Math.Min(Math.Min(problem.Rows, problem.Columns), problem.Depth) >= LeastSize && !problem.TransposesLeft && !problem.TransposesRight;

    public override long Workspace(ProductProblem problem)
    {
        var (rows, columns, depth) = Halves(problem.Rows, problem.Columns, problem.Depth);
        return 4 * Additions(problem.Rows, problem.Columns, problem.Depth) + ProductWorkspace.Of(rows, columns, depth, false, false, null).Bytes;
    }

    /// <summary>The elements of the sums of halves that it holds, on all levels.</summary>
    public static long Additions(long m, long n, long k)
    {
        long elements = 0;
        for (; Math.Min(Math.Min(m, n), k) >= LeastSize; (m, n, k) = (m / 2, n / 2, k / 2))
            elements += m / 2 * Math.Max(k / 2, n / 2) + k / 2 * (n / 2);
        return elements;
    }

    public override double Seconds(ProductProblem problem, MachineModel machine)
    {
        double saved = Math.Pow(7.0 / 8, Levels(problem.Rows, problem.Columns, problem.Depth));
        double additions = 4.0 * 15 * problem.Rows * problem.Depth / 4;
        return Seconds(problem, machine, 0.85 / saved, copiesRight: true) + additions / machine.MemoryBytesPerSecond;
    }

    /// <summary>
    /// Higham, Accuracy and Stability, 23.2.2: 18^L (h² + 6 h) u max|A| max|B| for the whole matrix. The largest Σ |a| |b| is taken as
    /// k max|A| max|B|, which it is for operands of one magnitude.
    /// </summary>
    public override double Error(ProductProblem problem)
    {
        double h = Halves(problem.Rows, problem.Columns, problem.Depth).Depth;
        return Math.Pow(18, Levels(problem.Rows, problem.Columns, problem.Depth)) * (h * h + 6 * h) * Math.Pow(2, -24) / problem.Depth;
    }

    static int Levels(long m, long n, long k)
    {
        int levels = 0;
        for (long size = Math.Min(Math.Min(m, n), k); size >= LeastSize; size /= 2)
            levels++;
        return levels;
    }

    /// <summary>The sizes of the products that are not halved any more.</summary>
    public static (long Rows, long Columns, long Depth) Halves(long m, long n, long k)
    {
        int levels = Levels(m, n, k);
        return (m >> levels, n >> levels, k >> levels);
    }
}
