using NetCompiler.CommandLine.Execution;
using NetCompiler.Runtime;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>Networks with several training functions, compiled and trained: what each function learns and what it leaves alone.</summary>
public class SeveralPlayersTests
{
    static Network Create(string text)
    {
        var compilation = Compilation.Create(new SourceText("players.net", text), _ => null, new CompilerOptions());
        compilation.Diagnostics.Select(diagnostic => diagnostic.ToString()).ShouldBeEmpty();
        return CompiledNetwork.Compile(compilation.Emit()).Create(compilation.Outline[0].Name, seed: 1);
    }

    static float Train(Network network, string function, params object[] arguments) => (float)network.Invoke(function, arguments)[0];

    static float[] Normal(Random random, int count, double mean = 0, double deviation = 1) =>
        [.. Enumerable.Range(0, count).Select(_ => (float)(mean + deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];

    /// <summary>The names of the params that a call changes.</summary>
    static string[] Changed(Network network, Action call)
    {
        var before = network.Parameters.ToDictionary(parameter => parameter.Name, parameter => ((Variable<float>)parameter).Span.ToArray());
        call();
        return [.. network.Parameters.Where(parameter => !((Variable<float>)parameter).Span.SequenceEqual(before[parameter.Name])).Select(parameter => parameter.Name)];
    }

    const string Adversaries = """
        layer generator(z)     { h = z |> dense(16) |> tanh; return h |> dense(1); }
        layer critic(x)        { h = x |> dense(16) |> tanh; return h |> dense(1); }

        /// Two players (Goodfellow et al. 2014): g makes samples of noise that d cannot tell from real ones.
        network Gan {
            input noise : f32[N, 2];
            input real  : f32[N, 1];
            g = generator;
            d = critic;
            fake     = g(noise);
            on_real  = d(real);
            on_fake  = d(fake);
            d_loss   = mean(softplus(-on_real)) + mean(softplus(on_fake));
            g_loss   = mean(softplus(-on_fake));
            function sample(noise)       -> fake;
            function train_d(noise, real) -> d_loss minimizing d_loss over "d.*" with adam(0.01);
            function train_g(noise)       -> g_loss minimizing g_loss over "g.*" with adam(0.01) clipping -1 .. 1;
            function both(noise, real)    -> g_loss
                minimizing d_loss over d with adam(0.005)
                minimizing g_loss over g with adam(0.005);
        }
        """;

    [Fact]
    public void Each_player_changes_its_own_params_only()
    {
        var gan = Create(Adversaries);
        float[] noise = Normal(new Random(1), 16), real = Normal(new Random(2), 8);
        Changed(gan, () => gan.Invoke("train_d", noise, real)).ShouldAllBe(name => name.StartsWith("d.", StringComparison.Ordinal));
        Changed(gan, () => gan.Invoke("train_g", noise)).ShouldAllBe(name => name.StartsWith("g.", StringComparison.Ordinal));
        Changed(gan, () => gan.Invoke("both", noise, real)).Length.ShouldBe(gan.Parameters.Count);
    }

    [Fact]
    public void Two_players_move_the_samples_to_the_data()
    {
        var gan = Create(Adversaries);
        var random = new Random(3);
        float[] probe = Normal(random, 2 * 256);
        double Mean() => ((TensorView<float>)gan.Invoke("sample", probe)[0]).ToArray().Average();
        double before = Mean();
        for (int step = 0; step < 600; step++)
        {
            gan.Invoke("train_d", Normal(random, 128), Normal(random, 64, mean: 3, deviation: 0.5));
            gan.Invoke("train_g", Normal(random, 128));
        }
        Math.Abs(before - 3).ShouldBeGreaterThan(2);
        Math.Abs(Mean() - 3).ShouldBeLessThan(1);
    }

    [Fact]
    public void Layers_are_trained_one_after_the_other_as_autoencoders()
    {
        var network = Create("""
            network Greedy {
                input x : f32[N, 8];
                encoder1 = dense(6);
                encoder2 = dense(4);
                decoder1 = dense(8);
                decoder2 = dense(6);
                h1 = tanh(encoder1(x));
                h2 = tanh(encoder2(h1));
                loss1 = mse(decoder1(h1), x);
                loss2 = mse(decoder2(h2), stop_gradient(h1));
                function first(x)  -> loss1 minimizing loss1 over [encoder1, decoder1] with adam(0.02);
                function second(x) -> loss2 minimizing loss2 over "*", "!*1.*" with adam(0.02);
            }
            """);
        // Rows of rank three, so that four numbers can tell them apart.
        var random = new Random(1);
        float[] basis = Normal(random, 3 * 8), x = new float[32 * 8];
        for (int row = 0; row < 32; row++)
        {
            var weights = Normal(random, 3, deviation: 0.5);
            for (int i = 0; i < 8; i++)
                x[row * 8 + i] = weights[0] * basis[i] + weights[1] * basis[8 + i] + weights[2] * basis[16 + i];
        }
        Changed(network, () => network.Invoke("second", [x])).ShouldBe(["encoder2.weight", "encoder2.bias", "decoder2.weight", "decoder2.bias"], ignoreOrder: true);
        foreach (var layer in new[] { "first", "second" })
        {
            float before = Train(network, layer, [x]);
            for (int step = 0; step < 300; step++)
                network.Invoke(layer, [x]);
            Train(network, layer, [x]).ShouldBeLessThan(0.3f * before);
        }
    }

    [Fact]
    public void An_actor_learns_the_action_that_its_critic_has_seen_to_pay()
    {
        var network = Create("""
            network ActorCritic(actions = 3) {
                input state  : f32[N, 4];
                input action : i32[N];
                input reward : f32[N];
                body   = state |> dense(16) |> tanh;
                actor  = body |> dense(actions);
                critic = body |> dense(1);
                advantage   = reward - squeeze(critic, 1);
                taken       = sum(log_softmax(actor) * one_hot(action, actions), axis: 1);
                policy_loss = -mean(taken * stop_gradient(advantage));
                value_loss  = mean(advantage ** 2);
                function act(state) -> softmax(actor);
                function train(state, action, reward) -> value_loss
                    minimizing policy_loss over "actor.*" with adam(0.02) clipping 1.0
                    minimizing value_loss over "critic.*", "body.*" with adam(0.02);
            }
            """);
        var random = new Random(1);
        for (int step = 0; step < 200; step++)
        {
            // Action 2 pays 1 where the first number of the state is positive, action 0 elsewhere.
            float[] states = Normal(random, 32 * 4);
            int[] actions = [.. Enumerable.Range(0, 32).Select(_ => random.Next(3))];
            float[] rewards = [.. actions.Select((action, i) => action == (states[4 * i] > 0 ? 2 : 0) ? 1f : 0f)];
            network.Invoke("train", states, actions, rewards);
        }
        var policy = ((TensorView<float>)network.Invoke("act", new float[] { 1, 0, 0, 0, -1, 0, 0, 0 })[0]).ToArray();
        policy[2].ShouldBeGreaterThan(0.6f);
        policy[3].ShouldBeGreaterThan(0.6f);
    }

    [Fact]
    public void A_tied_weight_is_one_param_that_learns_from_both_of_its_uses()
    {
        var network = Create("""
            network Tied(words = 6, size = 4) {
                input word : i32[N];
                input next : i32[N];
                param table : f32[words, size] = normal(0.3);
                mix    = dense(size);
                logits = tanh(mix(one_hot(word, words) @ table)) @ table.T;
                loss   = cross_entropy(logits, next);
                check parameters == words * size + size * size + size;
                function predict(word)     -> argmax(logits);
                function train(word, next) -> loss minimizing loss with adam(0.05);
            }
            """);
        int[] words = [0, 1, 2, 3, 4, 5], next = [1, 2, 3, 4, 5, 0];
        for (int step = 0; step < 300; step++)
            network.Invoke("train", words, next);
        ((TensorView<int>)network.Invoke("predict", words)[0]).ToArray().ShouldBe(next);
    }

    [Fact]
    public void Bounds_hold_each_element_and_a_norm_all_together()
    {
        var network = Create("""
            network Clipped {
                input slope : f32[4];
                param w : f32[4] = zeros;
                param v : f32[2] = zeros;
                loss = sum(slope * w) + sum(slope[:2] * v);
                function bounds(slope) -> loss minimizing loss over w with sgd(1) clipping -0.5 .. 2;
                function norm(slope)   -> loss minimizing loss with sgd(1) clipping 1.0;
                function each(slope, limit) -> loss
                    minimizing loss over w with sgd(1) clipping -limit .. limit
                    minimizing loss over v with sgd(1) clipping limit;
            }
            """);
        float[] slope = [-3, 0.25f, 1, 4];
        network.Invoke("bounds", [slope]);
        network.Values<float>("w").ToArray().ShouldBe([0.5f, -0.25f, -1, -2]);

        network.Initialize(1);
        network.Invoke("norm", [slope]);
        double length = Math.Sqrt(9 + 0.0625 + 1 + 16 + 9 + 0.0625);
        network.Values<float>("v")[0].ShouldBe((float)(3 / length), 1e-6f);
        network.Values<float>("w")[3].ShouldBe((float)(-4 / length), 1e-6f);

        network.Initialize(1);
        network.Invoke("each", slope, 1f);
        network.Values<float>("w").ToArray().ShouldBe([1, -0.25f, -1, -1]);
        network.Values<float>("v")[0].ShouldBe((float)(3 / Math.Sqrt(9.0625)), 1e-6f);
    }
}
