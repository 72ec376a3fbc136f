using NetCompiler.CommandLine.Execution;
using NetCompiler.Runtime;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>States that take the sizes of each call, in compiled networks.</summary>
public sealed class SizedStateTests
{
    const string Program = """
        layer counted(x) { state calls : f32 = 0; return x + 0 * calls; }
        network Totals {
            input x : f32[N, 3];
            param scale : f32[3] = ones;
            state total : f32[N, 3] = zeros;
            state twice : f32[2 * N] = 1;
            next = total + counted(x) * scale;
            function add(x)   -> next updates { total = next; }
            function both(x)  -> sum(twice) updates { total = next; twice = 2 * twice; }
            function train(x) -> mean(next ** 2) minimizing mean(next ** 2) with sgd(rate: 0.1, momentum: 0.5) updates { total = next; }
        }
        """;

    static Network Create()
    {
        var compilation = Compilation.Create(new SourceText("totals.net", Program), _ => null, new CompilerOptions());
        compilation.Diagnostics.ShouldBeEmpty();
        return CompiledNetwork.Compile(compilation.Emit()).Create("Totals", seed: 3, new WorkerPool(1));
    }

    [Fact]
    public void A_state_of_symbolic_size_is_kept_while_the_size_stays_and_starts_anew_when_it_changes()
    {
        var network = Create();
        float[] Add(params float[] x) => [.. ((TensorView<float>)network.Invoke("add", x)[0]).ToArray()];
        Add(1, 2, 3).ShouldBe([1, 2, 3]);
        Add(1, 2, 3).ShouldBe([2, 4, 6]);
        Add(1, 2, 3, 4, 5, 6).ShouldBe([1, 2, 3, 4, 5, 6]);
        Add(1, 1, 1, 1, 1, 1).ShouldBe([2, 3, 4, 5, 6, 7]);
        network.Reset();
        Add(1, 1, 1, 1, 1, 1).ShouldBe([1, 1, 1, 1, 1, 1]);
        Add(1, 2, 3).ShouldBe([1, 2, 3]);

        // Two functions share the state, each resizing what it reads or updates.
        network.Invoke("both", new float[] { 1, 1, 1 })[0].ShouldBe(2f);
        network.Invoke("both", new float[] { 1, 1, 1 })[0].ShouldBe(4f);
        Add(0, 0, 0).ShouldBe([3, 4, 5]);
        network.Invoke("both", new float[6])[0].ShouldBe(4f);
        network["twice"].ToString().ShouldBe("twice : f32[4]");
    }

    [Fact]
    public void Only_states_of_the_network_itself_are_reset()
    {
        var network = Create();
        network.Invoke("train", new float[] { 1, 2, 3 });
        network.Variables.Select(variable => $"{variable.Name} {variable.Kind}").ShouldBe(
            ["scale Parameter", "total State", "twice State", "next.calls Statistic", "train.scale.v Moment"], ignoreOrder: true);
        float[] velocity = network.Values<float>("train.scale.v").ToArray();
        velocity.ShouldContain(value => value != 0);
        network.Reset();
        network.Values<float>("train.scale.v").ToArray().ShouldBe(velocity);
        network.Values<float>("total").ToArray().ShouldBe([0, 0, 0]);
    }

    [Fact]
    public void An_argument_that_does_not_fit_leaves_the_state_as_it_was()
    {
        var network = Create();
        network.Invoke("add", new float[] { 1, 2, 3 });
        Should.Throw<ArgumentException>(() => network.Invoke("add", new float[7]));
        network.Values<float>("total").ToArray().ShouldBe([1, 2, 3]);
    }
}
