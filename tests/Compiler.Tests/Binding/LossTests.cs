using NetCompiler.Graph;
using NetCompiler.Operators;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Binding;

public class LossTests
{
    [Theory]
    [InlineData("i32")]
    [InlineData("i64")]
    [InlineData("u8")]
    public void A_label_that_is_no_class_has_a_loss_that_stops_training_and_the_others_have_theirs(string element)
    {
        var function = Bind.Network($"network Test {{ input x : f32[N, 3]; input label : {element}[N]; function f(x, label) -> cross_entropies(x, label); }}").Functions[0];
        double[] labels = element == "u8" ? [0, 2, 3, 255] : [0, 2, 3, -1];
        var losses = Values(function, 4, ("x", new double[12]), ("label", labels));

        // Equal logits: every class has a third of the probability.
        losses[0].ShouldBe(Math.Log(3), 1e-15);
        losses[1].ShouldBe(Math.Log(3), 1e-15);
        losses[2].ShouldBe(double.NaN);
        losses[3].ShouldBe(double.NaN);
    }

    [Fact]
    public void More_classes_than_a_byte_counts_go_with_labels_of_bytes() =>
        Bind.Network("network Test { input x : f32[N, 300]; input label : u8[N]; function f(x, label) -> cross_entropy(x, label); }");

    static double[] Values(FunctionModel function, int n, params (string Name, double[] Data)[] given)
    {
        var result = function.Outputs[0].Value;
        var symbols = new Dictionary<string, long> { ["N"] = n };
        var supplied = Node.Reachable([result]).Where(node => node.Operator is FunctionArgument).ToDictionary(node => node, node =>
            new ReferenceTensor([.. node.Shape.Dims.Select(dim => (int)dim.Evaluate(symbols))], given.Single(pair => pair.Name == ((FunctionArgument)node.Operator).Argument).Data));
        return ReferenceEvaluator.Evaluate([result], symbols, supplied)[0].Data;
    }
}
