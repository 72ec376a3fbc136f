using System.Collections.Immutable;
using NetCompiler.Algorithms;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Runtime;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.EndToEnd.Tests;

public sealed class TuningTests : IDisposable
{
    readonly Netc _netc = new();

    public void Dispose() => _netc.Dispose();

    const string Program = """
        network Small {
            input x : f32[N, 16, 8, 8];
            y = x |> conv2d(16, kernel: 3, pad: 1) |> relu |> conv2d(16, kernel: 1);
            loss = mean(y ** 2);
            function predict(x) -> y;
            function train(x) -> loss minimizing loss with sgd(0.1);
        }

        """;

    [Fact]
    public void Tune_records_every_kernel_and_explain_tells_what_came_of_it()
    {
        _netc.Write("small.net", Program);
        var tuned = _netc.Run("tune", "small.net", "--budget", "60s", "--threads", "1");
        tuned.ExitCode.ShouldBe(0, tuned.All);
        tuned.Output.ShouldContain($"small.tune.json: ");
        var record = TuningRecord.Parse(new SourceText("small.tune.json", _netc.Read("small.tune.json")), problem => throw new InvalidOperationException(problem.ToString())).ShouldNotBeNull();
        record.Machine.ShouldBe(MachineName.Current);
        record.Threads.ShouldBe(1);
        var signatures = Compile(null).Outline.Items.Single().Functions.Items.SelectMany(function => Compile(null).Kernels("Small", function.Name)).Select(kernel => kernel.Signature).Distinct().ToList();
        signatures.Count.ShouldBeGreaterThan(3);
        record.Kernels.Keys.Order().ShouldBe(signatures.Order());
        // Variants of what was nearly the fastest are measured too.
        record.Kernels.Values.ShouldContain(kernel => kernel.Milliseconds.Keys.Any(name => name.Contains('-')));
        foreach (var kernel in record.Kernels.Values)
        {
            kernel.Milliseconds.Values.ShouldAllBe(time => time > 0 && time < 10_000);
            // Within what counts as noise, the fastest of those that read images in the same layout: to convert them costs more than the record says.
            double fastest = kernel.Milliseconds.Where(time => (time.Key == "im2col") == (kernel.Algorithm == "im2col")).Min(time => time.Value);
            kernel.Milliseconds[kernel.Algorithm].ShouldBeLessThanOrEqualTo(fastest * 1.04 + 0.0011);
        }
        var explained = _netc.Run("explain", "small.net", "--function", "predict");
        explained.ExitCode.ShouldBe(0, explained.All);
        explained.Error.ShouldBeEmpty();
        explained.Output.ShouldContain("chosen by the tuning record");
        explained.Output.ShouldContain("measured: small.tune.json, on 1 thread");
        // Tuning one function keeps what is known of the others.
        _netc.Run("tune", "small.net", "--budget", "20s", "--threads", "1", "--function", "predict").ExitCode.ShouldBe(0);
        TuningRecord.Parse(new SourceText("small.tune.json", _netc.Read("small.tune.json")), _ => { })!.Kernels.Keys.Order().ShouldBe(signatures.Order());
    }

    [Fact]
    public void Code_for_gpus_is_explained_where_there_is_none_and_run_only_where_there_is_one()
    {
        _netc.Write("small.net", Program);
        var explained = _netc.Run("explain", "small.net", "--device", "gpu", "--function", "predict");
        explained.ExitCode.ShouldBe(0, explained.All);
        explained.Output.ShouldContain("implicit-gemm");
        explained.Output.ShouldContain("run 'netc tune small.net --device gpu'");
        // No machine has so many.
        var refused = _netc.Run("tune", "small.net", "--device", "gpu:99");
        refused.ExitCode.ShouldBe(1, refused.All);
        refused.Error.Trim().Split('\n').ShouldHaveSingleItem().ShouldContain("GPU");
        _netc.Run("bench", "small.net", "--device", "nowhere").ExitCode.ShouldBe(2);
        Directory.GetFiles(_netc.Folder, "*.tune.json").ShouldBeEmpty();
    }

    [Fact]
    public void Without_a_record_explain_gives_the_prediction_and_verify_holds_every_choice()
    {
        _netc.Write("small.net", Program);
        var explained = _netc.Run("explain", "small.net", "--memory");
        explained.ExitCode.ShouldBe(0, explained.All);
        explained.Output.ShouldContain("fastest by prediction");
        explained.Output.ShouldContain("run 'netc tune small.net'");
        foreach (var name in ConvolutionAlgorithms.All.Select(algorithm => algorithm.Family).Append("variants -pixels").Append("-channels").Append("-1200k").Append("-30k"))
            explained.Output.ShouldContain(name);
        _netc.Run("verify", "small.net").ExitCode.ShouldBe(0);
    }

    [Fact]
    public void Equal_kernels_that_are_allowed_different_errors_are_tuned_within_the_least()
    {
        const string program = """
            network Two {
                input x : f32[N, 64, 28, 28];
                y = x |> conv2d(64, kernel: 3, pad: 1, error: 1e-3) |> relu |> conv2d(64, kernel: 3, pad: 1, error: 1e-12);
                function predict(x) -> y;
            }

            """;
        var kernels = Compilation.Create(new SourceText("two.net", program), _ => null, new CompilerOptions()).Kernels("Two", "predict");
        kernels.Select(kernel => kernel.Signature).Distinct().ShouldHaveSingleItem();
        kernels[0].Error.ShouldBeGreaterThan(0);
        _netc.Write("two.net", program);
        var tuned = _netc.Run("tune", "two.net", "--budget", "0.1s", "--threads", "1");
        tuned.ExitCode.ShouldBe(0, tuned.All);
        foreach (var name in Read("two.tune.json").Kernels.Values.ShouldHaveSingleItem().Milliseconds.Keys)
            kernels[0].Candidates.Single(candidate => candidate.Name == name).Error.ShouldBe(0);
    }

    [Theory]
    [InlineData("x", "B=3", 3)]
    [InlineData("concat([x, x])", "B=3", 6)]
    [InlineData("x", null, 1)]
    public void A_symbolic_batch_is_measured_at_the_given_size_whatever_its_name(string images, string? size, long measured)
    {
        _netc.Write("named.net", $$"""
            network Named {
                input x : f32[B, 16, 6, 6];
                y = {{images}} |> conv2d(16, kernel: 3, pad: 1);
                function predict(x) -> y;
            }

            """);
        var tuned = _netc.Run(["tune", "named.net", "--budget", "0.1s", "--threads", "1", .. size is null ? Array.Empty<string>() : ["--size", size]]);
        tuned.ExitCode.ShouldBe(0, tuned.All);
        Read("named.tune.json").Kernels.Values.ShouldHaveSingleItem().Batch.ShouldBe(measured);
    }

    [Theory]
    [InlineData("no record", "small.tune.json cannot be read as a tuning record: it is replaced")]
    [InlineData("""{ "format": 1, "machine": "another", "threads": 2, "kernels": {} }""", "small.tune.json was measured on another, 2 threads: it is replaced")]
    public void Tune_says_that_it_replaces_a_record_that_it_cannot_keep(string record, string remark)
    {
        _netc.Write("small.net", Program);
        _netc.Write("small.tune.json", record);
        var tuned = _netc.Run("tune", "small.net", "--budget", "0.05s", "--threads", "1", "--function", "predict");
        tuned.ExitCode.ShouldBe(0, tuned.All);
        tuned.Error.ShouldContain(remark);
        Read("small.tune.json").Machine.ShouldBe(MachineName.Current);
    }

    TuningRecord Read(string path) =>
        TuningRecord.Parse(new SourceText(path, _netc.Read(path)), problem => throw new InvalidOperationException(problem.ToString())).ShouldNotBeNull();

    [Theory]
    [InlineData("0", 0)]
    [InlineData("-0.5", -0.5)]
    [InlineData("12e+2", 1200)]
    [InlineData("1.25E-1", 0.125)]
    public void Numbers_of_JSON_are_read(string text, double value) => JsonReader.Read(text).Value.ShouldNotBeNull().Value.ShouldBe(value);

    [Theory]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("+1")]
    [InlineData("01")]
    [InlineData(".5")]
    [InlineData("1.")]
    [InlineData("1e")]
    [InlineData("1e999")]
    [InlineData("True")]
    public void What_other_languages_take_for_numbers_is_no_JSON(string text)
    {
        var (value, problem, place) = JsonReader.Read(text);
        value.ShouldBeNull();
        problem.ShouldBe($"'{text}' is no value of JSON");
        place.Start.ShouldBe(0);
    }

    [Theory]
    [InlineData("\"\\u 1a \"", 2)]
    [InlineData("\"\\u+123\"", 2)]
    [InlineData("\"\\x\"", 2)]
    public void Escapes_that_JSON_lacks_are_errors_at_their_letter(string text, int at)
    {
        var (value, problem, place) = JsonReader.Read(text);
        value.ShouldBeNull();
        problem.ShouldBe("this is no escape of JSON");
        place.Start.ShouldBe(at);
    }

    [Fact]
    public void Names_with_any_character_survive_the_record()
    {
        string name = string.Concat(Enumerable.Range(0, 128).Select(code => (char)code)) + "é";
        var record = new TuningRecord(name, 1, ImmutableSortedDictionary<string, TunedKernel>.Empty);
        record.Print().Any(letter => letter < ' ' && letter != '\n').ShouldBeFalse();
        TuningRecord.Parse(new SourceText("a.tune.json", record.Print()), problem => throw new InvalidOperationException(problem.ToString())).ShouldNotBeNull().Machine.ShouldBe(name);
    }

    [Fact]
    public void Equal_records_have_equal_texts_that_are_read_back()
    {
        const string text = "{\n  \"format\": 1,\n  \"machine\": \"a \\\"b\\\"\",\n  \"threads\": 2,\n  \"kernels\": {\n    \"conv2d forward f32 [1,2]\": {\n      \"choose\": \"direct\", \"batch\": 16, \"ms\": { \"direct\": 0.123, \"im2col\": 45.7 }\n    },\n    \"z\": {\n      \"choose\": \"x\", \"ms\": {  }\n    }\n  }\n}\n";
        var record = TuningRecord.Parse(new SourceText("a.tune.json", text), problem => throw new InvalidOperationException(problem.ToString())).ShouldNotBeNull();
        record.Print().ShouldBe(text);
        record.Machine.ShouldBe("a \"b\"");
        record.Kernels["conv2d forward f32 [1,2]"].Milliseconds["im2col"].ShouldBe(45.7);
    }

    [Theory]
    [InlineData("", "(1,1)", "a value is missing here")]
    [InlineData("{", "(1,2)", "a name in quotes is missing here")]
    [InlineData("{ \"format\": 1,\n  \"machine\" \"m\" }", "(2,13)", "':' is missing here")]
    [InlineData("{ \"format\": 1 } x", "(1,17)", "nothing may follow")]
    [InlineData("[1]", "(1,1)", "it must be an object")]
    [InlineData("{ \"format\": 2 }", "(1,13)", "this version reads")]
    [InlineData("{ \"format\": 1, \"machine\": 3 }", "(1,27)", "\"machine\" must be a text")]
    [InlineData("{ \"format\": 1, \"machine\": \"m\", \"threads\": 1, \"kernels\": { \"k\": {} } }", "(1,64)", "\"choose\" must be")]
    [InlineData("{ \"format\": 1, \"machine\": \"m\", \"threads\": 0 }", "(1,43)", "\"threads\" must be a whole number from 1 to 4096")]
    [InlineData("{ \"format\": 1, \"machine\": \"m\", \"threads\": 1.5 }", "(1,43)", "\"threads\" must be a whole number from 1 to 4096")]
    [InlineData("{ \"format\": 1, \"machine\": \"m\", \"threads\": 1e30 }", "(1,43)", "\"threads\" must be a whole number from 1 to 4096")]
    [InlineData("{ \"format\": 1, \"machine\": \"m\", \"threads\": 1, \"kernels\": { \"k\": { \"choose\": \"a\", \"batch\": -1 } } }", "(1,90)", "\"batch\" must be")]
    [InlineData("{ \"format\": 1, \"machine\": \"m\", \"threads\": 1, \"kernels\": { \"k\": { \"choose\": \"a\", \"ms\": { \"a\": -1 } } } }", "(1,94)", "at least 0")]
    public void A_malformed_record_is_an_error_at_its_place(string text, string place, string problem)
    {
        var found = Compile(text).Diagnostics.Items.ShouldHaveSingleItem();
        found.Code.ShouldBe("NETC4001");
        found.Location.ToString().ShouldBe("small.tune.json" + place);
        found.Message.ShouldContain(problem);
        Compile(text).HasErrors.ShouldBeTrue();
    }

    [Fact]
    public void A_record_of_another_machine_is_reported_and_ignored_where_the_machine_is_known()
    {
        string record = Record("here", Signature, "im2col");
        Compile(record, "there").Diagnostics.Items.ShouldHaveSingleItem().Code.ShouldBe("NETC4002");
        Compile(record, "there").Networks[0].Choices.ShouldBeEmpty();
        foreach (var machine in (string?[])["here", null])
        {
            Compile(record, machine).Diagnostics.Items.ShouldBeEmpty();
            Compile(record, machine).Networks[0].Choices.ShouldContainKey(Signature);
        }
    }

    [Fact]
    public void Outdated_and_impossible_choices_are_reported_and_ignored()
    {
        var outdated = Compile(Record("m", "conv2d forward f32 [N=1,3,8,8]*[16,3,3,3]", "im2col"));
        outdated.Diagnostics.Items.ShouldHaveSingleItem().Code.ShouldBe("NETC4003");
        outdated.HasErrors.ShouldBeFalse();
        outdated.Networks[0].Choices.ShouldBeEmpty();
        var impossible = Compile(Record("m", Signature, "magic"));
        var found = impossible.Diagnostics.Items.ShouldHaveSingleItem();
        found.Code.ShouldBe("NETC4004");
        found.Message.ShouldContain("there is no such algorithm");
        impossible.Networks[0].Choices.ShouldBeEmpty();
    }

    [Fact]
    public void Every_algorithm_of_every_pass_can_be_timed()
    {
        using var pool = new WorkerPool(2);
        int timed = 0;
        foreach (var pass in Enum.GetValues<ConvolutionPass>())
        {
            foreach (var (channels, kernel, groups) in new[] { (16, 3, 1), (16, 1, 1), (16, 3, 16), (3, 5, 1) })
            {
                var window = new ConvolutionWindow(1, 1, kernel / 2, kernel / 2, kernel / 2, kernel / 2, 1, 1, groups);
                var problem = new ConvolutionProblem(pass, DType.F32, window, 2, channels, 9, 9, 16, kernel, kernel);
                timed += Timed(pool, problem);
            }
        }
        timed.ShouldBeGreaterThanOrEqualTo(12);
    }

    [Fact]
    public void Another_layout_than_the_planned_one_costs_the_way_there()
    {
        using var pool = new WorkerPool(1);
        var bench = KernelBench.Of(pool, new ConvolutionProblem(ConvolutionPass.Forward, DType.F32, new ConvolutionWindow(1, 1, 1, 1, 1, 1, 1, 1, 1), 2, 16, 30, 30, 32, 3, 3));
        bench.Conversions("direct", "winograd4").ShouldBe(0);
        // 2 x 48 channels of 900 places are moved, at less than a terabyte a second.
        bench.Conversions("direct", "im2col").ShouldBeGreaterThan(2 * 48 * 900 * 8 / 1e12 * 1e3);
        bench.Conversions("im2col", "direct").ShouldBe(bench.Conversions("direct", "im2col"));
    }

    [Fact]
    public void Every_algorithm_of_a_product_can_be_timed()
    {
        using var pool = new WorkerPool(2);
        Timed(pool, new ProductProblem(5, 40, 300, TransposesLeft: false, TransposesRight: false, IsShared: true)).ShouldBe(ProductAlgorithm.All.Length - 1);
        // What is transposed is not read in place.
        Timed(pool, new ProductProblem(5, 40, 300, TransposesLeft: true, TransposesRight: true, IsShared: false)).ShouldBe(7);
        Timed(pool, new ProductProblem(3072, 3072, 3072, TransposesLeft: false, TransposesRight: false, IsShared: false)).ShouldBe(ProductAlgorithm.All.Length - 1);
    }

    static int Timed(WorkerPool pool, KernelProblem problem)
    {
        var algorithms = problem.Candidates(1).Where(candidate => candidate.IsAdmissible).Select(candidate => candidate.Name).ToList();
        var times = KernelBench.Of(pool, problem).Measure(algorithms, 0.001, CancellationToken.None);
        times.Keys.ShouldBe(algorithms, ignoreOrder: true);
        times.Values.ShouldAllBe(time => time > 0 && double.IsFinite(time));
        return times.Count;
    }

    [Theory]
    [InlineData("forward", "direct-channels", "predict", "new ConvolutionBlocking(0, ConvolutionCut.Channels)")]
    [InlineData("forward", "winograd4-300k", "predict", "new ConvolutionBlocking(300, ConvolutionCut.Automatic)")]
    [InlineData("backward-filter", "direct-pixels", "train", "new ConvolutionBlocking(0, ConvolutionCut.Pixels)")]
    [InlineData("backward-filter", "winograd2-1200k", "train", "new ConvolutionBlocking(1200, ConvolutionCut.Automatic)")]
    public void The_choice_of_a_record_is_in_the_call_of_a_convolution(string pass, string algorithm, string function, string call)
    {
        string signature = $"conv2d {pass} f32 [N={(function == "train" ? 16 : 1)},16,8,8]*[16,16,3,3] pad=1";
        Text(Compile(null)).ShouldNotContain("ConvolutionBlocking");
        var tuned = Compile(Record("m", signature, algorithm));
        tuned.Diagnostics.Items.ShouldBeEmpty();
        tuned.Kernels("Small", function).Single(kernel => kernel.Signature == signature).Algorithm.ShouldBe(algorithm);
        Text(tuned).ShouldContain(call);

        string Text(Compilation compilation) =>
            string.Concat(compilation.Emit().Items.Where(file => file.Name.Contains(function, StringComparison.OrdinalIgnoreCase)).Select(file => file.Text));
    }

    [Fact]
    public void A_variant_of_another_pass_is_reported_and_ignored()
    {
        var refused = Compile(Record("m", Signature, "direct-30k"));
        refused.Diagnostics.Items.ShouldHaveSingleItem().Message.ShouldContain("it does not compute");
        refused.Networks[0].Choices.ShouldBeEmpty();
    }

    const string Products = """
        network Dense {
            input x : f32[N, 300]; input y : f32[300, 130]; input big : f32[3072, 3072]; input xs : f32[5, N, 300];
            param w : f32[300, 130] = normal(0.1); param u : f32[130, 130] = normal(0.1);
            h, last = scan a in xs from s = zeros([N, 130]) { s = tanh(a @ w + s @ u); yield s; };
            function predict(x) -> relu(x @ w);
            function given(x, y) -> x @ y;
            function square(big) -> big @ big;
            function recur(xs) -> last;
            function train(x) -> mean(x @ w) minimizing mean(x @ w) with sgd(0.1);
        }

        """;

    static Compilation Dense(string? signature, string algorithm) => Compilation.Create(
        new SourceText("dense.net", Products), _ => null,
        new CompilerOptions { Tuning = signature is null ? null : new SourceText("dense.tune.json", Record("m", signature, algorithm)) });

    [Theory]
    [InlineData("matmul f32 [N=1,300]*[300,130] shared", "gemm-9x48-copy-256", "predict", "new GemmBlocking(3, true, 256)")]
    [InlineData("matmul f32 [N=1,300]*[300,130] shared", "packed", "predict", "Gemm.MultiplyPacked(")]
    [InlineData("matmul f32 [N=1,300]*[300,130]", "gemm-14x32", "given", "new GemmBlocking(2, false, 0)")]
    [InlineData("matmul f32 [3072,3072]*[3072,3072]", "gemm-6x64-copy", "square", "new GemmBlocking(4, true, 0)")]
    public void The_choice_of_a_record_is_in_the_call_of_a_product(string signature, string algorithm, string function, string call)
    {
        Dense(null, "").Kernels("Dense", function).Select(kernel => kernel.Signature).ShouldContain(signature);
        var tuned = Dense(signature, algorithm);
        tuned.Diagnostics.Items.ShouldNotContain(found => found.Code.StartsWith("NETC40", StringComparison.Ordinal));
        tuned.Kernels("Dense", function).Single(kernel => kernel.Signature == signature).Algorithm.ShouldBe(algorithm);
        string text = string.Concat(tuned.Emit().Items.Where(file => file.Name.Contains(function, StringComparison.OrdinalIgnoreCase)).Select(file => file.Text));
        text.ShouldContain(call);
    }

    [Theory]
    [InlineData("matmul f32 [N=1,300]*[300,130]", "packed", "it does not compute")]
    [InlineData("matmul f32 [3072,3072]*[3072,3072]", "strassen", "it may be wrong by")]
    public void A_product_is_not_computed_as_it_may_not_be(string signature, string algorithm, string reason)
    {
        var tuned = Dense(signature, algorithm);
        var found = tuned.Diagnostics.Items.Single(diagnostic => diagnostic.Code == "NETC4004");
        found.Message.ShouldContain(reason);
        tuned.Networks[0].Choices.ShouldBeEmpty();
    }

    [Fact]
    public void Products_of_the_steps_of_a_scan_are_kernels_too()
    {
        var kernels = Dense(null, "").Kernels("Dense", "recur");
        kernels.Select(kernel => kernel.Algorithm).ShouldContain("packed");
        kernels.Length.ShouldBeGreaterThanOrEqualTo(2);
    }

    const string Signature = "conv2d forward f32 [N=1,16,8,8]*[16,16,3,3] pad=1";

    static string Record(string machine, string signature, string algorithm) =>
        $$"""{ "format": 1, "machine": "{{machine}}", "threads": 1, "kernels": { "{{signature}}": { "choose": "{{algorithm}}" } } }""";

    static Compilation Compile(string? record, string? machine = null) => Compilation.Create(
        new SourceText("small.net", Program), _ => null, new CompilerOptions { Tuning = record is null ? null : new SourceText("small.tune.json", record), Machine = machine });
}
