using System.Runtime.InteropServices;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// NVIDIA's library of products, where the machine has it (releases 11 to 13 of CUDA). Written to its documented signatures and tested
/// against an imitation of them; it has not been run with the library itself.
/// </summary>
sealed class Cublas
{
    // CUBLAS_PEDANTIC_MATH: what is asked for as float32 is computed in float32, whatever the environment allows.
    const int PedanticMath = 2;

    const int NoTranspose = 0, Transpose = 1;

    static readonly Lazy<nint> Library = new(Find);

    static readonly Dictionary<GpuDevice, Cublas> Opened = [];

    readonly MultiplyBatched _multiply;
    readonly nint _handle;

    internal Cublas(MultiplyBatched multiply, nint handle = 0)
    {
        _multiply = multiply;
        _handle = handle;
    }

    /// <summary>cublasSgemmStridedBatched: matrices lie column by column.</summary>
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int MultiplyBatched(
        nint handle, int operationA, int operationB, int m, int n, int k, in float alpha, nint a, int strideA, long batchA,
        nint b, int strideB, long batchB, in float beta, nint c, int strideC, long batchC, int batch);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    delegate int Create(out nint handle);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    delegate int SetStream(nint handle, nint stream);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    delegate int SetMathMode(nint handle, int mode);

    /// <summary>Whether the machine has the library.</summary>
    public static bool IsInstalled => Library.Value != 0;

    /// <summary>The library as <paramref name="device"/> uses it, on the device's stream.</summary>
    /// <exception cref="NotSupportedException">The library refuses the device.</exception>
    public static Cublas Of(GpuDevice device)
    {
        lock (Opened)
        {
            if (Opened.TryGetValue(device, out var opened))
                return opened;
            // The library takes the CUDA context of the thread.
            device.Accelerator.Bind();
            Check(Function<Create>("cublasCreate_v2")(out nint handle));
            Check(Function<SetStream>("cublasSetStream_v2")(handle, ((CudaStream)device.Stream).StreamPtr));
            Check(Function<SetMathMode>("cublasSetMathMode")(handle, PedanticMath));
            return Opened[device] = new Cublas(Function<MultiplyBatched>("cublasSgemmStridedBatched"), handle);
        }
    }

    /// <summary>C = A B for matrices stored row by row: the library, which reads them column by column, is given their transposes as B' A' = C'.</summary>
    public void Multiply<TLeft, TRight, TEnd>(in ProductSizes sizes, in TLeft left, in TRight right, in TEnd end)
        where TLeft : struct, IGpuOperand where TRight : struct, IGpuOperand where TEnd : struct, IGpuProductEnd
    {
        var (device, batch, rows, columns, _, _) = sizes;
        using var binding = device.Accelerator.BindScoped();
        long size = (long)rows * columns;
        if (batch * size == 0)
            return;
        StoredMatrix a = StoredMatrix.Of(left), b = StoredMatrix.Of(right);
        if (end is StoreMatrix matrix)
        {
            Multiply(sizes, a, b, matrix.Stored);
            return;
        }
        // Other ends take the elements from a workspace, as one part of their sums.
        var product = device.Workspace<float>(batch * size).View;
        Multiply(sizes, a, b, new StoredMatrix(product.LoadEffectiveAddressAsPtr(), true, columns, size));
        device.LaunchFor(batch * size, new AddPartsKernel<TEnd> { Sums = product, End = end, Batch = batch, Rows = rows, Columns = columns, Parts = 1 });
    }

    void Multiply(in ProductSizes sizes, in StoredMatrix left, in StoredMatrix right, in StoredMatrix result) =>
        Check(_multiply(
            _handle, right.IsContiguousInSum ? Transpose : NoTranspose, left.IsContiguousInSum ? NoTranspose : Transpose,
            sizes.Columns, sizes.Rows, sizes.Terms, 1f,
            right.Address, Math.Max(1, right.Stride), right.BatchStride, left.Address, Math.Max(1, left.Stride), left.BatchStride,
            0f, result.Address, result.Stride, result.BatchStride, sizes.Batch));

    static T Function<T>(string name) where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(Library.Value, name));

    static void Check(int status)
    {
        if (status != 0)
            throw new NotSupportedException($"cuBLAS cannot compute this product: it returned status {status}");
    }

    static nint Find()
    {
        foreach (int release in new[] { 13, 12, 11 })
        {
            string name = OperatingSystem.IsWindows() ? $"cublas64_{release}.dll" : $"libcublas.so.{release}";
            if (NativeLibrary.TryLoad(name, out nint library))
                return library;
        }
        return 0;
    }
}

/// <summary>A matrix in memory, with its lines one after the other or beside each other.</summary>
readonly record struct StoredMatrix(nint Address, bool IsContiguousInSum, int Stride, long BatchStride)
{
    /// <summary>The matrix that a factor is.</summary>
    /// <exception cref="NotSupportedException">The factor is not stored as a matrix.</exception>
    public static StoredMatrix Of<TOperand>(in TOperand factor) where TOperand : struct, IGpuOperand => factor switch
    {
        ContiguousLines lines => lines.Stored,
        InterleavedLines lines => lines.Stored,
        _ => throw new NotSupportedException($"cuBLAS multiplies matrices in memory, and {typeof(TOperand).Name} is computed where it is used"),
    };
}
