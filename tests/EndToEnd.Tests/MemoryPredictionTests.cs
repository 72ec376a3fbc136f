using NetCompiler.CommandLine.Execution;
using NetCompiler.Graph;
using NetCompiler.Runtime;
using Shouldly;
using Xunit;

namespace NetCompiler.EndToEnd.Tests;

/// <summary>What summaries say of memory, held against what networks take.</summary>
public sealed class MemoryPredictionTests
{
    [Theory]
    [InlineData("lenet.net", "LeNet5Modern", "predict", 1, 1)]
    [InlineData("lenet.net", "LeNet5Modern", "train", 16, 2)]
    [InlineData("resnet.net", "ResNet18", "predict", 3, 2)]
    [InlineData("resnet.net", "ResNet18", "train", 2, 3)]
    [InlineData("mobilenet.net", "MobileNet", "train", 1, 2)]
    [InlineData("char-lstm.net", "CharLstm", "train", 4, 2)]
    [InlineData("gpt.net", "Gpt", "train", 2, 1)]
    public void The_memory_that_a_summary_predicts_is_within_five_percent_of_what_the_network_holds(
        string file, string network, string function, int batch, int threads)
    {
        var compilation = ZooFiles.Compile(file);
        var sizes = new Dictionary<string, long> { ["N"] = batch, ["T"] = 40 };
        var predicted = compilation.Summarize(network, function, sizes, threads: threads).Memory;
        var code = CompiledNetwork.Compile(compilation.Emit(network));
        var arguments = compilation.Networks.Single(model => model.Name == network).Functions.Single(model => model.Name == function).Arguments;
        MemoryUse used = default;
        // Workspaces belong to threads: those of other tests should not count.
        var thread = new Thread(() =>
        {
            using var pool = new WorkerPool(threads);
            var created = code.Create(network, seed: 1, pool);
            var given = created.Functions.Single(signature => signature.Name == function).Inputs.Skip(arguments.Length).Select(input => (object)(int)sizes[input.Name]);
            object[] values = [.. arguments.Select(argument => Zeros(argument.Type, sizes)), .. given];
            // Threads claim work as they come, and one that is kept from it needs no memory yet: calls until each has had its share.
            for (int call = 0; call < 3 || call < 300 && used.Total < predicted.Total * 0.96; call++)
            {
                created.Invoke(function, values);
                used = created.MemoryInUse;
            }
        });
        thread.Start();
        thread.Join();

        used.Variables.ShouldBe(predicted.Variables);
        used.Arena.ShouldBe(predicted.Arena);
        used.Results.ShouldBe(predicted.Results);
        ((double)predicted.Total / used.Total).ShouldBe(1, 0.05, $"predicted {predicted}, used {used}");
    }

    static object Zeros(TensorType type, IReadOnlyDictionary<string, long> sizes)
    {
        long length = type.Shape.Size.Evaluate(sizes);
        Array values = type.Element switch
        {
            DType.F32 => new float[length],
            DType.I32 => new int[length],
            DType.I64 => new long[length],
            DType.U8 => new byte[length],
            _ => throw new NotSupportedException($"no network of the zoo takes {type}"),
        };
        return type.Shape.IsScalar ? values.GetValue(0)! : values;
    }
}
