namespace NetCompiler.Comparison;

/// <summary>A matrix product, M×N×K.</summary>
sealed record ProductShape(int M, int N, int K)
{
    public double Flops => 2.0 * M * N * K;

    public override string ToString() => $"{M}x{N}x{K}";
}

/// <summary>A convolution of square images with square filters.</summary>
sealed record ConvolutionCase(string Name, int Channels, int Size, int Outputs, int Kernel, int Stride, int Pad, int Batch)
{
    public static readonly string[] Directions = ["forward", "backward-data", "backward-filter"];

    public int Out => (Size + 2 * Pad - Kernel) / Stride + 1;

    /// <summary>Counted as direct convolution, in each direction.</summary>
    public double Flops => 2.0 * Batch * Outputs * Out * Out * Channels * Kernel * Kernel;

    public string Key(string direction) => $"{Name} b{Batch} {direction}";

    public override string ToString() => $"{Name},{Channels},{Size},{Outputs},{Kernel},{Stride},{Pad},{Batch}";
}

/// <summary>A network and the batches it is timed at.</summary>
sealed record NetworkCase(string Name, int[] Predict, int Train);

/// <summary>What is measured.</summary>
static class Shapes
{
    public static readonly ProductShape[] Products =
    [
        new(256, 256, 256), new(512, 512, 512), new(1024, 1024, 1024), new(2048, 2048, 2048),
        new(64, 4096, 4096), new(128, 4096, 4096), new(256, 4096, 4096),
        new(96, 3025, 363), new(256, 729, 2400), new(384, 169, 2304), new(64, 3136, 576), new(512, 49, 4608), new(128, 784, 1152),
        new(256, 196, 2304), new(64, 512, 784),
    ];

    public static readonly ConvolutionCase[] Convolutions =
    [
        new("vgg-64-224", 64, 224, 64, 3, 1, 1, 1),
        new("vgg-128-112", 128, 112, 128, 3, 1, 1, 1),
        new("3x3-64-56", 64, 56, 64, 3, 1, 1, 8),
        new("3x3-128-28", 128, 28, 128, 3, 1, 1, 8),
        new("3x3-256-14", 256, 14, 256, 3, 1, 1, 8),
        new("3x3-512-7", 512, 7, 512, 3, 1, 1, 8),
        new("3x3-64-56-single", 64, 56, 64, 3, 1, 1, 1),
        new("3x3-512-7-single", 512, 7, 512, 3, 1, 1, 1),
        new("alexnet-1", 3, 227, 96, 11, 4, 0, 8),
        new("alexnet-2", 96, 27, 256, 5, 1, 2, 8),
        new("resnet-1x1-64-256", 64, 56, 256, 1, 1, 0, 8),
        new("resnet-1x1-1024-256", 1024, 14, 256, 1, 1, 0, 8),
        new("resnet-3x3-stride", 128, 56, 128, 3, 2, 1, 8),
        new("googlenet-1x1", 480, 14, 192, 1, 1, 0, 8),
        new("googlenet-5x5", 32, 28, 96, 5, 1, 2, 8),
    ];

    public static readonly NetworkCase[] Networks =
    [
        new("Mlp", [1, 16], 64),
        new("LeNet", [1, 16], 64),
        new("AlexNet", [1, 16], 16),
        new("Vgg16", [1, 4], 4),
        new("ResNet18", [1, 16], 16),
        new("ResNet50", [1, 16], 16),
        new("GoogLeNet", [1, 16], 16),
        new("Lstm", [1, 16], 32),
        new("TransformerBlock", [1, 16], 16),
    ];
}
