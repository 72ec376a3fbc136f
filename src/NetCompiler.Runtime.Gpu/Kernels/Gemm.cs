using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>Products of matrices of floats, summed in float32; factors are rounded only by the methods that say so. Results are the same bits on every call.</summary>
public static partial class Gemm
{
    /// <summary>C = A B, or with transposed operands; <see cref="MultiplyBatched(GpuDevice, nint, bool, bool, nint, nint, nint, DevicePointer{float}, nint, nint, DevicePointer{float}, nint, nint, DevicePointer{float}, nint, nint, ProductMethod)"/> for one matrix.</summary>
    public static void Multiply(
        GpuDevice device, bool transposedA, bool transposedB, nint m, nint n, nint k,
        DevicePointer<float> a, nint strideA, DevicePointer<float> b, nint strideB, DevicePointer<float> c, nint strideC,
        ProductMethod method = ProductMethod.BySize) =>
        MultiplyBatched(device, 1, transposedA, transposedB, m, n, k, a, strideA, 0, b, strideB, 0, c, strideC, 0, method);

    /// <summary>A B, or with transposed operands; <paramref name="epilogue"/> takes the elements, and c alone is not written.</summary>
    public static void Multiply<TEpilogue>(
        GpuDevice device, bool transposedA, bool transposedB, nint m, nint n, nint k,
        DevicePointer<float> a, nint strideA, DevicePointer<float> b, nint strideB, DevicePointer<float> c, nint strideC, TEpilogue epilogue,
        ProductMethod method = ProductMethod.BySize)
        where TEpilogue : struct, IGpuEpilogue =>
        MultiplyBatched(device, 1, transposedA, transposedB, m, n, k, a, strideA, 0, b, strideB, 0, c, strideC, 0, epilogue, method);

    /// <summary>C[i] = A[i] B[i] for each of a batch of matrices [m, k] and [k, n].</summary>
    /// <param name="device">Where.</param>
    /// <param name="batch">How many products.</param>
    /// <param name="transposedA">Whether a holds [k, m].</param>
    /// <param name="transposedB">Whether b holds [n, k].</param>
    /// <param name="m">Rows of the result.</param>
    /// <param name="n">Columns of the result.</param>
    /// <param name="k">Terms of each sum.</param>
    /// <param name="a">The left matrices.</param>
    /// <param name="strideA">Elements from one stored row of a matrix to the next.</param>
    /// <param name="batchA">Elements from one matrix to the next.</param>
    /// <param name="b">The right matrices.</param>
    /// <param name="strideB">As <paramref name="strideA"/>.</param>
    /// <param name="batchB">As <paramref name="batchA"/>.</param>
    /// <param name="c">The results.</param>
    /// <param name="strideC">As <paramref name="strideA"/>.</param>
    /// <param name="batchC">As <paramref name="batchA"/>.</param>
    /// <param name="method">How.</param>
    /// <exception cref="NotSupportedException">The device cannot compute by this method, of which <see cref="ProductMethods.Supported"/> tells; or matrices reach over more elements than kernels count.</exception>
    /// <exception cref="ArgumentException">The method is <see cref="ProductMethod.Thin"/>, and there are more than 8 rows and more than 8 columns.</exception>
    public static void MultiplyBatched(
        GpuDevice device, nint batch, bool transposedA, bool transposedB, nint m, nint n, nint k,
        DevicePointer<float> a, nint strideA, nint batchA, DevicePointer<float> b, nint strideB, nint batchB,
        DevicePointer<float> c, nint strideC, nint batchC, ProductMethod method = ProductMethod.BySize) =>
        Multiply(device, batch, transposedA, transposedB, m, n, k, a, strideA, batchA, b, strideB, batchB, new StoreMatrix(c.View, checked((int)strideC), batchC), method);

    /// <summary>The products of a batch; <paramref name="epilogue"/> takes the elements, with the rows of all matrices numbered one after the other.</summary>
    public static void MultiplyBatched<TEpilogue>(
        GpuDevice device, nint batch, bool transposedA, bool transposedB, nint m, nint n, nint k,
        DevicePointer<float> a, nint strideA, nint batchA, DevicePointer<float> b, nint strideB, nint batchB,
        DevicePointer<float> c, nint strideC, nint batchC, TEpilogue epilogue, ProductMethod method = ProductMethod.BySize) where TEpilogue : struct, IGpuEpilogue =>
        Multiply(device, batch, transposedA, transposedB, m, n, k, a, strideA, batchA, b, strideB, batchB, new EndMatrix<TEpilogue>(epilogue, checked((int)m)), method);

    // From the first element of matrices to the end of the last one's last row.
    static long Extent(nint batch, nint batchStride, nint storedRows, nint stride) => (Math.Max(1, batch) - 1L) * batchStride + (long)storedRows * stride;

    static void Multiply<TEnd>(
        GpuDevice device, nint batch, bool transposedA, bool transposedB, nint m, nint n, nint k,
        DevicePointer<float> a, nint strideA, nint batchA, DevicePointer<float> b, nint strideB, nint batchB, TEnd end, ProductMethod method) where TEnd : struct, IGpuProductEnd
    {
        ArgumentNullException.ThrowIfNull(device);
        var (count, rows, columns, terms) = (checked((int)batch), checked((int)m), checked((int)n), checked((int)k));
        GpuDevice.RequireCountable(Extent(batch, batchA, transposedA ? k : m, strideA), Extent(batch, batchB, transposedB ? n : k, strideB));
        // Rows of A and columns of B are the lines.
        if (transposedA)
            Right(new InterleavedLines(a.View, checked((int)strideA), batchA));
        else
            Right(new ContiguousLines(a.View, checked((int)strideA), batchA));

        void Right<TLeft>(TLeft left) where TLeft : struct, IGpuOperand
        {
            if (transposedB)
                Products.Multiply(device, count, rows, columns, terms, left, new ContiguousLines(b.View, checked((int)strideB), batchB), end, method);
            else
                Products.Multiply(device, count, rows, columns, terms, left, new InterleavedLines(b.View, checked((int)strideB), batchB), end, method);
        }
    }
}

/// <summary>Hands the elements of a batch of matrices to an epilogue.</summary>
struct EndMatrix<TEpilogue>(TEpilogue epilogue, int rows) : IGpuProductEnd where TEpilogue : struct, IGpuEpilogue
{
    TEpilogue _epilogue = epilogue;
    readonly int _rows = rows;

    public void Store(int part, int batch, int row, int column, float value) => _epilogue.Store(batch * _rows + row, column, value);
}
