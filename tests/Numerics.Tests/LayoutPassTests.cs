using System.Collections.Immutable;
using NetCompiler.Algorithms;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Passes;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>Networks of images before and after their layouts are chosen: the same values, and no conversion that could be saved.</summary>
public sealed class LayoutPassTests
{
    internal const string Programs = """
        network Residual {
            input x : f32[N, 3, 9, 8]; input target : f32[N, 4];
            h = x |> conv2d(16, kernel: 3, stride: 2, pad: 1, bias: false) |> batch_norm |> relu |> max_pool2d(3, stride: 1, pad: 1);
            k = h |> conv2d(16, kernel: 3, pad: 1, bias: false) |> batch_norm |> relu |> conv2d(16, kernel: 3, pad: 1) |> batch_norm;
            s = relu(h + k) |> conv2d(32, kernel: 1, stride: 2) |> relu;
            y = s |> global_avg_pool |> dense(4);
            loss = sum((y - target) ** 2);
            function predict(x) -> y;
            function train(x, target) -> loss minimizing loss with sgd(0.1, momentum: 0.9);
        }
        network Odd {
            input x : f32[N, 2, 7, 6];
            h = x |> conv2d(20, kernel: 5, pad: 2) |> relu |> avg_pool2d(2) |> conv2d(7, kernel: 3, pad: 1, dilation: 2) |> tanh;
            y = h |> flatten |> dense(3);
            loss = sum(y * y) + sum(h);
            function predict(x) -> (y, h);
            function train(x) -> (loss, dx: grad(loss, x)) minimizing loss with sgd(0.1);
        }
        network Branches {
            input x : f32[N, 5, 6, 6];
            stem = x |> conv2d(16, kernel: 3, pad: 1) |> relu;
            a = stem |> conv2d(16, kernel: 1);
            b = stem |> conv2d(8, kernel: 1) |> relu |> conv2d(32, kernel: 3, pad: 1);
            c = stem |> max_pool2d(3, stride: 1, pad: 1) |> conv2d(5, kernel: 1);
            all = concat([a, b, c], axis: 1);
            odd = concat([c, a], axis: 1);
            y = sum(relu(all) ** 2) + sum(odd * 0.5) + sum(all[:, 16:48]) + sum(all[:, 3:9]) + sum(all[:, :, 1:4, 2]);
            function run(x) -> (y, dx: grad(y, x), all);
        }
        network Attentive {
            input x : f32[N, 16, 4, 5]; input noise : f32[N, 16, 4, 5];
            h = x |> conv2d(24, kernel: 3, pad: 1);
            gate = h |> global_avg_pool |> dense(24) |> sigmoid;
            g = h * reshape(gate, [shape(h)[0], 24, 1, 1]);
            p = softmax(g, axis: 1);
            d = g |> depthwise_conv2d(kernel: 3, pad: 1) |> conv2d(16, kernel: 3, pad: 1) ;
            w = where(noise > 0.1, d, 0.0) + mean(d, axis: 1, keep: true) + pad(d[:, :, 1:3, :], [[0, 0], [0, 0], [1, 1], [0, 0]]);
            loss = sum(p ** 2) + sum(w * noise) + max(d) + sum(mean(d, axis: 0));
            function run(x, noise) -> (loss, dx: grad(loss, x), w);
        }
        network Groups {
            input x : f32[N, 32, 5, 5];
            h = x |> conv2d(64, kernel: 3, pad: 1, groups: 2) |> relu;
            u = h |> conv_transpose2d(9, kernel: 2, stride: 2);
            v = h |> conv2d(6, kernel: 3, groups: 2) |> conv2d(16, kernel: 3, pad: 1) ;
            y = sum(u * u) + sum(abs(v));
            function run(x) -> (y, u, dx: grad(y, x));
        }
        network Pixels {
            input x : f32[N, 3, 4, 4];
            h = x |> conv2d(20, kernel: 4) |> relu;
            y = h |> conv2d(10, kernel: 1) |> flatten;
            z = sum(y * y) + sum(reshape(h, [shape(h)[0], 20]));
            function run(x) -> (y, z, dx: grad(z, x));
        }
        network ChannelsLast {
            input x : f32[N, 9, 8, 20]; input image : f32[N, 10, 9, 3];
            h = transpose(x, [0, 3, 1, 2]) |> conv2d(24, kernel: 3, pad: 1) |> relu |> conv2d(37, kernel: 1);
            y = transpose(h, [0, 2, 3, 1]);
            k = transpose(image, [0, 3, 1, 2]) |> conv2d(16, kernel: 3) |> relu |> conv2d(6, kernel: 3);
            z = transpose(k, [0, 2, 3, 1]);
            loss = sum(y * y) + sum(z * z);
            function run(x, image) -> (y, z);
            function train(x, image) -> (loss, dx: grad(loss, x), di: grad(loss, image)) minimizing loss with sgd(0.1);
        }
        network Pooled {
            input x : f32[N, 3, 21, 18];
            h = x |> conv2d(20, kernel: 3, pad: 1) |> relu |> max_pool2d(2);
            k = h |> conv2d(16, kernel: 3, pad: 1) |> relu6 |> max_pool2d(2, ceil: true);
            m = k |> conv2d(9, kernel: 1) |> max_pool2d(3, stride: 2, pad: 1);
            y = m |> conv2d(5, kernel: 3, pad: 1) |> tanh |> max_pool2d(3) |> flatten;
            loss = sum(y * y);
            function predict(x) -> y;
            function train(x) -> loss minimizing loss with sgd(0.1);
        }
        network Damped {
            input x : f32[N, 3, 9, 8];
            h = x |> conv2d(20, kernel: 3) |> relu |> local_response_norm(size: 4) |> max_pool2d(2);
            y = h |> conv2d(16, kernel: 3, pad: 1) |> local_response_norm |> flatten;
            loss = sum(y * y);
            function predict(x) -> y;
            function train(x) -> loss minimizing loss with sgd(0.1);
        }
        """;

    internal static readonly ImmutableArray<ConvolutionAlgorithm> Exact =
        [new PlanarConvolution(), new DirectConvolution(), new PointwiseConvolution(), new BlockedDepthwiseConvolution()];

    static readonly Compilation Compiled = Compilation.Create(new SourceText("images.net", Programs), _ => null, new CompilerOptions());

    public static TheoryData<string, string> Functions
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var network in Compiled.Networks)
            {
                foreach (var function in network.Functions)
                    rows.Add(network.Name, function.Name);
            }
            return rows;
        }
    }

    [Fact]
    public void The_programs_compile() => Compiled.Diagnostics.Select(diagnostic => diagnostic.ToString()).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Functions))]
    public void Layouts_keep_the_values_verify_and_are_chosen_once(string name, string functionName)
    {
        var (network, before, after) = Choose(name, functionName);
        Verify.Problems(network, after).ShouldBeEmpty();
        ChooseLayouts.Run(network, after, Roots(after), Exact).ShouldBe(Roots(after));
        Roots(after).ShouldNotBe(Roots(before));

        var symbols = new Dictionary<string, long> { ["N"] = 3 };
        var random = new Random(5);
        var leaves = Node.Reachable([.. Roots(before), .. Roots(after)]).Where(node => node.Operator is FunctionArgument or VariableRead);
        var values = leaves.ToDictionary(leaf => leaf, leaf => Draw(leaf, symbols, random));
        var expected = ReferenceEvaluator.Evaluate(Roots(before), symbols, values);
        var actual = ReferenceEvaluator.Evaluate(Roots(after), symbols, values);
        for (int i = 0; i < expected.Length; i++)
        {
            actual[i].Dims.ShouldBe(expected[i].Dims);
            double scale = Math.Max(1, expected[i].Data.Max(Math.Abs));
            // Sums in another order: some thousand terms, each rounded at 2^-53.
            for (int k = 0; k < expected[i].Data.Length; k++)
                Math.Abs(actual[i].Data[k] - expected[i].Data[k]).ShouldBeLessThanOrEqualTo(1e-12 * scale, $"result {i}, element {k}");
        }
    }

    [Fact]
    public void Only_the_ends_of_a_residual_network_are_converted()
    {
        var (_, _, predict) = Choose("Residual", "predict");
        Conversions(predict).ShouldBeEmpty();
        var (_, _, train) = Choose("Residual", "train");
        Conversions(train).ShouldBeEmpty();
        // Every convolution reads blocked images but the first, whose three channels are read as they are given.
        Node.Reachable(Roots(train)).Select(node => node.Operator).OfType<BlockedConv2D>().Count(conv => conv.PlanarInput).ShouldBe(2);
    }

    [Fact]
    public void Transposes_of_images_with_their_channels_last_are_part_of_the_conversion()
    {
        var nodes = Node.Reachable(Roots(Choose("ChannelsLast", "run").After));
        nodes.Select(node => node.Operator).OfType<ToBlocked>().Select(to => to.ChannelsLast).ShouldBe([true]);
        nodes.Select(node => node.Operator).OfType<FromBlocked>().Select(from => from.ChannelsLast).ShouldBe([true, true]);
        // The image of three channels is read as planes, which is a fifth of its blocks.
        nodes.Count(node => node.Operator is Transpose).ShouldBe(1);
    }

    [Fact]
    public void A_pooling_is_part_of_its_convolution_where_nothing_else_reads_that_and_what_is_between_grows()
    {
        // The third pools in windows that share rows, which are few terms to compute again; the fourth sums more, and pools what a tanh gives.
        Pooled("predict").ShouldBe([2, 2, 3]);
        // The gradient of a pooling asks which elements were largest.
        Pooled("train").ShouldBeEmpty();

        IEnumerable<int> Pooled(string function) => Node.Reachable(Roots(Choose("Pooled", function).After))
            .Select(node => node.Operator).OfType<BlockedConv2D>().Select(conv => conv.Pool).OfType<PoolingWindow>().Select(window => window.KernelHeight);
    }

    [Theory]
    [InlineData("predict", 2)]
    [InlineData("train", 4)]
    public void Normalisation_among_neighbouring_channels_stays_in_blocks(string function, int averages)
    {
        var nodes = Node.Reachable(Roots(Choose("Damped", function).After));
        nodes.Count(node => node.Operator is ChannelAverage).ShouldBe(averages);
        nodes.ShouldNotContain(node => node.Operator is AveragePool || node.Operator is AveragePoolBackward || node.Operator is ToBlocked);
    }

    [Fact]
    public void Where_conversions_cost_more_than_they_save_images_stay_planar()
    {
        // One convolution of little work between operators that need whole planes.
        var compilation = Compilation.Create(new SourceText("one.net", """
            network One { input x : f32[N, 64, 64, 64]; y = cumsum(conv2d(cumsum(x, axis: 3), 64, kernel: 1), axis: 3); function f(x) -> y; }
            """), _ => null, new CompilerOptions());
        compilation.Diagnostics.Select(diagnostic => diagnostic.ToString()).ShouldBeEmpty();
        var network = compilation.Networks[0];
        var function = Pipeline.Run(network, network.Functions[0], "tidy");
        var roots = ChooseLayouts.Run(network, function, Roots(function), Exact);
        Node.Reachable(roots).Select(node => node.Operator).OfType<Conv2D>().Single().Algorithm.ShouldBe("im2col");
    }

    [Fact]
    public void A_choice_made_beforehand_overrides_the_prediction_if_it_fits()
    {
        var (network, function) = Find("Branches", "run");
        var convolution = Node.Reachable(Roots(function)).First(node => node.Operator is Conv2D);
        string signature = ConvolutionProblem.Of(convolution, trains: false)!.Signature;
        signature.ShouldBe("conv2d forward f32 [N=1,5,6,6]*[16,5,3,3] pad=1");

        string[] Chosen(string algorithm)
        {
            var model = network with { Choices = ImmutableDictionary<string, string>.Empty.Add(signature, algorithm) };
            var roots = ChooseLayouts.Run(model, function, Roots(function), Exact);
            return [.. Node.Reachable(roots).Select(node => ConvolutionProblem.OperatorOf(node)).OfType<Convolution>().Select(op => op.Algorithm).Take(1)];
        }

        Chosen("direct").ShouldBe(["direct"]);
        Chosen("im2col").ShouldBe(["im2col"]);
        // Neither does a pointwise kernel compute a filter of 3 x 3, nor is there such an algorithm as the last.
        Chosen("pointwise").ShouldBe(Chosen("unheard of"));
    }

    /// <summary>The function before and after, with blocked algorithms wherever they work.</summary>
    static (NetworkModel Network, FunctionModel Before, FunctionModel After) Choose(string name, string functionName)
    {
        var (network, function) = Find(name, functionName);
        var choices = ImmutableDictionary<string, string>.Empty;
        foreach (var node in Node.Reachable(Roots(function)))
        {
            if (ConvolutionProblem.Of(node, function.Trains) is { } problem)
                choices = choices.SetItem(problem.Signature, Exact.Last(algorithm => algorithm.Admits(problem)).Name);
        }
        network = network with { Choices = choices };
        return (network, function, WithRoots(function, ChooseLayouts.Run(network, function, Roots(function), Exact)));
    }

    static (NetworkModel Network, FunctionModel Function) Find(string name, string functionName)
    {
        var network = Compiled.Networks.Single(network => network.Name == name);
        return (network, Pipeline.Run(network, network.Functions.Single(function => function.Name == functionName), "tidy"));
    }

    static IEnumerable<Node> Conversions(FunctionModel function) => Node.Reachable(Roots(function)).Where(node => node.Operator is ToBlocked or FromBlocked);

    static ImmutableArray<Node> Roots(FunctionModel function) => [.. function.Outputs.Select(output => output.Value), .. function.Updates.Select(update => update.Value)];

    static FunctionModel WithRoots(FunctionModel function, ImmutableArray<Node> roots) => function with
    {
        Outputs = [.. function.Outputs.Select((output, i) => output with { Value = roots[i] })],
        Updates = [.. function.Updates.Select((update, i) => update with { Value = roots[function.Outputs.Length + i] })],
    };

    static ReferenceTensor Draw(Node leaf, Dictionary<string, long> symbols, Random random)
    {
        ImmutableArray<int> dims = [.. leaf.Shape.Dims.Select(dim => (int)dim.Evaluate(symbols))];
        var tensor = new ReferenceTensor(dims);
        // Positive, as a running variance is.
        for (int i = 0; i < tensor.Data.Length; i++)
            tensor.Data[i] = leaf.Operator is VariableRead ? 0.05 + 0.1 * random.NextDouble() : random.NextDouble() - 0.3;
        return tensor;
    }
}
