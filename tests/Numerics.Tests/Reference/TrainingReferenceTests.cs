using NetCompiler.CommandLine.Execution;
using NetCompiler.Graph;
using NetCompiler.Runtime;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests.Reference;

/// <summary>
/// Whole networks over ten steps with each optimizer, against the same steps in PyTorch: the loss before each step and all parameters
/// after the last. In float64 a wrong formula cannot hide behind the rounding that ten steps enlarge.
/// </summary>
public sealed class TrainingReferenceTests
{
    const int Steps = 10;

    // Each step takes some thousand roundings, and a loss surface with curvature below 20 enlarges an error by at most 1 + rate * 20 < 3.
    static readonly double Tolerance = 1000 * Math.Pow(3, Steps) * Math.Pow(2, -53);

    public static TheoryData<string> Names => [.. TrainingNetworks.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Ten_steps_of_each_optimizer_are_those_of_PyTorch(string name)
    {
        var recordings = Recording.Read("training");
        using var pool = new WorkerPool(2);
        var network = Compile(name, DType.F64).Create(name, seed: 0, pool);

        foreach (var (optimizer, _) in TrainingNetworks.Optimizers)
        {
            double[] losses = Train(network, recordings[name], optimizer, DType.F64);

            var expected = recordings[$"{name}/{optimizer}"];
            Close(losses, expected.Outputs.Single().Values, Tolerance, $"{name}, {optimizer}: losses");
            foreach (var after in expected.After)
                Close(network.Values<double>(after.Name).ToArray(), after.Values, Tolerance, $"{name}, {optimizer}: {after.Name}");
        }
    }

    /// <summary>Single precision runs other kernels. Where an optimizer divides by gradients, rounding is all that is left of small ones.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Ten_steps_of_descent_in_single_precision_are_those_of_PyTorch(string name)
    {
        var recordings = Recording.Read("training");
        using var pool = new WorkerPool(2);
        var network = Compile(name, DType.F32).Create(name, seed: 0, pool);

        double[] losses = Train(network, recordings[name], "sgd", DType.F32);

        // A tenth of the double tolerance's enlargement: rates of 0.1 at curvatures that are seen to stay below 10.
        Close(losses, recordings[$"{name}/sgd"].Outputs.Single().Values, 100 * Math.Pow(2, Steps) * Math.Pow(2, -24), name);
    }

    [Fact]
    public void Every_recorded_training_is_compared() => Recording.Read("training").Keys.ShouldBe(
        TrainingNetworks.All.Keys.SelectMany(name => TrainingNetworks.Optimizers.Select(pair => $"{name}/{pair.Name}").Prepend(name)), ignoreOrder: true);

    static CompiledNetwork Compile(string name, DType element)
    {
        var optimizers = element == DType.F64 ? TrainingNetworks.Optimizers : [TrainingNetworks.Optimizers[0]];
        string inputs = string.Join(", ", Recording.Read("training")[name].Inputs.Select(input => input.Name));
        string text = $$"""
            network {{name}} {
            {{TrainingNetworks.All[name].Replace("TYPE", element.Name(), StringComparison.Ordinal)}}
            {{string.Concat(optimizers.Select(pair => $"function {pair.Name}({inputs}) -> loss minimizing loss with {pair.Optimizer};\n"))}}
            }
            {{TrainingNetworks.Layers}}
            """;
        var compilation = Compilation.Create(new SourceText($"{name}.net", text), _ => null, new CompilerOptions());
        compilation.Diagnostics.ShouldBeEmpty();
        return CompiledNetwork.Compile(compilation.Emit());
    }

    /// <summary>Starts from the recorded parameters; the losses before each step.</summary>
    static double[] Train(Network network, Recording start, string optimizer, DType element)
    {
        network.Reset();
        start.Parameters.Select(parameter => parameter.Name).ShouldBe(network.Parameters.Select(parameter => parameter.Name), ignoreOrder: true);
        foreach (var parameter in start.Parameters)
        {
            network[parameter.Name].Shape.ToArray().ShouldBe(parameter.Dims);
            EmittedFunction.Fill(network[parameter.Name], parameter.Tensor);
        }
        object[] batch = [.. start.Inputs.Select(input => EmittedFunction.Box(input.Tensor,
            new TensorType(input.Integer ? DType.I32 : element, new Shape(input.Dims.Select(extent => (Dim)extent)))))];
        return [.. Enumerable.Range(0, Steps).Select(_ => EmittedFunction.Unbox(network.Invoke(optimizer, batch)[0])[0])];
    }

    static void Close(double[] actual, double[] expected, double tolerance, string what)
    {
        double scale = expected.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++)
            actual[i].ShouldBe(expected[i], tolerance * scale, $"{what}[{i}]");
    }
}
