using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests.Networks;

public class NetworkTests
{
    [Fact]
    public void Variables_are_found_by_name_and_a_near_miss_is_suggested()
    {
        var network = new TestNetwork();
        network["dense.weight"].ShouldBeSameAs(network.Weight);
        Should.Throw<KeyNotFoundException>(() => network["dense.wieght"]).Message.ShouldBe("TestNetwork has no variable 'dense.wieght'; did you mean 'dense.weight'?");
        Should.Throw<KeyNotFoundException>(() => network["completely.else"]).Message.ShouldNotContain("did you mean");
    }

    [Fact]
    public void Values_are_the_variables_own_and_their_type_must_be_named_rightly()
    {
        var network = new TestNetwork();
        network.Values<float>("dense.weight")[3] = 42;
        network.Weight.Span[3].ShouldBe(42);
        Should.Throw<ArgumentException>(() => network.Values<double>("dense.weight")[0]).Message.ShouldStartWith("the elements of dense.weight : f32[5, 7] are not of type f64");
    }

    [Fact]
    public void Fingerprints_are_equal_for_equal_bits_and_change_with_any_variable()
    {
        var network = new TestNetwork(seed: 3);
        var fingerprint = network.Fingerprint();
        fingerprint.ShouldMatch("^[0-9a-f]{16}$");
        new TestNetwork(seed: 3).Fingerprint().ShouldBe(fingerprint);
        network.Steps.Span[0]++;
        network.Fingerprint().ShouldNotBe(fingerprint);
    }

    [Fact]
    public void Parameters_are_the_variables_of_that_kind() =>
        new TestNetwork().Parameters.Select(variable => variable.Name).ShouldBe(["dense.weight", "dense.bias", "wide"]);

    [Fact]
    public void Storage_is_aligned_to_cache_lines() =>
        new TestNetwork().Weight.Pointer.Address.ShouldSatisfyAllConditions(address => (address % 64).ShouldBe((nint)0));

    [Fact]
    public void Reset_gives_states_their_first_values_and_leaves_parameters_alone()
    {
        var network = new TestNetwork();
        network.Weight.Span[0] = 99;
        network.Steps.Span[0] = 99;
        network.Reset("other.*");
        network.Steps.Span[0].ShouldBe(99);
        network.Reset();
        network.Steps.Span[0].ShouldBe(0);
        network.Weight.Span[0].ShouldBe(99);
    }

    [Fact]
    public void What_layers_and_optimizers_keep_is_reset_only_when_asked_for()
    {
        var network = new SizedNetwork();
        foreach (string name in new[] { "mean", "velocity", "count" })
            network.Values<float>(name)[0] = 99;
        network.Reset();
        network.Values<float>("mean")[0].ShouldBe(99);
        network.Values<float>("velocity")[0].ShouldBe(99);
        network.Values<float>("count")[0].ShouldBe(0);
        network.Reset(VariableKind.Moment, "vel*");
        network.Values<float>("mean")[0].ShouldBe(99);
        network.Values<float>("velocity")[0].ShouldBe(0);
    }

    [Fact]
    public void A_state_that_follows_the_calls_starts_anew_when_its_size_changes()
    {
        var network = new SizedNetwork();
        network.Hidden.ToString().ShouldBe("hidden : f32[0, 3]");
        network.Call(2);
        network.Hidden.Span.ToArray().ShouldBe([0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f]);
        network.Hidden.Span[5] = 7;
        network.Call(2);
        network.Hidden.Span[5].ShouldBe(7);
        foreach (int size in new[] { 3, 1, 2, 0 })
        {
            network.Hidden.Span.Fill(7);
            network.Call(size);
            network.Hidden.ToString().ShouldBe($"hidden : f32[{size}, 3]");
            network.Hidden.Span.ToArray().ShouldBe([.. Enumerable.Repeat(0.5f, 3 * size)]);
        }
        network.Call(2);
        network.Hidden.Span.Fill(7);
        network.Reset();
        network.Hidden.Span.ToArray().ShouldBe([.. Enumerable.Repeat(0.5f, 6)]);
        Should.Throw<ArgumentException>(() => network.Call(2, 4)).Message.ShouldStartWith("hidden of shape [_, 3] cannot take the shape [2, 4]");
    }

    [Fact]
    public void Initialize_gives_the_values_that_a_new_network_with_that_seed_has()
    {
        var network = new TestNetwork(seed: 1);
        network.Initialize(2);
        network.Seed.ShouldBe(2ul);
        network.Weight.Span.ToArray().ShouldBe(new TestNetwork(seed: 2).Weight.Span.ToArray());
        network.Weight.Span.ToArray().ShouldNotBe(new TestNetwork(seed: 1).Weight.Span.ToArray());
    }

    [Fact]
    public void A_function_is_called_by_name()
    {
        var results = new TestNetwork().Invoke("double", new float[] { 1, 2 });
        results.ShouldHaveSingleItem().ShouldBeOfType<TensorView<float>>().ToArray().ShouldBe([2f, 4]);
    }

    [Fact]
    public void Calls_by_name_that_do_not_fit_are_explained()
    {
        var network = new TestNetwork();
        Should.Throw<ArgumentException>(() => network.Invoke("dubble")).Message.ShouldBe("there is no function 'dubble'; did you mean 'double'?");
        Should.Throw<ArgumentException>(() => network.Invoke("double")).Message.ShouldBe("double takes 1 arguments (x : f32[N]) but was given 0");
        Should.Throw<ArgumentException>(() => network.Invoke("double", new int[2])).Message
            .ShouldBe("'x' takes an array of f32 values (Single[]) but was given Int32[] of 2 values");
    }
}

public class ArgumentsTests
{
    [Fact]
    public void A_dimension_is_solved_from_the_length()
    {
        Arguments.SolveDimension("image", 784 * 3, 784, "[N, 1, 28, 28]", "N").ShouldBe(3);
        Should.Throw<ArgumentException>(() => Arguments.SolveDimension("image", 1000, 784, "[N, 1, 28, 28]", "N")).Message
            .ShouldBe("'image' has 1000 values, which is not a multiple of 784: its shape is [N, 1, 28, 28]");
        Arguments.SolveDimension("image", 0, 784, "[N, 1, 28, 28]", "N").ShouldBe(0);
        Arguments.SolveDimension("image", 0, 0, "[N, M]", "N").ShouldBe(0);
        Should.Throw<ArgumentException>(() => Arguments.SolveDimension("image", 3, 0, "[N, M]", "N")).Message
            .ShouldBe("'image' has 3 values but its shape [N, M] holds none, whatever N is");
    }

    [Fact]
    public void A_wrong_length_names_both_shapes()
    {
        Arguments.CheckLength("label", 64, 64, "[N]", "[64]");
        Should.Throw<ArgumentException>(() => Arguments.CheckLength("label", 63, 64, "[N]", "[64]")).Message
            .ShouldBe("'label' has 63 values but its shape [N], here [64], holds 64");
        Should.Throw<ArgumentException>(() => Arguments.CheckLength("label", 63, "[N, 2]", 64, 2)).Message
            .ShouldBe("'label' has 63 values but its shape [N, 2], here [64, 2], holds 128");
        Should.Throw<ArgumentException>(() => Arguments.CheckLength("w", 1, 2, "[2]", "[2]")).Message
            .ShouldBe("'w' has 1 values but its shape [2] holds 2");
    }

    [Fact]
    public void A_broken_constraint_is_named_with_its_numbers()
    {
        Arguments.CheckEqual("{0} and {1} differ", 3, 3);
        Arguments.CheckAtMost("{0} exceeds {1}", 3, 3);
        Should.Throw<ArgumentException>(() => Arguments.CheckEqual("'+' at {a}.net(1,2) gets {0} and {1}", 3, 4)).Message.ShouldBe("'+' at {a}.net(1,2) gets 3 and 4");
        Should.Throw<ArgumentException>(() => Arguments.CheckAtMost("{0} exceeds {1}", 4, 3)).Message.ShouldBe("4 exceeds 3");
    }

    [Fact]
    public void Scalars_convert_only_where_nothing_is_lost_but_digits()
    {
        Arguments.Scalar<float>("rate", 0.5).ShouldBe(0.5f);
        Arguments.Scalar<float>("rate", 2).ShouldBe(2f);
        Arguments.Scalar<double>("rate", 0.5f).ShouldBe(0.5);
        Arguments.Scalar<long>("count", 2).ShouldBe(2);
        Should.Throw<ArgumentException>(() => Arguments.Scalar<int>("count", 0.5)).Message.ShouldBe("'count' takes a value of type i32 (Int32) but was given 0.5 (Double)");
    }

    [Fact]
    public void Dimensions_of_a_signature_are_numbers_or_unknown()
    {
        new TensorSignature("image", "f32", "[N, 1, 28, 28]").Dimensions.ShouldBe([null, 1, 28, 28]);
        new TensorSignature("x", "f32", "[max(N, M), 2 * N]").Dimensions.ShouldBe([null, null]);
        new TensorSignature("rate", "f32", "").Dimensions.ShouldBeEmpty();
        new TensorSignature("rate", "f32", "[]").Dimensions.ShouldBeEmpty();
        new TensorSignature("image", "f32", "[N]").ShouldBe(new TensorSignature("image", "f32", "[N]"));
    }
}
