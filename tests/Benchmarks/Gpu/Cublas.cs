using System.Runtime.InteropServices;
using ILGPU.Runtime.Cuda;
using NetCompiler.Runtime.Gpu;

namespace NetCompiler.Benchmarks.Gpu;

/// <summary>NVIDIA's cuBLAS where it is installed: what products are held against. In its default mode it computes f32 in f32.</summary>
sealed class Cublas
{
    delegate int CreateHandle(out nint handle);

    delegate int SetStream(nint handle, nint stream);

    delegate int Sgemm(nint handle, int transposesLeft, int transposesRight, int m, int n, int k, in float alpha, nint a, int strideA, nint b, int strideB, in float beta, nint c, int strideC);

    static readonly string[] Names = ["libcublas.so.13", "libcublas.so.12", "libcublas.so.11", "cublas64_13.dll", "cublas64_12.dll", "cublas64_11.dll"];

    readonly nint _handle;
    readonly Sgemm _multiply;

    Cublas(nint library, CudaStream stream)
    {
        Check(Function<CreateHandle>(library, "cublasCreate_v2")(out _handle));
        Check(Function<SetStream>(library, "cublasSetStream_v2")(_handle, stream.StreamPtr));
        _multiply = Function<Sgemm>(library, "cublasSgemm_v2");
    }

    /// <summary>The library for a device; null where there is none.</summary>
    public static Cublas? Find(GpuDevice device)
    {
        if (device.Stream is not CudaStream stream)
            return null;
        device.Accelerator.Bind();
        foreach (string name in Names)
        {
            if (NativeLibrary.TryLoad(name, out nint library))
                return new Cublas(library, stream);
        }
        return null;
    }

    /// <summary>Queues C = A B of matrices that lie row by row.</summary>
    public void Multiply(int m, int n, int k, GpuMemory a, GpuMemory b, GpuMemory c) =>
        // By columns, as the library reads them, these are the transposes: Cᵀ = Bᵀ Aᵀ.
        Check(_multiply(_handle, 0, 0, n, m, k, 1, b.Address, n, a.Address, k, 0, c.Address, n));

    static T Function<T>(nint library, string name) where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(library, name));

    static void Check(int status)
    {
        if (status != 0)
            throw new InvalidOperationException($"cuBLAS says {status}");
    }
}
