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
    [InlineData("gan.net", "Gan", "draw", 8, 2)]
    [InlineData("gan.net", "Gan", "train_discriminator", 8, 1)]
    [InlineData("gan.net", "Gan", "train_discriminator", 8, 2)]
    [InlineData("gan.net", "Gan", "train_generator", 8, 2)]
    [InlineData("autoencoder.net", null, "train", 16, 2)]
    [InlineData("gru.net", null, "train", 4, 2)]
    [InlineData("seq2seq.net", null, "train", 4, 2)]
    [InlineData("maxout.net", null, "train", 16, 2)]
    [InlineData("cifar-resnet.net", null, "train", 2, 2)]
    [InlineData("squeezenet.net", null, "predict", 1, 2)]
    [InlineData("../../mnist-mlp/mlp.net", "Mlp", "predict", 1, 2)]
    [InlineData("../../mnist-mlp/mlp.net", "Mlp", "train", 64, 2)]
    [InlineData("../../mnist-lenet/lenet.net", null, "predict", 16, 2)]
    [InlineData("../../mnist-lenet/lenet.net", null, "train", 64, 2)]
    [InlineData("../../fashion-cnn/fashion.net", "FashionCnn", "evaluate", 16, 2)]
    [InlineData("../../fashion-cnn/fashion.net", "FashionCnn", "train", 32, 2)]
    [InlineData("../../cifar-resnet/resnet20.net", "ResNet20", "train", 8, 2)]
    [InlineData("../../surnames/surnames.net", null, "train", 8, 2)]
    [InlineData("../../xor/xor.net", "Xor", "train", 4, 2)]
    public void The_memory_that_a_summary_predicts_is_within_five_percent_of_what_the_network_holds(
        string file, string? network, string function, int batch, int threads)
    {
        var compilation = ZooFiles.Compile(file);
        network ??= compilation.Networks.First(model => model.Functions.Any(candidate => candidate.Name == function)).Name;
        var sizes = compilation.SymbolsOf(network, function).ToDictionary(symbol => symbol, symbol => symbol == "N" ? batch : 40L);
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
