namespace NetCompiler.Generator.Tests;

/// <summary>Network files that several tests compile.</summary>
static class Networks
{
    public const string Tiny = """
        network Tiny {
            input x : f32[N, 2];
            y = x |> dense(1);
            function predict(x) -> y;
        }
        """;

    /// <summary>A recurrence that goes on from call to call.</summary>
    public const string Recurrent = """
        network Recurrent {
            input xs : f32[T, N, 2];
            state h : f32[N, 3] = zeros;
            hs, last = scan x in xs from h {
                h = rnn_cell(x, h);
                yield h;
            };
            function run(xs) -> hs updates { h = last; }
        }
        """;

    /// <summary>A layer and a network that uses it.</summary>
    public const string Blocks = """
        layer block(x, units) {
            return x |> dense(units) |> relu;
        }
        """;

    public const string UsesBlocks = """
        use "blocks.net";
        network Stacked {
            input x : f32[N, 2];
            y = x |> block(3) |> block(1);
            function predict(x) -> y;
        }
        """;

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
}
