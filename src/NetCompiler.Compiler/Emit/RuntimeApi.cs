using NetCompiler.Graph;

namespace NetCompiler.Emit;

/// <summary>
/// Every name of the runtime that emitted code uses. The compiler does not reference the runtime; a test holds this list against it.
/// </summary>
internal static class RuntimeApi
{
    public const string Namespace = "NetCompiler.Runtime";

    public const string Network = "Network";
    public const string StepObserver = "StepObserver";
    public const string Observer = "Network.Observer";
    public const string Variable = "Variable";
    public const string VariableKind = "VariableKind";
    public const string Initializer = "Initializer";
    public const string LoadReport = "LoadReport";
    public const string LoadException = "LoadException";
    public const string TensorView = "TensorView";
    public const string FunctionSignature = "FunctionSignature";
    public const string TensorSignature = "TensorSignature";
    public const string Arguments = "Arguments";
    public const string FloorDivide = "Arguments.FloorDivide";
    public const string Pointer = "Pointer";
    public const string DeviceNotFoundException = "DeviceNotFoundException";
    public const string Pending = "Pending";
    public const string PendingResults = "IPendingResults";
    public const string PinnedBuffer = "PinnedBuffer";
    public const string WorkerPool = "WorkerPool";
    public const string RangeKernel = "IRangeKernel";
    public const string TileEpilogue = "ITileEpilogue";
    public const string TileConsumer = "ITileConsumer";

    public const string Lanes = "ILanes";
    public const string Simd = "Simd";
    public const string Optimised = "Simd.Optimised";
    public const string Scalar = "ScalarMath";

    public const string Gemm = "Gemm";
    public const string GemmBlocking = "GemmBlocking";

    public const string ConvolutionBlocking = "ConvolutionBlocking";

    public const string ConvolutionCut = "ConvolutionCut";
    public const string WinogradConvolution = "WinogradConvolution";
    public const string Convolution = "Im2ColConvolution";
    public const string ConvolutionShape = "ConvolutionShape";
    public const string FlashAttention = "FlashAttention";
    public const string AttentionShape = "AttentionShape";
    public const string AttentionRows = "AttentionRows";
    public const string AttentionMask = "AttentionMask";
    public const string AttentionMasks = "AttentionMasks";
    public const string AxisKernels = "AxisKernels";
    public const string Indexing = "Indexing";
    public const string Placement = "Placement";
    public const string RandomRoundingToF16 = "RandomRounding.ToHalf";
    public const string RandomRoundingToBF16 = "RandomRounding.ToBFloat16";
    public const string RandomNumbers = "RandomNumbers";
    public const string Pooling = "Pooling";
    public const string PoolingShape = "PoolingShape";
    public const string ImageLayout = "ImageLayout";
    public const string ImageLayouts = "ImageLayouts";
    public const string BlockedPooling = "BlockedPooling";
    public const string NoEpilogue = "NoEpilogue";
    public const string Device = "Device";

    /// <summary>The vector structs for an element type, widest first: 512 bits, 256 bits, one element.</summary>
    public static (string Wide, string Medium, string One) LanesOf(DType element) =>
        element == DType.F64 ? ("F64x8", "F64x4", "F64x1") : ("F32x16", "F32x8", "F32x1");
}
