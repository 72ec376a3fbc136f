namespace NetCompiler.Emit.Gpu;

/// <summary>
/// Every name of the GPU's runtime that emitted code uses. Kernels that the processor has too have its names there, and are listed here
/// once more. A test holds this list against the runtime.
/// </summary>
internal static class GpuApi
{
    public const string Namespace = "NetCompiler.Runtime.Gpu";

    public const string Device = "GpuDevice";
    public const string DeviceBuffer = "DeviceBuffer";
    public const string DevicePointer = "DevicePointer";
    public const string DeviceVariable = "DeviceVariable";
    public const string DeviceVariables = "DeviceVariables";
    public const string ArgumentStage = "ArgumentStage";
    public const string ResultStage = "ResultStage";
    public const string Kernel = "IGpuKernel";
    public const string Loop = "IGpuLoop";
    public const string Epilogue = "IGpuEpilogue";
    public const string Divisor = "Divisor";
    public const string Math = "GpuMath";
    public const string Float16 = "Float16";
    public const string HalfNumbers = "HalfNumbers";
    public const string Thread = "GpuThread";
    public const string Row = "GpuRow";
    public const string Column = "GpuColumn";
    public const string Parts = "GpuParts";
    public const string PartsKernel = "IGpuParts";
    public const string Elements = "IGpuElements";
    public const string RowSteps = "RowSteps";
    public const string ProductMethod = "ProductMethod";
    public const string DirectConvolution = "DirectConvolution";

    /// <summary>The kernels whose names mean those of the processor elsewhere.</summary>
    public static readonly string[] SameNames =
        [RuntimeApi.Gemm, RuntimeApi.Convolution, RuntimeApi.WinogradConvolution, RuntimeApi.Pooling, RuntimeApi.Placement, RuntimeApi.Indexing, RuntimeApi.AxisKernels, RuntimeApi.RandomNumbers];
}
