namespace NetCompiler.EndToEnd.Tests;

/// <summary>Networks that the tests compile.</summary>
internal static class Programs
{
    public const string LeNet = """
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

    /// <summary>Small enough to learn something within a test. The inputs are named and shaped unlike the data's columns.</summary>
    public const string Mlp = """
        network Mlp {
            input x : f32[N, 784];
            input digit : i32[N];

            h      = x |> dense(32) |> relu;
            logits = h |> dense(10);
            loss     = cross_entropy(logits, digit);
            accuracy = mean(argmax(logits) == digit);

            function predict(x)            -> softmax(logits);
            function evaluate(x, digit)    -> (loss, accuracy);
            function train(x, digit, rate) -> (loss, accuracy) minimizing loss with sgd(rate: rate);
        }

        """;

    /// <summary>Takes nothing that digits could supply.</summary>
    public const string Line = """
        network Line {
            input x : f32[N, 3];
            input y : f32[N];

            param w : f32[3] = zeros;
            loss = mean((x @ w - y) ** 2);

            function train(x, y) -> loss minimizing loss with sgd(rate: 0.1);
        }

        """;

    /// <summary>The name at line 4, column 14 is misspelt.</summary>
    public const string Misspelt = """
        network Wrong {
            input image : f32[N, 784];

            logits = imgae |> dense(10);

            function predict(image) -> softmax(logits);
        }

        """;
}
