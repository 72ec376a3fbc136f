using BenchmarkDotNet.Running;
using NetCompiler.Benchmarks;
using NetCompiler.Benchmarks.Gpu;

// dotnet run -c Release --project tests/Benchmarks -- --quick [part of a name]     a table in under a minute
// dotnet run -c Release --project tests/Benchmarks -- --quick winograd|fft [part of a layer's name]
// dotnet run -c Release --project tests/Benchmarks -- --quick gemm [a product, such as 64x512x784]
// dotnet run -c Release --project tests/Benchmarks -- --quick strassen
// dotnet run -c Release --project tests/Benchmarks -- --quick conv [part of a layer's name]      direct convolutions in blocked layout
// dotnet run -c Release --project tests/Benchmarks -- --quick alexnet [a batch]    twenty iterations of training, as in 2015
// dotnet run -c Release --project tests/Benchmarks -- --functions                  the errors and times of elementary functions
// dotnet run -c Release --project tests/Benchmarks -- --filter '*'                 BenchmarkDotNet
// For GPUs, with -p:EnableGpu=true; see Gpu/run.sh for PyTorch beside it:
// dotnet publish tests/Benchmarks -c Release -r linux-x64 --self-contained -p:EnableGpu=true -o FOLDER
// FOLDER/Benchmarks --gpu [part of a name] [--device gpu|gpu:1|emulator] [--tiny] [--seconds S] [--no-cpu] [--beside FILE]
if (args is ["--gpu", .. var gpu])
    return GpuBenchmarks.Run(gpu);
if (args is ["--functions"])
    FunctionBenchmarks.Run();
else if (args is ["--quick", "winograd", .. var layers])
    TransformedBenchmarks.Winograd(layers.FirstOrDefault());
else if (args is ["--quick", "conv", .. var convolutions])
    BlockedBenchmarks.Run(convolutions.FirstOrDefault());
else if (args is ["--quick", "fft", .. var windows])
    TransformedBenchmarks.Fft(windows.FirstOrDefault());
else if (args is ["--quick", "gemm", .. var products])
    GemmTable.Run(products.FirstOrDefault());
else if (args is ["--quick", "alexnet", .. var batches])
    AlexNetTable.Run(batches.FirstOrDefault());
else if (args is ["--quick", "strassen"])
    GemmTable.Strassen();
else if (args is ["--quick", .. var rest])
    Quick.Run(rest.FirstOrDefault());
else
    BenchmarkSwitcher.FromAssembly(typeof(GemmBenchmarks).Assembly).Run(args);
return 0;
