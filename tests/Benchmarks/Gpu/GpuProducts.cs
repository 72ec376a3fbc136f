using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;
using static NetCompiler.Benchmarks.Gpu.GpuTable;

namespace NetCompiler.Benchmarks.Gpu;

/// <summary>Products and convolutions by every method that the device has, each compared with the processor before it is timed.</summary>
sealed class GpuProducts(GpuDevice device, GpuShapes shapes, GpuTable table, double seconds)
{
    static readonly ProductMethod[] RoundingMethods = [ProductMethod.Tf32, ProductMethod.BF16, ProductMethod.F16];

    // What computes thin products alone is chosen by size.
    IEnumerable<ProductMethod> Supported => ProductMethods.Supported(device).Where(method => method != ProductMethod.Thin);

    void Wait() => device.Stream.Synchronize();

    public void Products()
    {
        ProductMethod[] methods = [.. Supported];
        bool hasLibrary = methods.Contains(ProductMethod.Cublas);
        Section($"Products of f32 matrices, M x N x K{(hasLibrary ? "" : "; cuBLAS is not found")}");
        foreach (var product in shapes.Products.Where(product => table.Wants($"product {product}")))
        {
            using var a = new GpuMemory(device, product.M * product.K, 1);
            using var b = new GpuMemory(device, product.K * product.N, 2);
            using var c = new GpuMemory(device, product.M * product.N, 3);
            Runtime.Gemm.Multiply(WorkerPool.Shared, false, false, product.M, product.N, product.K, a.Here, product.K, b.Here, product.N, c.Here, product.N);
            double library = 0;
            // The library first, as what the others are held against.
            foreach (var method in methods.OrderByDescending(method => method == ProductMethod.Cublas))
            {
                void Call() => Runtime.Gpu.Gemm.Multiply(device, false, false, product.M, product.N, product.K, a.There, product.K, b.There, product.N, c.There, product.N, method);
                if (!IsRight(Call, c, $"product {product}", Name(method), Allowed(product.K, method)))
                    continue;
                double time = GpuTiming.Milliseconds(Call, Wait, seconds);
                if (method == ProductMethod.Cublas)
                    library = time;
                table.Row($"product {product}", Name(method), time, Tera(product.Flops, time), library > 0 && library != time ? Share(library / time, "cuBLAS f32") : "");
            }
        }
    }

    public void Convolutions()
    {
        Section("Convolutions of f32, operations by the definition");
        foreach (var convolution in shapes.Convolutions)
        {
            foreach (string direction in (string[])["forward", "backward-data", "backward-filter"])
            {
                if (table.Wants($"{convolution.Name} {direction}"))
                    Convolution(convolution, direction);
            }
        }
    }

    void Convolution(ConvolutionCase convolution, string direction)
    {
        var shape = convolution.Shape;
        using var x = new GpuMemory(device, convolution.InLength, 1);
        using var w = new GpuMemory(device, convolution.FilterLength, 2);
        using var y = new GpuMemory(device, convolution.OutLength, 3);
        var pool = WorkerPool.Shared;
        var (result, terms, onProcessor) = direction switch
        {
            "forward" => (y, convolution.FilterLength / convolution.Outputs, (Action)(() => Runtime.Im2ColConvolution.Forward(pool, shape, x.Here, w.Here, y.Here))),
            "backward-data" => (x, convolution.Outputs * convolution.Kernel * convolution.Kernel, () => Runtime.Im2ColConvolution.BackwardData(pool, shape, y.Here, w.Here, x.Here)),
            _ => (w, convolution.Batch * convolution.Out * convolution.Out, () => Runtime.Im2ColConvolution.BackwardFilter(pool, shape, x.Here, y.Here, w.Here)),
        };
        onProcessor();
        foreach (var method in Supported.Where(method => method != ProductMethod.Cublas))
        {
            void Call()
            {
                switch (direction)
                {
                    case "forward": Runtime.Gpu.Im2ColConvolution.Forward(device, shape, x.There, w.There, y.There, method); break;
                    case "backward-data": Runtime.Gpu.Im2ColConvolution.BackwardData(device, shape, y.There, w.There, x.There, method); break;
                    default: Runtime.Gpu.Im2ColConvolution.BackwardFilter(device, shape, x.There, y.There, w.There, method); break;
                }
            }
            Row($"implicit-{Name(method)}", Call, Allowed(terms, method));
        }
        foreach (int tile in (int[])[2, 4])
        {
            if (!Runtime.WinogradConvolution.Admits(shape, tile) || convolution.Kernel != 3)
                continue;
            void Call()
            {
                switch (direction)
                {
                    case "forward": Runtime.Gpu.WinogradConvolution.Forward(device, shape, tile, x.There, w.There, y.There); break;
                    case "backward-data": Runtime.Gpu.WinogradConvolution.BackwardData(device, shape, tile, y.There, w.There, x.There); break;
                    default: Runtime.Gpu.WinogradConvolution.BackwardFilter(device, shape, tile, x.There, y.There, w.There); break;
                }
            }
            int tiles = convolution.Batch * ((convolution.Out + tile - 1) / tile) * ((convolution.Out + tile - 1) / tile);
            double stated = direction switch
            {
                "forward" => Runtime.WinogradConvolution.RelativeError(tile, convolution.Channels),
                "backward-data" => Runtime.WinogradConvolution.RelativeError(tile, convolution.Outputs),
                _ => Runtime.WinogradConvolution.RelativeFilterError(tile, tiles),
            };
            Row($"winograd{tile}", Call, Allowed(terms, ProductMethod.BySize) + stated * LargestSum(terms));
        }

        void Row(string how, Action call, double allowed)
        {
            if (!IsRight(call, result, $"{convolution.Name} {direction}", how, allowed))
                return;
            double time = GpuTiming.Milliseconds(call, Wait, seconds);
            table.Row($"{convolution.Name} {direction}", how, time, Tera(convolution.Flops, time));
        }
    }

    bool IsRight(Action call, GpuMemory result, string name, string how, double allowed)
    {
        result.Spoil();
        call();
        double error = result.Difference();
        if (error <= allowed)
            return true;
        table.Wrong(name, how, error, allowed);
        return false;
    }

    // No Σ|a||b| of numbers between -0.5 and 0.5 is larger.
    static double LargestSum(int terms) => terms / 4.0;

    /// <summary>Two sums in different orders, each within 8 + 4 √n roundings of Σ|a||b|, and the rounding of factors.</summary>
    static double Allowed(int terms, ProductMethod method)
    {
        double unit = Array.IndexOf(RoundingMethods, method) switch { 0 or 2 => Math.Pow(2, -11), 1 => Math.Pow(2, -8), _ => 0 };
        return LargestSum(terms) * (2 * (8 + 4 * Math.Sqrt(terms)) * Math.Pow(2, -24) + 2 * unit + unit * unit);
    }

    static string Name(ProductMethod method) => method switch
    {
        ProductMethod.BySize => "gemm",
        ProductMethod.Cublas => "cublas",
        ProductMethod.Tf32 or ProductMethod.BF16 or ProductMethod.F16 => "gemm-" + method.ToString().ToLowerInvariant(),
        _ => "gemm-" + method.ToString()["Tile".Length..],
    };
}
