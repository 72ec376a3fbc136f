using System.Globalization;
using NetCompiler.Runtime;

namespace NetCompiler.Benchmarks.Gpu;

/// <summary>A product of matrices [M, K] and [K, N].</summary>
sealed record ProductCase(int M, int N, int K)
{
    public double Flops => 2.0 * M * N * K;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{M}x{N}x{K}");
}

/// <summary>A convolution of square images with square filters.</summary>
sealed record ConvolutionCase(string Name, int Channels, int Size, int Outputs, int Kernel, int Stride, int Pad, int Batch)
{
    public int Out => (Size + 2 * Pad - Kernel) / Stride + 1;

    /// <summary>By the definition, in each direction.</summary>
    public double Flops => 2.0 * Batch * Outputs * Out * Out * Channels * Kernel * Kernel;

    public ConvolutionShape Shape => new(Batch, Channels, Size, Size, Outputs, Kernel, Kernel, Stride, Stride, Pad, Pad, Pad, Pad, 1, 1, 1);

    public int InLength => Batch * Channels * Size * Size;

    public int FilterLength => Outputs * Channels * Kernel * Kernel;

    public int OutLength => Batch * Outputs * Out * Out;
}

/// <summary>What is measured, from a file that gpu_torch.py reads too.</summary>
sealed class GpuShapes
{
    readonly List<string[]> _lines;

    /// <param name="tiny">Whether to take what is for the emulator.</param>
    public GpuShapes(bool tiny)
    {
        IsTiny = tiny;
        _lines =
        [
            .. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "gpu_shapes.txt")).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(words => words.Length > 0 && words[0] != "#" && words[0] == "tiny" == tiny).Select(words => tiny ? words[1..] : words),
        ];
    }

    public bool IsTiny { get; }

    public IEnumerable<ProductCase> Products => Of("product").Select(words => new ProductCase(Whole(words[0]), Whole(words[1]), Whole(words[2])));

    public IEnumerable<ConvolutionCase> Convolutions => Of("conv").Select(words => new ConvolutionCase(
        words[0], Whole(words[1]), Whole(words[2]), Whole(words[3]), Whole(words[4]), Whole(words[5]), Whole(words[6]), Whole(words[7])));

    /// <summary>Rows, columns, images, channels and size.</summary>
    public int[] Kernels => [.. Of("kernels").Single().Select(Whole)];

    public IEnumerable<(string Name, int Batch)> Networks => Of("network").Select(words => (words[0], Whole(words[1])));

    public IEnumerable<int> AlexNetBatches => Of("alexnet").Select(words => Whole(words[0]));

    IEnumerable<string[]> Of(string kind) => _lines.Where(words => words[0] == kind).Select(words => words[1..]);

    static int Whole(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
