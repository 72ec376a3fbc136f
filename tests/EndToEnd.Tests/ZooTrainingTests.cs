using Examples.Zoo;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Runtime;
using Shouldly;
using Xunit;

namespace NetCompiler.EndToEnd.Tests;

/// <summary>The classic networks learn: most of them with less width and smaller images than in their papers, else this takes hours.</summary>
public sealed class ZooTrainingTests
{
    static readonly Dictionary<string, int> s_sizes = new() { ["N"] = 4, ["T"] = 5, ["S"] = 6 };

    [Theory]
    [InlineData("lenet.net", "", "LeNet5", 2e-4f)]
    [InlineData("lenet.net", "", "LeNet5Modern", 0.01f)]
    [InlineData("alexnet.net", "network Small = AlexNet(size: 67, hidden: 64, classes: 10);", "Small", 0.01f)]
    [InlineData("alexnet.net", "network Small = AlexNet(groups: [1, 1, 1, 1, 1], normalised: false, size: 67, hidden: 64, classes: 10);", "Small", 0.01f)]
    [InlineData("zfnet.net", "network Small = ZfNet(size: 64, hidden: 64, classes: 10);", "Small", 0.01f)]
    [InlineData("vgg.net", "network Small = Vgg([2, 2, 3, 3, 3], size: 32, hidden: 64, classes: 10);", "Small", 0.01f)]
    [InlineData("googlenet.net", "network Small = GoogLeNet(size: 96, classes: 10);", "Small", 0.005f)]
    [InlineData("resnet.net", "network Small = ResNet([2, 2, 2, 2], deep: false, size: 32, classes: 10);", "Small", 0.01f)]
    // Normalised over a few values in its last stage, it multiplies rounding errors: larger steps go up as well as down.
    [InlineData("resnet.net", "network Small = ResNet([3, 4, 6, 3], deep: true, size: 32, classes: 10);", "Small", 1e-3f)]
    [InlineData("cifar-resnet.net", "", "ResNet20", 0.01f)]
    [InlineData("squeezenet.net", "network Small = SqueezeNet(filters: 96, kernel: 7, pools: [2, 5, 9], size: 64, classes: 10);", "Small", 0.005f)]
    [InlineData("squeezenet.net", "network Small = SqueezeNet(filters: 64, kernel: 3, pools: [2, 4, 6], size: 64, classes: 10);", "Small", 0.005f)]
    [InlineData("mobilenet.net", "network Small = MobileNet(size: 32, classes: 10);", "Small", 1e-3f)]
    [InlineData("mobilenet.net", "network Small = MobileNetV2(size: 32, classes: 10);", "Small", 1e-3f)]
    [InlineData("densenet.net", "network Small = DenseNet([2, 3, 3, 2], growth: 8, size: 32, classes: 10);", "Small", 0.01f)]
    [InlineData("nin.net", "", "NetworkInNetwork", 0.005f)]
    [InlineData("maxout.net", "", "MaxoutNetwork", 0.01f)]
    [InlineData("unet.net", "network Small = UNet(classes: 10, width: 4, size: 188, result: 4);", "Small", 1e-3f)]
    [InlineData("autoencoder.net", "", "Autoencoder", 0.5f)]
    [InlineData("gan.net", "", "Gan", 1e-3f)]
    [InlineData("char-lstm.net", "network Small = CharLstm(hidden: 32, width: 16);", "Small", 0.01f)]
    [InlineData("gru.net", "network Small = TaggerGru(vocabulary: 50, width: 16, hidden: 16);", "Small", 0.01f)]
    [InlineData("seq2seq.net", "network Small = SeqToSeq(source_words: 50, target_words: 60, width: 16, hidden: 32);", "Small", 0.01f)]
    [InlineData("gpt.net", "network Small = Gpt(context: 16, width: 32, heads: 2, blocks: 2);", "Small", 0.01f)]
    [InlineData("bert.net", "network Small = Bert(vocabulary: 100, context: 16, width: 32);", "Small", 0.01f)]
    public void A_network_lowers_its_loss_and_moves_every_parameter(string file, string instance, string network, float rate) =>
        Train(file, instance, network, rate, s_sizes, steps: 6);

    /// <summary>At full size: minutes, and several GiB.</summary>
    [SkippableTheory]
    [InlineData("alexnet.net", "AlexNet", 1e-3f)]
    [InlineData("zfnet.net", "ZfNet", 1e-3f)]
    [InlineData("vgg.net", "Vgg16", 1e-3f)]
    [InlineData("vgg.net", "Vgg19", 1e-3f)]
    [InlineData("googlenet.net", "GoogLeNet", 1e-3f)]
    [InlineData("resnet.net", "ResNet18", 0.01f)]
    [InlineData("resnet.net", "ResNet34", 0.01f)]
    [InlineData("resnet.net", "ResNet50", 0.01f)]
    [InlineData("resnet.net", "ResNet101", 0.01f)]
    [InlineData("resnet.net", "ResNet152", 0.01f)]
    [InlineData("squeezenet.net", "SqueezeNet10", 1e-3f)]
    [InlineData("mobilenet.net", "MobileNet", 1e-3f)]
    [InlineData("mobilenet.net", "MobileNetV2", 1e-3f)]
    [InlineData("densenet.net", "DenseNet121", 0.01f)]
    [InlineData("unet.net", "UNet", 1e-5f)]
    [InlineData("bert.net", "Bert", 1e-3f)]
    public void A_network_of_full_size_lowers_its_loss_and_moves_every_parameter(string file, string network, float rate)
    {
        Skip.If(Environment.GetEnvironmentVariable("NETC_LONG") != "1", "takes minutes: NETC_LONG=1 runs it");
        Train(file, null, network, rate, new() { ["N"] = network == "UNet" ? 1 : 2 }, steps: 4, answers: network == "UNet" ? 2 : 10);
    }

    static void Train(string file, string? instance, string network, float rate, Dictionary<string, int> sizes, int steps, int answers = 10)
    {
        var compilation = string.IsNullOrEmpty(instance) ? ZooFiles.Compile(file) : ZooFiles.Compile(file, instance);
        compilation.Diagnostics.Select(finding => finding.Message).ShouldBeEmpty();
        var trained = CompiledNetwork.Compile(compilation.Emit(network)).Create(network, seed: 1);
        var before = trained.Parameters.ToDictionary(parameter => parameter.Name, parameter => trained.Values<float>(parameter.Name).ToArray());
        foreach (var function in trained.Functions.Where(function => function.Trains))
        {
            var arguments = SyntheticBatch.For(function, sizes, rate, seed: 1, answers);
            var losses = Enumerable.Range(0, steps).Select(_ => (float)trained.Invoke(function.Name, arguments)[0]).ToList();
            losses.ShouldAllBe(loss => float.IsFinite(loss), string.Join(" ", losses));
            // Dropout makes losses jump: one of the last two is enough.
            losses.TakeLast(2).Min().ShouldBeLessThan(losses[0], $"{function.Name}: {string.Join(" ", losses)}");
        }
        trained.Parameters.Where(parameter => trained.Values<float>(parameter.Name).SequenceEqual(before[parameter.Name])).Select(parameter => parameter.Name).ShouldBeEmpty();
    }
}
