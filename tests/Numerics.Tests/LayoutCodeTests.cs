using System.Collections.Immutable;
using NetCompiler.Algorithms;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Passes;
using NetCompiler.Runtime;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>What the emitted code computes with each algorithm in the place of what the cost model would take, against the float64 reference.</summary>
public sealed class LayoutCodeTests
{
    static readonly Compilation Planned = Compilation.Create(new SourceText("images.net", LayoutPassTests.Programs), _ => null, new CompilerOptions());

    // Variants differ by an argument: those of one algorithm with sums of products, and of one with transforms, stand for the others.
    public static TheoryData<string> Algorithms =>
        [.. ConvolutionAlgorithms.All.Where(algorithm => algorithm.Blocking == default || algorithm.Family is "direct" or "winograd4").Select(algorithm => algorithm.Name)];

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Emitted_code_computes_what_the_reference_does_with_any_algorithm(string name)
    {
        // Each kernel takes the algorithm where that computes it, else one that reads blocked images where there is one.
        var choices = new List<KernelChoice>();
        foreach (var network in Planned.Networks)
        {
            foreach (var function in network.Functions)
            {
                foreach (var problem in Kernels(network, function))
                {
                    var candidates = ConvolutionAlgorithms.All.Where(algorithm => algorithm.Admits(problem)).ToList();
                    choices.Add(new(problem.Signature, (candidates.Find(algorithm => algorithm.Name == name) ?? candidates.Last(algorithm => algorithm.Error(problem) == 0)).Name));
                }
            }
        }
        choices.Select(choice => choice.Algorithm).ShouldContain(name);
        // Whatever an algorithm adds is allowed, so that the choice is taken.
        string programs = LayoutPassTests.Programs.Replace("input x : f32[N", "error: 0.5; input x : f32[N");
        var compilation = Compilation.Create(new SourceText("images.net", programs), _ => null, new CompilerOptions { KernelChoices = [.. choices] });
        compilation.Diagnostics.Select(diagnostic => diagnostic.ToString()).ShouldBeEmpty();
        var code = CompiledNetwork.Compile(compilation.Emit());
        var failures = new List<string>();
        foreach (var network in compilation.Networks)
        {
            foreach (var function in network.Functions)
            {
                var planned = Pipeline.Run(network, function);
                if (network.Name != "Attentive")
                    KernelDescription.Of(planned, network).Where(kernel => kernel.Problem is ConvolutionProblem).Select(kernel => kernel.Algorithm).Distinct().ShouldBe(
                        Kernels(network, function).Select(problem => choices.Last(choice => choice.Signature == problem.Signature).Algorithm).Distinct(), ignoreOrder: true);
                // Sums of at most some thousand products near 1 in a chain of a dozen operators; minimal filtering rounds more, see its error.
                double error = KernelDescription.Of(planned, network).Max(kernel => kernel.Error);
                failures.AddRange(new[] { 1L, 0, 3, 2 }.Select(batch => Compare(code.Create(network.Name, seed: 3), function, batch, 2048 + error * 32 * 16777216)).OfType<string>()
                    .Select(difference => $"{network.Name}.{function.Name}: {difference}"));
            }
        }
        failures.ShouldBeEmpty();
    }

    [Fact]
    public void Packed_filters_are_as_long_as_the_runtime_says()
    {
        var random = new Random(1);
        int compared = 0;
        for (int i = 0; i < 400; i++)
        {
            int groups = random.Next(4) == 0 ? random.Next(1, 4) : 1, per = groups == 1 ? random.Next(1, 70) : 16 * random.Next(1, 3), kernel = random.Next(1, 6);
            bool depthwise = random.Next(5) == 0;
            var (inputs, outputs) = depthwise ? (per + 1, per + 1) : (groups * per, groups * (groups == 1 ? random.Next(1, 70) : 16 * random.Next(1, 3)));
            groups = depthwise ? inputs : groups;
            var window = ConvolutionWindow.Unit with { Groups = groups, PadTop = 2, PadBottom = 2, PadLeft = 2, PadRight = 2, StrideWidth = random.Next(1, 3) };
            var shape = new ConvolutionShape(2, inputs, 9, 8, outputs, kernel, kernel, 1, window.StrideWidth, 2, 2, 2, 2, Groups: groups);
            foreach (var pass in new[] { ConvolutionPass.Forward, ConvolutionPass.BackwardData, ConvolutionPass.BackwardFilter })
            {
                var problem = new ConvolutionProblem(pass, DType.F32, window, 2, inputs, 9, 8, outputs, kernel, kernel);
                foreach (var algorithm in ConvolutionAlgorithms.All.Where(algorithm => algorithm.Layout == NetCompiler.Algorithms.ImageLayout.Blocked && algorithm.Admits(problem)))
                {
                    compared++;
                    int channels = pass == ConvolutionPass.Forward ? inputs : outputs;
                    bool isFilter = pass == ConvolutionPass.BackwardFilter;
                    var (admits, length, error) = algorithm switch
                    {
                        { Tile: > 0 and var tile } when isFilter => (
                            Runtime.WinogradConvolution.Admits(shape, tile), 0,
                            Runtime.WinogradConvolution.RelativeFilterError(tile, (nint)(2 * ((problem.OutHeight + tile - 1) / tile) * ((problem.OutWidth + tile - 1) / tile)), kernel)),
                        FourierConvolution when isFilter => (FftConvolution.Admits(shape), 0, FftConvolution.RelativeFilterError(shape)),
                        _ when isFilter => (BlockedConvolution.Admits(shape, Runtime.ImageLayout.Blocked), 0, 0),
                        FourierConvolution => (FftConvolution.Admits(shape), FftConvolution.PackedFilterLength(shape), FftConvolution.RelativeError(channels)),
                        { Tile: > 0 and var tile } => (Runtime.WinogradConvolution.Admits(shape, tile), Runtime.WinogradConvolution.PackedFilterLength(shape, tile), Runtime.WinogradConvolution.RelativeError(tile, channels, kernel)),
                        _ => (BlockedConvolution.Admits(shape, Runtime.ImageLayout.Blocked), BlockedConvolution.PackedFilterLength(shape), 0),
                    };
                    admits.ShouldBeTrue();
                    algorithm.PackedLength(problem).ShouldBe(length);
                    algorithm.Error(problem).ShouldBe(error, 1e-12);
                    if (algorithm.ReadsPlanar(problem))
                        BlockedConvolution.Admits(shape, Runtime.ImageLayout.Planar).ShouldBeTrue();
                }
            }
        }
        compared.ShouldBeGreaterThan(500);
    }

    // Slots grow with the tile, so that equal lengths and errors are equal tiles.
    [Fact]
    public void Tiles_of_Fourier_transforms_have_the_size_that_the_runtime_takes()
    {
        var random = new Random(2);
        var algorithm = new FourierConvolution();
        var lengths = new HashSet<long>();
        for (int i = 0; i < 500; i++)
        {
            int most = i % 2 == 0 ? 5 : 65, height = random.Next(1, most), width = random.Next(1, most), top = random.Next(height), left = random.Next(width);
            int rows = height + random.Next(1, 4 * most), columns = width + random.Next(1, 4 * most), inputs = random.Next(1, 300), outputs = random.Next(1, 300);
            var window = ConvolutionWindow.Unit with { PadTop = top, PadBottom = top, PadLeft = left, PadRight = left };
            var shape = new ConvolutionShape(3, inputs, rows, columns, outputs, height, width, 1, 1, top, left, top, left);
            var problem = new ConvolutionProblem(ConvolutionPass.Forward, DType.F32, window, 3, inputs, rows, columns, outputs, height, width);
            algorithm.PackedLength(problem).ShouldBe(FftConvolution.PackedFilterLength(shape), problem.ToString());
            algorithm.Error(problem with { Pass = ConvolutionPass.BackwardFilter }).ShouldBe(FftConvolution.RelativeFilterError(shape), 1e-12, problem.ToString());
            lengths.Add(algorithm.PackedLength(problem with { InChannels = 16, OutChannels = 16 }));
        }
        lengths.Count.ShouldBe(4);
    }

    [Theory]
    [InlineData(2, 3)]
    [InlineData(4, 3)]
    [InlineData(6, 3)]
    [InlineData(2, 5)]
    [InlineData(4, 5)]
    public void The_error_stated_for_a_symbolic_batch_holds_for_every_batch_up_to_the_typical(int tile, int kernel)
    {
        var algorithm = ConvolutionAlgorithms.Named($"winograd{tile}");
        foreach (int size in new[] { 6, 14, 56 })
        {
            var window = ConvolutionWindow.Unit with { PadTop = kernel / 2, PadBottom = kernel / 2, PadLeft = kernel / 2, PadRight = kernel / 2 };
            var typical = new ConvolutionProblem(
                ConvolutionPass.BackwardFilter, DType.F32, window, ConvolutionProblem.TypicalBatch(trains: true), 32, size, size, 32, kernel, kernel) { IsBatchSymbolic = true };
            for (long batch = 1; batch <= ConvolutionProblem.TypicalBatch(trains: true); batch++)
                algorithm.Error(typical).ShouldBeGreaterThanOrEqualTo(algorithm.Error(typical with { Batch = batch, IsBatchSymbolic = false }), $"{size} pixels, {batch} images");

            // Beyond it no more than sums over the batch do: by its root.
            double growth = algorithm.Error(typical with { Batch = 256, IsBatchSymbolic = false }) / algorithm.Error(typical);
            growth.ShouldBeLessThanOrEqualTo(4);
        }
    }

    static IEnumerable<ConvolutionProblem> Kernels(NetworkModel network, FunctionModel function)
    {
        var planned = Pipeline.Run(network, function, "tidy");
        return Node.Reachable([.. planned.Outputs.Select(output => output.Value), .. planned.Updates.Select(update => update.Value)])
            .Select(node => ConvolutionProblem.Of(node, function.Trains)).OfType<ConvolutionProblem>();
    }

    static string? Compare(Network network, FunctionModel function, long batch, double roundings)
    {
        var symbols = new Dictionary<string, long> { ["N"] = batch };
        var random = new Random(5);
        var leaves = Node.Reachable([.. function.Outputs.Select(output => output.Value), .. function.Updates.Select(update => update.Value)])
            .Where(node => node.Operator is FunctionArgument or VariableRead or TrainingFlag);
        var values = new Dictionary<Node, ReferenceTensor>();
        foreach (var leaf in leaves)
        {
            var tensor = new ReferenceTensor([.. leaf.Shape.Dims.Select(dim => (int)dim.Evaluate(symbols))]);
            for (int i = 0; i < tensor.Data.Length; i++)
                tensor.Data[i] = leaf.Operator is TrainingFlag ? (function.Trains ? 1 : 0) : leaf.Operator is VariableRead ? 0.05 + 0.1 * random.NextDouble() : random.NextDouble() - 0.3;
            values[leaf] = EmittedFunction.Round(tensor, leaf.Element);
        }
        return EmittedFunction.Difference(network, function, values, symbols, roundings) is { } difference ? $"N = {batch}: {difference}" : null;
    }
}
