using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <content>Products with factors of f16 or bf16, which become floats as they are read.</content>
public static partial class Gemm
{
    /// <summary>C = A B with a factor of f16 or bf16, or with transposed operands.</summary>
    public static void Multiply<TA, TB>(
        GpuDevice device, bool transposedA, bool transposedB, nint m, nint n, nint k,
        DevicePointer<TA> a, nint strideA, DevicePointer<TB> b, nint strideB, DevicePointer<float> c, nint strideC,
        ProductMethod method = ProductMethod.BySize) where TA : unmanaged where TB : unmanaged =>
        MultiplyBatched(device, 1, transposedA, transposedB, m, n, k, a, strideA, 0, b, strideB, 0, c, strideC, 0, method);

    /// <summary>A B with a factor of f16 or bf16; <paramref name="epilogue"/> takes the elements, and c alone is not written.</summary>
    public static void Multiply<TA, TB, TEpilogue>(
        GpuDevice device, bool transposedA, bool transposedB, nint m, nint n, nint k,
        DevicePointer<TA> a, nint strideA, DevicePointer<TB> b, nint strideB, DevicePointer<float> c, nint strideC, TEpilogue epilogue,
        ProductMethod method = ProductMethod.BySize) where TA : unmanaged where TB : unmanaged where TEpilogue : struct, IGpuEpilogue =>
        MultiplyBatched(device, 1, transposedA, transposedB, m, n, k, a, strideA, 0, b, strideB, 0, c, strideC, 0, epilogue, method);

    /// <summary>C[i] = A[i] B[i] for each of a batch of matrices, with a factor of f16 or bf16; with the arguments of the products of floats.</summary>
    public static void MultiplyBatched<TA, TB>(
        GpuDevice device, nint batch, bool transposedA, bool transposedB, nint m, nint n, nint k,
        DevicePointer<TA> a, nint strideA, nint batchA, DevicePointer<TB> b, nint strideB, nint batchB,
        DevicePointer<float> c, nint strideC, nint batchC, ProductMethod method = ProductMethod.BySize) where TA : unmanaged where TB : unmanaged =>
        MultiplyHalves(device, batch, transposedA, transposedB, m, n, k, a, strideA, batchA, b, strideB, batchB, new StoreMatrix(c.View, checked((int)strideC), batchC), method);

    /// <summary>The products of a batch with a factor of f16 or bf16; <paramref name="epilogue"/> takes the elements, with the rows of all matrices numbered one after the other.</summary>
    public static void MultiplyBatched<TA, TB, TEpilogue>(
        GpuDevice device, nint batch, bool transposedA, bool transposedB, nint m, nint n, nint k,
        DevicePointer<TA> a, nint strideA, nint batchA, DevicePointer<TB> b, nint strideB, nint batchB,
        DevicePointer<float> c, nint strideC, nint batchC, TEpilogue epilogue, ProductMethod method = ProductMethod.BySize)
        where TA : unmanaged where TB : unmanaged where TEpilogue : struct, IGpuEpilogue =>
        MultiplyHalves(device, batch, transposedA, transposedB, m, n, k, a, strideA, batchA, b, strideB, batchB, new EndMatrix<TEpilogue>(epilogue, checked((int)m)), method);

    static void MultiplyHalves<TA, TB, TEnd>(
        GpuDevice device, nint batch, bool transposedA, bool transposedB, nint m, nint n, nint k,
        DevicePointer<TA> a, nint strideA, nint batchA, DevicePointer<TB> b, nint strideB, nint batchB, TEnd end, ProductMethod method)
        where TA : unmanaged where TB : unmanaged where TEnd : struct, IGpuProductEnd
    {
        ArgumentNullException.ThrowIfNull(device);
        var (count, rows, columns, terms) = (checked((int)batch), checked((int)m), checked((int)n), checked((int)k));
        GpuDevice.RequireCountable(Extent(batch, batchA, transposedA ? k : m, strideA), Extent(batch, batchB, transposedB ? n : k, strideB));
        // Rows of A and columns of B are the lines.
        if (typeof(TA) == typeof(float) && transposedA)
            Right(new InterleavedLines(a.View.Cast<float>(), checked((int)strideA), batchA));
        else if (typeof(TA) == typeof(float))
            Right(new ContiguousLines(a.View.Cast<float>(), checked((int)strideA), batchA));
        else if (typeof(TA) == typeof(BFloat16))
            Right(new HalfLines<BFloat16, ReadBFloat16>(a.View.Cast<BFloat16>(), checked((int)strideA), batchA, !transposedA));
        else
            Right(new HalfLines<Float16, ReadFloat16>(a.View.Cast<Float16>(), checked((int)strideA), batchA, !transposedA));

        void Right<TLeft>(TLeft left) where TLeft : struct, IGpuOperand
        {
            if (typeof(TB) == typeof(float) && transposedB)
                Products.Multiply(device, count, rows, columns, terms, left, new ContiguousLines(b.View.Cast<float>(), checked((int)strideB), batchB), end, method);
            else if (typeof(TB) == typeof(float))
                Products.Multiply(device, count, rows, columns, terms, left, new InterleavedLines(b.View.Cast<float>(), checked((int)strideB), batchB), end, method);
            else if (typeof(TB) == typeof(BFloat16))
                Products.Multiply(device, count, rows, columns, terms, left, new HalfLines<BFloat16, ReadBFloat16>(b.View.Cast<BFloat16>(), checked((int)strideB), batchB, transposedB), end, method);
            else
                Products.Multiply(device, count, rows, columns, terms, left, new HalfLines<Float16, ReadFloat16>(b.View.Cast<Float16>(), checked((int)strideB), batchB, transposedB), end, method);
        }
    }
}

/// <summary>A matrix of f16 or bf16.</summary>
/// <param name="values">The first matrix.</param>
/// <param name="stride">Elements from one stored row to the next.</param>
/// <param name="batchStride">Elements from one matrix to the next.</param>
/// <param name="areRows">Whether lines are stored rows, not columns.</param>
readonly struct HalfLines<T, TRead>(ArrayView<T> values, int stride, long batchStride, bool areRows) : IGpuOperand where T : unmanaged where TRead : struct, IReadHalf<T>
{
    readonly ArrayView<T> _values = values;
    readonly int _batchStride = checked((int)batchStride), _lineStride = areRows ? stride : 1, _placeStride = areRows ? 1 : stride;

    public bool IsContiguousInSum => _placeStride == 1;

    public float At(int batch, int line, int place) => default(TRead).Of(_values[batch * _batchStride + line * _lineStride + place * _placeStride]);
}

/// <summary>How a number of two bytes becomes a float.</summary>
interface IReadHalf<T>
{
    float Of(T value);
}

struct ReadFloat16 : IReadHalf<Float16>
{
    public float Of(Float16 value) => HalfNumbers.ToSingle(value);
}

struct ReadBFloat16 : IReadHalf<BFloat16>
{
    public float Of(BFloat16 value) => HalfNumbers.ToSingle(value);
}
