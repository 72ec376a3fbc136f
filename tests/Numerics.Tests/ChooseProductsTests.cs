using NetCompiler.CommandLine.Execution;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Passes;
using NetCompiler.Plan;
using NetCompiler.Runtime;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>Matrices that many products share are packed once, and what the products give is the same.</summary>
public sealed class ChooseProductsTests
{
    const string Program = """
        network Packed {
            input x : f32[N, 129]; input row : f32[1, 129]; input xs : f32[6, N, 131]; input y : f32[129, 133]; input many : f32[2000, 129];
            param w : f32[129, 133] = normal(1); param v : f32[133, 130] = normal(1); param b : f32[130] = normal(1); param narrow : f32[130, 3] = normal(1);
            param u : f32[131, 131] = normal(0.3); param t : f32[133, 129] = normal(1);
            z = relu(x @ w) @ v + b;
            states, last = scan a in xs from h = zeros([N, 131]) { h = tanh(h @ u + a); yield h; };
            function predict(x) -> z;
            function turned(x) -> x @ transpose(t);
            function slim(x) -> z @ narrow;
            function single(row) -> row @ w;
            function large(many) -> many @ w;
            function given(x, y) -> x @ y;
            function train(x) -> sum(z) minimizing mean(z * z) with sgd(0.01);
            function recur(xs) -> states;
            function learn(xs) -> sum(states) minimizing mean(states * states) with sgd(0.01);
        }
        """;

    static readonly Lazy<(Compilation Compilation, CompiledNetwork Code)> Compiled = new(() =>
    {
        var compilation = Compilation.Create(new SourceText("packed.net", Program), _ => null, new CompilerOptions());
        compilation.HasErrors.ShouldBeFalse();
        return (compilation, CompiledNetwork.Compile(compilation.Emit()));
    });

    static NetworkModel Model => Compiled.Value.Compilation.Networks.Single();

    static FunctionModel Bound(string name) => Model.Functions.Single(candidate => candidate.Name == name);

    static FunctionModel Function(string name) => Pipeline.Run(Model, Bound(name));

    static IEnumerable<Operator> Operators(IEnumerable<Node> roots) =>
        Node.Reachable([.. roots]).SelectMany(node => node.Operator is Scan scan ? Operators(scan.Body.Items) : [node.Operator]);

    [Theory]
    [InlineData("predict", 2)]
    [InlineData("turned", 1)]
    [InlineData("slim", 2)]
    [InlineData("single", 0)]
    [InlineData("large", 0)]
    [InlineData("given", 0)]
    [InlineData("train", 0)]
    [InlineData("recur", 1)]
    [InlineData("learn", 2)]
    public void Matrices_are_packed_that_many_products_share(string name, int packed)
    {
        var operators = Operators(Function(name).Roots).ToList();
        operators.OfType<PackedMatMul>().Count().ShouldBe(packed);
        operators.OfType<PackMatrix>().Count().ShouldBe(packed);
    }

    [Theory]
    [InlineData("predict")]
    [InlineData("turned")]
    [InlineData("recur")]
    public void A_packed_weight_is_prepared_from_the_weight_itself(string name)
    {
        var plan = BuildPlan.Run(Function(name));
        var packing = plan.Steps.Take(plan.Prepared).Where(step => step.Node.Operator is PackMatrix).ToList();
        packing.ShouldNotBeEmpty();
        packing.ShouldAllBe(step => step.Reads.All(read => read!.Kind == BufferKind.Variable));
        plan.Steps.Skip(plan.Prepared).ShouldNotContain(step => step.Node.Operator is PackMatrix);
    }

    [Fact]
    public void In_a_function_that_changes_it_a_matrix_is_packed_before_the_steps_and_not_in_them()
    {
        var plan = BuildPlan.Run(Function("learn"));
        plan.Prepared.ShouldBe(0);
        plan.Steps.Count(step => step.Node.Operator is PackMatrix).ShouldBe(2);
        plan.Steps.OfType<ScanStep>().SelectMany(scan => scan.Body.Steps).ShouldNotContain(step => step.Node.Operator is PackMatrix);
    }

    [Theory]
    [InlineData("predict")]
    [InlineData("turned")]
    [InlineData("slim")]
    [InlineData("recur")]
    [InlineData("learn")]
    public void Results_are_those_of_the_reference_for_any_number_of_rows_and_for_each_value_of_the_weights(string name)
    {
        var function = Bound(name);
        var network = Compiled.Value.Code.Create("Packed", seed: 1);
        foreach (int rows in new[] { 0, 1, 2, 5, 16, 37 })
        {
            var symbols = new Dictionary<string, long> { ["N"] = rows };
            var random = new Random(rows);
            var supplied = Node.Reachable(function.Roots)
                .Where(leaf => leaf.Operator is FunctionArgument or VariableRead or TrainingFlag)
                .ToDictionary(leaf => leaf, leaf =>
                {
                    int[] dims = [.. leaf.Shape.Dims.Select(dim => (int)dim.Evaluate(symbols))];
                    int size = dims.Aggregate(1, (product, dim) => product * dim);
                    return EmittedFunction.Round(new ReferenceTensor([.. dims], [.. Enumerable.Range(0, size).Select(_ => random.NextDouble() - 0.5)]), leaf.Element);
                });
            // 4 roundings for each term of sums of 133 products, one after the other, or of 131 in each of 6 steps and of 37 rows in their gradient.
            EmittedFunction.Difference(network, function, supplied, symbols, roundings: 4 * (6 * 131 + 37)).ShouldBeNull();
        }
    }
}
