using NetCompiler.CommandLine.Output;
using NetCompiler.Reports;
using Shouldly;
using Xunit;

namespace NetCompiler.EndToEnd.Tests;

/// <summary>The classic networks have the parameters and the multiply-adds that their authors, or those who measured them, published.</summary>
public sealed class ZooCountTests
{
    [Fact]
    public void Every_file_compiles_without_a_finding()
    {
        ZooFiles.Names.Count().ShouldBeGreaterThanOrEqualTo(20);
        foreach (string file in ZooFiles.Names)
            ZooFiles.Compile(file).Diagnostics.Select(finding => $"{finding.Location} {finding.Message}").ShouldBeEmpty(file);
    }

    /// <summary>
    /// Parameters are exact. Multiply-adds of one image are exact, too, and beside them stands the number as it is published, which is
    /// rounded; null where there is none. "torchvision" is the table of its models' weights, whose GFLOPS count a multiply-add once.
    /// </summary>
    [Theory]
    // The paper's 60,000 trainable parameters. 28·28·6·25 + 10·10·60·25 (60 pairs of maps in its table I) + 400·120 + 120·84.
    [InlineData("lenet.net", "LeNet5", 60_000, 325_680, null)]
    // 28·28·6·25 + 10·10·16·150 + 400·120 + 120·84 + 84·10
    [InlineData("lenet.net", "LeNet5Modern", 61_706, 416_520, null)]
    // Caffe's bvlc_alexnet; the paper says 60 million.
    [InlineData("alexnet.net", "AlexNet", 60_965_224, 724_406_816, "724M")]
    // Without groups in conv4: 384·192·9 = 663,552 weights more, at 13·13 places each.
    [InlineData("alexnet.net", "AlexNetOfLectures", 60_965_224 + 663_552, 724_406_816 + 169 * 663_552, "837M")]
    // conv2 256·48·25 and conv5 256·192·9 more as well.
    [InlineData("alexnet.net", "AlexNetOneTower", 62_378_344, 1_135_256_096, "1.14G")]
    [InlineData("zfnet.net", "ZfNet", 62_357_608, 1_168_032_896, "1.17G")]
    [InlineData("vgg.net", "Vgg16", 138_357_544, 15_470_264_320, "15.5G")] // torchvision
    [InlineData("vgg.net", "Vgg19", 143_667_240, 19_632_062_464, "19.6G")] // torchvision
    // Caffe's bvlc_googlenet with both auxiliary classifiers; the paper's budget is 1.5 billion multiply-adds.
    [InlineData("googlenet.net", "GoogLeNet", 13_378_280, 1_582_671_872, "1.58G")]
    [InlineData("resnet.net", "ResNet18", 11_689_512, 1_814_073_344, "1.81G")] // torchvision
    [InlineData("resnet.net", "ResNet34", 21_797_672, 3_663_761_408, "3.66G")] // torchvision
    [InlineData("resnet.net", "ResNet50", 25_557_032, 4_089_184_256, "4.09G")] // torchvision; the paper's 3.8 have the stride in a 1 x 1 convolution
    [InlineData("resnet.net", "ResNet101", 44_549_160, 7_801_405_440, "7.80G")] // torchvision
    [InlineData("resnet.net", "ResNet152", 60_192_808, 11_513_626_624, "11.5G")] // torchvision
    // The paper says 0.27 million; its shortcuts have none.
    [InlineData("cifar-resnet.net", "ResNet20", 269_722, 40_551_040, "40.6M")]
    [InlineData("squeezenet.net", "SqueezeNet10", 1_248_424, 818_924_576, "819M")] // torchvision
    [InlineData("squeezenet.net", "SqueezeNet11", 1_235_496, 349_151_936, "349M")] // torchvision
    [InlineData("mobilenet.net", "MobileNet", 4_231_976, 568_740_352, "569M")] // the paper's table 8: 4.2 and 569 million
    [InlineData("mobilenet.net", "MobileNetV2", 3_504_872, 300_774_272, "301M")] // torchvision; the paper's table 4: 3.4 and 300 million
    [InlineData("densenet.net", "DenseNet121", 7_978_856, 2_834_161_664, "2.83G")] // torchvision
    [InlineData("nin.net", "NetworkInNetwork", 966_986, 222_486_528, null)]
    // 784·1200 + 1200 + 240·1200 + 1200 + 240·10 + 10
    [InlineData("maxout.net", "MaxoutNetwork", 1_233_610, 1_231_200, null)]
    // The common figure for one class is 31,030,593: 64 weights and a bias less.
    [InlineData("unet.net", "UNet", 31_030_658, 150_428_424_448, null)]
    // 65·64 + (64 + 256)·1024 + 1024 + 256·65 + 65; a letter takes all but the embedding.
    [InlineData("char-lstm.net", "CharLstm", 349_569, 344_320, null)]
    public void A_network_has_the_parameters_and_multiply_adds_that_are_published(string file, string network, long parameters, long macs, string? published)
    {
        var summary = Summarize(file, network);
        summary.Parameters.ShouldBe(parameters);
        summary.MultiplyAdds.ShouldBe(macs);
        if (published is not null)
            Quantity.Short(macs).ShouldBe(published);
    }

    /// <summary>
    /// The table that lectures show counts weights without biases and cuts numbers off: 35K weights and 105 million multiply-adds for
    /// the first layer, and so on, 832 million in all (the sum of what is left; the exact one is 836.5 million).
    /// </summary>
    [Fact]
    public void The_summary_of_AlexNet_is_the_table_of_lectures_layer_by_layer()
    {
        (string Layer, double Weights, string Unit, long Macs, int Biases)[] table =
        [
            ("conv1", 35, "K", 105, 96), ("conv2", 307, "K", 223, 256), ("conv3", 884, "K", 149, 384), ("conv4", 1.3, "M", 224, 384),
            ("conv5", 442, "K", 74, 256), ("fc6", 37, "M", 37, 4096), ("fc7", 16, "M", 16, 4096), ("logits", 4, "M", 4, 1000),
        ];
        var summary = Summarize("alexnet.net", "AlexNetOfLectures");
        foreach (var (name, weights, unit, macs, biases) in table)
        {
            var layer = summary.Layers.Single(layer => layer.Name == name);
            double inUnits = (layer.Parameters - biases) / (unit == "K" ? 1e3 : 1e6);
            // 34,848 became 35K; all others are cut off.
            (name == "conv1" ? Math.Round(inUnits) : Math.Floor(inUnits * (weights < 2 ? 10 : 1)) / (weights < 2 ? 10 : 1)).ShouldBe(weights, name);
            (layer.MultiplyAdds / 1_000_000).ShouldBe(macs, name);
        }
        table.Sum(row => row.Macs).ShouldBe(832);
        summary.Layers.Sum(layer => layer.MultiplyAdds).ShouldBe(836_547_104);
        Summarize("alexnet.net", "AlexNet").Layers.Single(layer => layer.Name == "conv4").Parameters.ShouldBe(384 * 192 * 9 + 384, "two groups");
    }

    static NetworkSummary Summarize(string file, string network)
    {
        var compilation = ZooFiles.Compile(file);
        var function = compilation.Outline.Single(outline => outline.Name == network).Functions[0];
        return compilation.Summarize(network, function.Name, new Dictionary<string, long>());
    }
}
