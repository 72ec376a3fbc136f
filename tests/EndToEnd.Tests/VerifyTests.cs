using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NetCompiler.CommandLine.Execution;
using NetCompiler.CommandLine.Verification;
using NetCompiler.Runtime;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.EndToEnd.Tests;

public sealed class VerifyTests : IDisposable
{
    readonly Netc _netc = new();

    public void Dispose() => _netc.Dispose();

    /// <summary>Blocked and planar convolutions, folds, random numbers, a recurrence, updates in place.</summary>
    const string Mixed = """
        network Mixed {
            input x : f32[N, 3, 10, 10];
            input label : i32[N];

            c = x |> conv2d(20, kernel: 3, pad: 1) |> batch_norm |> relu |> conv2d(24, kernel: 3, pad: 1) |> relu |> max_pool2d(2);
            s = c |> flatten |> dropout(0.3) |> dense(12) |> tanh;
            hs, last = scan t in 0 .. 5 from h = s { h = tanh(h * 0.5 + s); yield h; };
            logits = last |> dense(5);
            loss = cross_entropy(logits, label);

            function predict(x) -> softmax(logits);
            function train(x, label) -> loss minimizing loss with adam;
        }

        """;

    [Fact]
    public void Compiled_code_is_what_the_program_means()
    {
        var result = _netc.Run("verify", _netc.Write("mixed.net", Mixed), "--threads", "2");
        result.ExitCode.ShouldBe(0, result.All);
        result.Output.ShouldNotContain("FAILED");
        result.Output.ShouldContain("steps compared with the reference on what each read");
        result.Output.ShouldContain("ok  'softmax' is within ");
        result.Output.ShouldContain("ok  gradients of 'loss' agree with differences at ");
    }

    /// <summary>Convolutions pooled as they are made, in disjoint windows and in windows that share rows; averages over pixels and over channels.</summary>
    const string Pooled = """
        network Pooled {
            input x : f32[N, 3, 30, 29];
            h = x |> conv2d(20, kernel: 5, stride: 2) |> relu |> max_pool2d(3, stride: 2, ceil: true);
            k = h |> conv2d(24, kernel: 3, pad: 1) |> relu |> max_pool2d(2) |> local_response_norm(alpha: 0.1);
            y = k |> conv2d(18, kernel: 3, pad: 1) |> avg_pool2d(3, stride: 1, pad: 1) |> flatten |> dense(4);
            function predict(x) -> y;
        }

        """;

    [Fact]
    public void What_is_pooled_as_it_is_made_is_within_the_errors_of_all_that_it_was_made_of()
    {
        var result = _netc.Run("verify", _netc.Write("pooled.net", Pooled), "--threads", "2");
        result.ExitCode.ShouldBe(0, result.All);
        result.Output.ShouldNotContain("FAILED");
        int pooled = 0;
        Verify(Pooled, "Pooled", "predict", text =>
        {
            pooled = Math.Max(pooled, text.Split("ForwardPooled(").Length - 1);
            return text.Replace("L.Max(", "L.Min(");
        }).Fails.ShouldBeTrue();
        pooled.ShouldBe(2);
    }

    [Theory]
    [InlineData("L.Max(", "L.Min(", "'c'")]
    [InlineData("L.Tanh(", "L.Sigmoid(", "'s'")]
    public void A_kernel_that_computes_something_else_is_named(string right, string wrong, string name)
    {
        var verdict = Verify(Mixed, "Mixed", "predict", text => text.Replace(right, wrong));
        verdict.Fails.ShouldBeTrue();
        var first = verdict.Steps.First(step => step.Fails);
        $"'{first.Step.Name}'".ShouldBe(name);
        first.Step.Line.ShouldBeGreaterThan(0);
        first.Worst.Problem.ShouldNotBeNull();
        // What comes after is right about what it reads, unless it computes the same wrong thing.
        verdict.Steps.Count(step => step.Fails).ShouldBeLessThan(verdict.Steps.Count / 2);
    }

    [Fact]
    public void An_error_in_the_last_digits_is_found()
    {
        // One part in a thousand, of a rectifier's zero or of a sum: far more than rounding explains, and little beside the values.
        var verdict = Verify(Programs.Line, "Line", "train", text => text.Replace("0.1f", "0.1001f"));
        verdict.Steps.Count(step => step.Fails).ShouldBeGreaterThan(0);
    }

    [Fact]
    public void The_first_operator_that_makes_NaN_is_named_with_its_line()
    {
        var file = _netc.Write("nan.net", """
            network Nan {
                input x : f32[N, 4];
                y = x |> dense(3);
                z = log(y - 1000.0);
                function f(x) -> softmax(z);
            }
            """);
        var result = _netc.Run("verify", file);
        result.ExitCode.ShouldBe(1, result.All);
        result.Output.ShouldContain("FAILED  1 of ");
        result.Output.ShouldContain("the first is nan.net(");
        result.Output.ShouldContain("is NaN; it comes of 'log' in line 4, though all that the step reads are numbers");
    }

    [Fact]
    public void A_network_that_is_too_large_is_refused_with_what_to_do()
    {
        var file = _netc.Write("large.net", """
            network Large {
                input x : f32[N, 64, 64, 64];
                function f(x) -> conv2d(x, 512, kernel: 9);
            }
            """);
        var result = _netc.Run("verify", file);
        result.ExitCode.ShouldBe(1, result.All);
        result.Error.ShouldContain("Large.f is too large for the reference");
        result.Error.ShouldContain("--size");
        result.Error.ShouldContain("--patience");
    }

    [Fact]
    public void The_emitted_test_passes_on_the_network_and_fails_on_another()
    {
        _netc.Write("mixed.net", Mixed);
        var result = _netc.Run("verify", "mixed.net", "--emit-test", "MixedCheck.cs");
        result.ExitCode.ShouldBe(0, result.All);
        var test = new EmittedFile("MixedCheck.cs", _netc.Read("MixedCheck.cs"));
        Facts(test, Mixed).ShouldBe(["Predict_gives_what_the_reference_gives: passes", "Train_gives_what_the_reference_gives: passes"]);
        Facts(test, Mixed.Replace("h * 0.5", "h * 0.501")).ShouldBe(["Predict_gives_what_the_reference_gives: fails", "Train_gives_what_the_reference_gives: fails"]);
    }

    static IEnumerable<string> Facts(EmittedFile test, string program)
    {
        var files = Compilation.Create(new SourceText("mixed.net", program), _ => null, new CompilerOptions()).Emit().Items;
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create(
            "emitted-test", files.Append(test).Select(file => CSharpSyntaxTree.ParseText(file.Text, new CSharpParseOptions(LanguageVersion.Preview))), references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release));
        using var image = new MemoryStream();
        var emitted = compilation.Emit(image);
        emitted.Diagnostics.Where(diagnostic => diagnostic.Severity == Microsoft.CodeAnalysis.DiagnosticSeverity.Error || diagnostic.Location.SourceTree?.FilePath == test.Name).ShouldBeEmpty();
        var type = System.Reflection.Assembly.Load(image.ToArray()).GetType("MixedCheck")!;
        foreach (var method in type.GetMethods().Where(method => method.IsDefined(typeof(FactAttribute), false)))
        {
            string outcome = "passes";
            try
            {
                method.Invoke(Activator.CreateInstance(type), null);
            }
            catch (System.Reflection.TargetInvocationException exception) when (exception.InnerException is Xunit.Sdk.XunitException)
            {
                outcome = "fails";
            }
            yield return $"{method.Name}: {outcome}";
        }
    }

    /// <summary>Verifies a function whose C# was changed.</summary>
    static FunctionVerdict Verify(string program, string network, string function, Func<string, string> change)
    {
        var compilation = Compilation.Create(new SourceText("test.net", program), _ => null, new CompilerOptions { Observe = true });
        var files = compilation.Emit().Items;
        files.Any(file => change(file.Text) != file.Text).ShouldBeTrue();
        var compiled = CompiledNetwork.Compile(files.Select(file => file with { Text = change(file.Text) }));
        var symbols = new Dictionary<string, long> { ["N"] = 2 };
        using var pool = new WorkerPool(1);
        var run = new FunctionRun(compiled.Create(network, FunctionVerifier.Seed, pool), function, [.. compilation.Inputs(network, function, symbols).Items], symbols);
        return FunctionVerifier.Run(compilation, network, function, run, symbols, samples: 1);
    }
}
