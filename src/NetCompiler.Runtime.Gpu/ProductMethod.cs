using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace NetCompiler.Runtime.Gpu;

/// <summary>How a product of matrices, or a convolution as a product, is computed.</summary>
public enum ProductMethod
{
    /// <summary>One of the methods of float32 that need no library, by the sizes of the product.</summary>
    BySize,

    /// <summary>float32, for products of at most 8 rows or at most 8 columns: the other factor is read once.</summary>
    Thin,

    /// <summary>float32, 64 x 64 elements of the result for a group of threads.</summary>
    Tile64x64,

    /// <summary>float32, 128 rows and 64 columns.</summary>
    Tile128x64,

    /// <summary>float32, 128 x 128 elements.</summary>
    Tile128x128,

    /// <summary>Tensor cores: factors rounded to 11 bits of precision in the range of float32, sums in float32.</summary>
    Tf32,

    /// <summary>Tensor cores: factors rounded to bfloat16, 8 bits of precision in the range of float32, sums in float32.</summary>
    BF16,

    /// <summary>Tensor cores: factors rounded to float16, 11 bits of precision between 6e-5 and 65504, sums in float32.</summary>
    F16,

    /// <summary>NVIDIA's library cuBLAS, in float32, where the machine has it: products of matrices alone, and no convolutions.</summary>
    Cublas,
}

/// <summary>Which methods a device has.</summary>
public static class ProductMethods
{
    /// <summary>The methods that work on <paramref name="device"/>, first <see cref="ProductMethod.BySize"/>.</summary>
    public static IReadOnlyList<ProductMethod> Supported(GpuDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return [.. Enum.GetValues<ProductMethod>().Where(method => Missing(device, method) is null)];
    }

    /// <summary>The method where <paramref name="device"/> has it, else <see cref="ProductMethod.BySize"/>: networks are compiled before it is known where they run.</summary>
    public static ProductMethod OrBySize(this GpuDevice device, ProductMethod method) => Missing(device, method) is null ? method : ProductMethod.BySize;

    /// <summary>Throws where <paramref name="device"/> cannot do <paramref name="method"/>.</summary>
    internal static void Require(GpuDevice device, ProductMethod method)
    {
        if (Missing(device, method) is { } missing)
            throw new NotSupportedException($"'{device.Name}' cannot compute products by {method}: {missing}");
    }

    static string? Missing(GpuDevice device, ProductMethod method) => method switch
    {
        ProductMethod.BySize or ProductMethod.Thin or ProductMethod.Tile64x64 or ProductMethod.Tile128x64 or ProductMethod.Tile128x128 => null,
        ProductMethod.Tf32 or ProductMethod.BF16 or ProductMethod.F16 => device.Accelerator is CudaAccelerator { Architecture: var architecture }
            ? architecture < CudaArchitecture.SM_80 ? $"it needs compute capability 8.0, and this is {architecture.Major}.{architecture.Minor}" : null
            : $"it needs tensor cores of NVIDIA, and this is a device of kind {device.Accelerator.AcceleratorType}",
        ProductMethod.Cublas => device.Accelerator is not CudaAccelerator
            ? $"cuBLAS is for GPUs of NVIDIA by CUDA, and this is a device of kind {device.Accelerator.AcceleratorType}"
            : Cublas.IsInstalled ? null : "the machine has no cuBLAS of CUDA 11, 12 or 13",
        _ => throw new ArgumentOutOfRangeException(nameof(method), method, "no method of products"),
    };
}
