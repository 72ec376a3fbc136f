using NetCompiler.Algorithms;
using NetCompiler.Runtime;

namespace NetCompiler.CommandLine.Execution;

/// <summary>Times the algorithms of a product; what is packed once for many products is packed before.</summary>
internal sealed class ProductBench : KernelBench
{
    readonly WorkerPool _pool;
    readonly ProductProblem _problem;
    readonly PinnedBuffer _a, _b, _c;

    /// <param name="pool">The threads.</param>
    /// <param name="problem">The sizes.</param>
    public ProductBench(WorkerPool pool, ProductProblem problem)
    {
        _pool = pool;
        _problem = problem;
        _a = RandomNumbers(problem.Rows * problem.Depth);
        _b = RandomNumbers(problem.Depth * problem.Columns);
        _c = RandomNumbers(problem.Rows * problem.Columns);
    }

    protected override Action Call(string name)
    {
        nint m = (nint)_problem.Rows, n = (nint)_problem.Columns, k = (nint)_problem.Depth;
        bool transposesLeft = _problem.TransposesLeft, transposesRight = _problem.TransposesRight;
        nint lda = transposesLeft ? m : k, ldb = transposesRight ? k : n;
        Pointer<float> a = _a.At<float>(), b = _b.At<float>(), c = _c.At<float>();
        switch (ProductAlgorithm.Named(name))
        {
            case BlockedProduct blocked:
                var blocking = new GemmBlocking(blocked.Vectors, blocked.CopiesRight, blocked.MostDepth);
                return () => Gemm.Multiply(_pool, transposesLeft, transposesRight, m, n, k, a, lda, b, ldb, c, n, new NoEpilogue(), blocking);
            case PackedProduct:
                var packed = new PinnedBuffer(4 * Gemm.PackedLengthB(n, k));
                Gemm.PackB(_pool, transposesRight, n, k, b, ldb, packed.At<float>());
                return () =>
                {
                    Gemm.MultiplyPacked(_pool, transposesLeft, m, n, k, a, lda, packed.At<float>(), c, n);
                    GC.KeepAlive(packed);
                };
            case StrassenProduct:
                return () => Gemm.MultiplyStrassen(_pool, m, n, k, a, lda, b, ldb, c, n);
            default:
                return () => Gemm.Multiply(_pool, transposesLeft, transposesRight, m, n, k, a, lda, b, ldb, c, n);
        }
    }
}
