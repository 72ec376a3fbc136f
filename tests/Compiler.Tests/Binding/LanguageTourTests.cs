using NetCompiler.Graph;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Binding;

/// <summary>The programs that introduce the language.</summary>
public class LanguageTourTests
{
    const string LeNet = """
        namespace Examples.Digits;

        /// Handwritten digits, after LeCun et al. (1998).
        network LeNet {
            input  image : f32[N, 1, 28, 28];
            input  label : i32[N];

            c1     = image |> conv2d(20, kernel: 5) |> max_pool2d(2);
            c2     = c1    |> conv2d(50, kernel: 5) |> max_pool2d(2);
            h      = c2    |> flatten |> dense(500) |> relu;
            logits = h     |> dense(10);

            loss     = cross_entropy(logits, label);
            accuracy = mean(argmax(logits) == label);

            function predict(image)         -> softmax(logits);
            function evaluate(image, label) -> (loss, accuracy);
            function train(image, label)    -> (loss, accuracy) minimizing loss with sgd(rate: 0.01, momentum: 0.9, decay: 5e-4);
        }
        """;

    const string LogisticRegression = """
        network LogisticRegression {
            input x : f32[N, 784];
            input y : f32[N];

            param w : f32[784] = zeros;
            param b : f32      = 0;

            p    = sigmoid(x @ w + b);
            loss = -mean(y * log(p) + (1 - y) * log(1 - p));      // compiled to the numerically stable form

            function predict(x)  -> p;
            function train(x, y) -> loss updates {
                w = w - 0.1 * grad(loss, w);
                b = b - 0.1 * grad(loss, b);
            }
        }
        """;

    [Fact]
    public void LeNet_names_its_parameters_after_the_bindings_that_own_them()
    {
        var network = Bind.Network(LeNet);
        network.Namespace.ShouldBe("Examples.Digits");
        network.Documentation.ShouldBe("Handwritten digits, after LeCun et al. (1998).");
        network.Variables.Where(variable => variable.Kind == VariableKind.Parameter).Select(variable => $"{variable.Name} : {variable.Type}").ShouldBe(
        [
            "c1.weight : f32[20, 1, 5, 5]", "c1.bias : f32[20]",
            "c2.weight : f32[50, 20, 5, 5]", "c2.bias : f32[50]",
            "h.weight : f32[800, 500]", "h.bias : f32[500]",
            "logits.weight : f32[500, 10]", "logits.bias : f32[10]",
        ]);
    }

    [Fact]
    public void LeNet_has_its_functions_with_their_results()
    {
        var network = Bind.Network(LeNet);
        network.Functions.Select(Signature).ShouldBe(
        [
            "predict(image : f32[N, 1, 28, 28]) -> softmax : f32[N, 10]",
            "evaluate(image : f32[N, 1, 28, 28], label : i32[N]) -> loss : f32, accuracy : f32",
            "train(image : f32[N, 1, 28, 28], label : i32[N]) -> loss : f32, accuracy : f32",
        ]);
        network.Functions.Select(function => function.Trains).ShouldBe([false, false, true]);
    }

    [Fact]
    public void Momentum_keeps_a_velocity_named_after_the_function_and_the_parameter()
    {
        var network = Bind.Network(LeNet);
        var train = network.Functions[2];
        train.Updates.Length.ShouldBe(16);
        train.Updates.Select(update => update.Variable.Name).ShouldContain("train.c1.weight.v");
        network.Variables.Where(variable => variable.Kind == VariableKind.Moment).Select(variable => variable.Name).First().ShouldBe("train.c1.weight.v");
        train.Updates.ShouldAllBe(update => update.Value.Type == update.Variable.Type);
    }

    [Fact]
    public void Nodes_of_library_layers_come_from_the_users_line_and_binding()
    {
        var network = Bind.Network(LeNet);
        var convolution = Node.Reachable([network.Functions[0].Outputs[0].Value]).First(node => node.Operator.Name == "conv2d");
        convolution.Origin.Name.ShouldBe("c1");
        convolution.Origin.Path.ShouldBe("test.net");
        convolution.Origin.Line.ShouldBe(8);
    }

    [Fact]
    public void Logistic_regression_updates_what_its_function_assigns()
    {
        var network = Bind.Network(LogisticRegression);
        network.Functions.Select(Signature).ShouldBe(
        [
            "predict(x : f32[N, 784]) -> p : f32[N]",
            "train(x : f32[N, 784], y : f32[N]) -> loss : f32",
        ]);
        network.Functions[1].Updates.Select(update => update.Variable.Name).ShouldBe(["w", "b"]);
        network.Functions[1].Trains.ShouldBeTrue();
    }

    static string Signature(FunctionModel function) =>
        $"{function.Name}({string.Join(", ", function.Arguments.Select(argument => $"{argument.Name} : {argument.Type}"))}) -> "
        + string.Join(", ", function.Outputs.Select(output => $"{output.Name} : {output.Value.Type}"));
}
