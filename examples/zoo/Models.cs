using NetCompiler.Runtime;

namespace Examples.Zoo;

/// <summary>A network of the zoo and how a few steps of it are run.</summary>
/// <param name="Create">Makes it from a seed.</param>
/// <param name="Rate">The rate that its functions train with.</param>
/// <param name="Functions">What trains it, in the order of a round.</param>
sealed record Model(Func<ulong, Network> Create, float Rate, params string[] Functions)
{
    /// <summary>How many classes, letters or words its batches have.</summary>
    public int Answers { get; init; } = 10;

    /// <summary>All networks by name.</summary>
    public static IReadOnlyDictionary<string, Model> All { get; } = new Dictionary<string, Model>(StringComparer.OrdinalIgnoreCase)
    {
        ["LeNet5"] = new(seed => new LeNet5(seed), 0.0002f, "train"),
        ["LeNet5Modern"] = new(seed => new LeNet5Modern(seed), 0.01f, "train"),
        ["AlexNet"] = new(seed => new AlexNet(seed), 0.001f, "train"),
        ["AlexNetOneTower"] = new(seed => new AlexNetOneTower(seed), 0.001f, "train"),
        ["ZfNet"] = new(seed => new ZfNet(seed), 0.001f, "train"),
        ["Vgg16"] = new(seed => new Vgg16(seed), 0.001f, "train"),
        ["Vgg19"] = new(seed => new Vgg19(seed), 0.001f, "train"),
        ["GoogLeNet"] = new(seed => new GoogLeNet(seed), 0.001f, "train"),
        ["ResNet18"] = new(seed => new ResNet18(seed), 0.01f, "train"),
        ["ResNet34"] = new(seed => new ResNet34(seed), 0.01f, "train"),
        ["ResNet50"] = new(seed => new ResNet50(seed), 0.01f, "train"),
        ["ResNet101"] = new(seed => new ResNet101(seed), 0.01f, "train"),
        ["ResNet152"] = new(seed => new ResNet152(seed), 0.01f, "train"),
        ["ResNet20"] = new(seed => new ResNet20(seed), 0.01f, "train"),
        ["SqueezeNet10"] = new(seed => new SqueezeNet10(seed), 0.001f, "train"),
        ["SqueezeNet11"] = new(seed => new SqueezeNet11(seed), 0.001f, "train"),
        ["MobileNet"] = new(seed => new MobileNet(seed), 0.001f, "train"),
        ["MobileNetV2"] = new(seed => new MobileNetV2(seed), 0.001f, "train"),
        ["DenseNet121"] = new(seed => new DenseNet121(seed), 0.01f, "train"),
        ["NetworkInNetwork"] = new(seed => new NetworkInNetwork(seed), 0.001f, "train"),
        ["MaxoutNetwork"] = new(seed => new MaxoutNetwork(seed), 0.01f, "train"),
        ["UNet"] = new(seed => new UNet(seed), 0.0001f, "train") { Answers = 2 },
        ["Autoencoder"] = new(seed => new Autoencoder(seed), 0.1f, "train_first", "train_second", "train_third", "train"),
        ["Gan"] = new(seed => new Gan(seed), 0.0002f, "train_discriminator", "train_generator"),
        ["CharLstm"] = new(seed => new CharLstm(seed), 0.002f, "train"),
        ["TaggerGru"] = new(seed => new TaggerGru(seed), 0.002f, "train"),
        ["SeqToSeq"] = new(seed => new SeqToSeq(seed), 0.001f, "train"),
        ["Gpt"] = new(seed => new Gpt(seed), 0.001f, "train"),
        ["Bert"] = new(seed => new Bert(seed), 0.001f, "train"),
    };
}
