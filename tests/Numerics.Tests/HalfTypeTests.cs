using NetCompiler.CommandLine.Execution;
using NetCompiler.Runtime;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>f16 and bf16 hold values; f32 computes them.</summary>
public sealed class HalfTypeTests
{
    static Network Create(string text)
    {
        var compilation = Compilation.Create(new SourceText("half.net", text), _ => null, new CompilerOptions());
        compilation.Diagnostics.Select(diagnostic => diagnostic.ToString()).ShouldBeEmpty();
        return CompiledNetwork.Compile(compilation.Emit()).Create(compilation.Networks.Single().Name, seed: 1);
    }

    const string Linear = """
        network Linear {
            input x : f16[N, 3];
            input y : f32[N];
            param w : bf16[3] = 0.1;
            state last : f16 = 0.1;
            guess = x @ w;
            loss  = mse(guess, y);
            function predict(x)    -> (guess, stored: bf16(guess), part: x[0]);
            function slope(x, y)   -> grad(loss, w);
            function train(x, y)   -> loss minimizing loss with sgd(rate: 0.5, momentum: 0.5) updates { last = loss; }
        }
        """;

    static readonly Half[] X = [(Half)1, (Half)2, (Half)(-0.5), (Half)0.25, (Half)1.5, (Half)3];
    static readonly float[] Y = [1, -2];

    [Fact]
    public void Arithmetic_is_that_of_f32_on_the_stored_values_and_what_is_kept_is_rounded_to_nearest()
    {
        var network = Create(Linear);
        float tenth = (float)(BFloat16)0.1;
        tenth.ShouldBe(0.10009765625f);
        network.Values<BFloat16>("w").ToArray().ShouldAllBe(value => (float)value == tenth);
        network.Values<Half>("last")[0].ShouldBe((Half)0.1);

        float[] guess = [(1 + 2 - 0.5f) * tenth, (0.25f + 1.5f + 3) * tenth];
        var results = network.Invoke("predict", X);
        EmittedFunction.Unbox(results[0]).ShouldBe([guess[0], guess[1]], 1e-6);
        EmittedFunction.Unbox(results[1]).ShouldBe([(float)(BFloat16)guess[0], (float)(BFloat16)guess[1]]);
        EmittedFunction.Unbox(results[2]).ShouldBe([1, 2, -0.5]);

        double[] slope = EmittedFunction.Unbox(network.Invoke("slope", X, Y)[0]);
        float loss = (float)network.Invoke("train", X, Y)[0];
        network.Values<Half>("last")[0].ShouldBe((Half)loss);
        // One product, one difference and one rounding to 8 digits.
        for (int i = 0; i < 3; i++)
            ((float)network.Values<BFloat16>("w")[i]).ShouldBe((float)(BFloat16)(tenth - 0.5f * (float)slope[i]));
        // Moments of what is stored in few digits have those of f32: small gradients must be able to sum up.
        network["train.w.v"].ElementType.ShouldBe("f32");
    }

    [Fact]
    public void Gradients_of_what_is_stored_in_few_digits_flow_together_and_through_time()
    {
        var network = Create("""
            network Recurrent {
                input xs : f32[T, N, 2];
                param w : bf16[2] = 0.5;
                state h : bf16[N, 2] = zeros;
                hs, last = scan x in xs from h {
                    h = bf16(x * f32(w) + 0.5 * f32(h) + 0.25 * f32(h));
                    yield h;
                };
                function slope(xs) -> (last: f32(last), slope: f32(grad(sum(f32(hs)), w))) updates { h = last; }
            }
            """);
        // All values have few digits: nothing is rounded.
        float[] xs = [1, 2, 3, 4, 0.5f, 1, 2, -1];
        var results = network.Invoke("slope", xs, 2, 2);
        EmittedFunction.Unbox(results[0]).ShouldBe([0.5 * (0.5 + 0.75 * 1), 0.5 * (1 + 0.75 * 2), 0.5 * (2 + 0.75 * 3), 0.5 * (-1 + 0.75 * 4)]);
        EmittedFunction.Unbox(results[1]).ShouldBe([1.75 * (1 + 3) + 0.5 + 2, 1.75 * (2 + 4) + 1 - 1]);
        network.Values<BFloat16>("h").Length.ShouldBe(4);
    }

    [Fact]
    public void Files_hold_two_bytes_a_value()
    {
        var (network, other) = (Create(Linear), Create(Linear));
        network.Invoke("train", X, Y);
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            network.Save(path);
            using (var file = SafetensorsFile.Open(path))
                file.Tensors.Select(tensor => $"{tensor.Name} {tensor}").ShouldBe(["train.w.v F32[3]", "w BF16[3]", "last F16[]"], ignoreOrder: true);
            other.Load(path);
        }
        finally
        {
            File.Delete(path);
        }
        other.Fingerprint().ShouldBe(network.Fingerprint());
    }

    [Fact]
    public void Every_bf16_is_read_from_its_own_value_and_halfway_cases_go_to_even()
    {
        for (int bits = 0; bits <= ushort.MaxValue; bits++)
        {
            var value = BFloat16.FromBits((ushort)bits);
            if (float.IsNaN((float)value))
                float.IsNaN((float)(BFloat16)(float)value).ShouldBeTrue();
            else
                ((BFloat16)(float)value).ToBits().ShouldBe((ushort)bits);
        }
        // The double lies above the tie by less than a float can say.
        ((float)(BFloat16)(257 + 1e-12)).ShouldBe(258);
        ((float)(BFloat16)257.0).ShouldBe(256);
        ((float)(BFloat16)(-259 - 1e-12)).ShouldBe(-260);
    }
}
