using System.Collections.Immutable;
using System.Reflection;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Passes;
using NetCompiler.Plan;
using NetCompiler.Runtime;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>Products that end with the loops which read their results first.</summary>
public sealed class EpilogueTests
{
    const string Programs = """
        network Dense {
            input x : f32[N, 5]; param w : f32[5, 37] = zeros; param b : f32[37] = zeros;
            function run(x) -> relu(x @ w + b);
        }
        network Residual {
            input x : f64[3, M, 6]; param w : f64[3, 6, 19] = zeros; input r : f64[3, M, 19]; param s : f64[19] = zeros; input k : f64;
            y = x @ w;
            function run(x, r, k) -> (y, k * (tanh(y) + r) * s);
        }
        network Masked {
            input x : f32[N, 4]; input seen : i32[N]; param w : f32[4, 21] = zeros;
            function run(x, seen) -> where(expand_dims(seen > 0, 1), x @ w, -1.0);
        }
        network Reshaped {
            input x : f32[N, 4]; param w : f32[4, 30] = zeros; param b : f32[5, 6] = zeros;
            function run(x) -> tanh(reshape(x @ w, [shape(x)[0], 5, 6]) + b);
        }
        network Learns {
            input x : f32[N, 7]; input target : f32[N, 33]; input rate : f32; param w : f32[7, 33] = zeros; param b : f32[33] = zeros;
            loss = mean((x @ w + b - target) ** 2);
            function run(x, target, rate) -> loss minimizing loss with sgd(rate, momentum: 0.9);
        }
        network Twice {
            input x : f32[N, 6]; param u : f32[6, 18] = zeros; param v : f32[6, 18] = zeros;
            function run(x) -> sigmoid(x @ u) * (x @ v);
        }
        network Folded {
            input x : f32[N, 6]; param w : f32[6, 11] = zeros;
            function run(x) -> softmax(x @ w);
        }
        network Turned {
            input x : f32[N, 6]; param w : f32[6, 11] = zeros; input y : f32[11, N];
            function run(x, y) -> (x @ w).T + y;
        }
        network Steps {
            input xs : f32[T, N, 3]; param w : f32[3, 3] = zeros;
            ys, last = scan x in xs from h = zeros { h = tanh(x + h @ w); yield h * 2.0; };
            function run(xs) -> (ys, last);
        }
        network Memory {
            input xs : f32[T, N, 3];
            ys, hs, cs = lstm_with_states(xs, 21);
            function run(xs) -> (ys, hs, cs);
        }
        network Parts {
            input xs : f32[T, N, 3];
            ys, last = scan x in xs from h = zeros([N, 6]) { m = mean(h, axis: 0); h = concat([tanh(x + m[:3]), x * (1 + m[3:])], 1); yield h; };
            function run(xs) -> (ys, last);
        }
        network Units {
            input xs : f64[T, N, 3]; input target : f64[T, N, 5];
            loss = mean((gru(xs, 5) - target) ** 2);
            function run(xs, target) -> loss minimizing loss with sgd(0.1);
        }
        """;

    static readonly Compilation Compiled = Compilation.Create(new SourceText("epilogues.net", Programs), _ => null, new CompilerOptions());

    static readonly Lazy<CompiledNetwork> Code = new(() => CompiledNetwork.Compile(Compiled.Emit()));

    static FunctionPlan Plan(string network)
    {
        Compiled.Diagnostics.Select(diagnostic => diagnostic.ToString()).ShouldBeEmpty();
        var model = Compiled.Networks.Single(candidate => candidate.Name == network);
        return BuildPlan.Run(Pipeline.Run(model, model.Functions.Single()));
    }

    [Theory]
    [InlineData("Dense", 1)]
    [InlineData("Residual", 1)]
    [InlineData("Masked", 1)]
    [InlineData("Reshaped", 1)]
    [InlineData("Learns", 2)]
    [InlineData("Twice", 1)]
    public void A_product_ends_with_the_loops_that_read_it_first(string network, int expected)
    {
        var plan = Plan(network);
        plan.Steps.OfType<CallStep>().Count(call => call.Epilogue is not null).ShouldBe(expected, PlanPrinter.Print(plan));
    }

    [Theory]
    [InlineData("Steps")]
    [InlineData("Memory")]
    [InlineData("Units")]
    public void The_step_of_a_cell_is_a_product_that_ends_with_its_gates(string network)
    {
        var plan = Plan(network);
        var body = plan.Steps.OfType<ScanStep>().First().Body.Steps;
        body.OfType<CallStep>().ShouldHaveSingleItem().Epilogue.ShouldNotBeNull(PlanPrinter.Print(plan));
        body.OfType<LoopStep>().ShouldAllBe(loops => loops.Kernel.Roots.All(root => root.Operation is NetCompiler.Loops.LoopOperation.Load), PlanPrinter.Print(plan));
    }

    [Theory]
    [InlineData("Folded")]
    [InlineData("Turned")]
    public void Loops_that_fold_a_product_or_read_it_in_another_order_stay_by_themselves(string network)
    {
        var plan = Plan(network);
        plan.Steps.OfType<CallStep>().ShouldAllBe(call => call.Epilogue == null, PlanPrinter.Print(plan));
    }

    [Fact]
    public void A_product_is_written_where_its_epilogue_stores()
    {
        var plan = Plan("Dense");
        var step = plan.Steps.ShouldHaveSingleItem().ShouldBeOfType<CallStep>();
        step.Writes.ShouldBe(plan.Results);
        step.Loops!.Operands[step.Epilogue!.Input].ShouldBe(plan.Results[0]);
    }

    [Fact]
    public void A_product_that_others_need_is_kept_beside_what_its_epilogue_stores()
    {
        var plan = Plan("Residual");
        var step = plan.Steps.OfType<CallStep>().Single(call => call.Epilogue is not null);
        step.Result.ShouldBe(plan.Results[0]);
        step.Writes.ShouldContain(plan.Results[1]);
    }

    public static TheoryData<string, int> Sizes
    {
        get
        {
            var cases = new TheoryData<string, int>();
            foreach (string name in new[] { "Dense", "Residual", "Masked", "Reshaped", "Learns", "Twice", "Folded", "Turned", "Steps", "Memory", "Parts", "Units" })
                foreach (int batch in name is "Learns" or "Units" ? [1, 2, 17, 40] : new[] { 0, 1, 2, 17, 40 })
                    cases.Add(name, batch);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Finished_results_equal_the_reference(string network, int batch)
    {
        var model = Compiled.Networks.Single(candidate => candidate.Name == network);
        var function = model.Functions.Single();
        var symbols = new Dictionary<string, long> { ["N"] = batch, ["M"] = batch, ["T"] = 4 };
        var supplied = EmittedFunction.Draw(function, symbols, seed: batch, wholeNumbers: 3);
        foreach (int threads in new[] { 1, 3 })
        {
            using var pool = new WorkerPool(threads);
            // Sums of at most seven products, and a few operations on each.
            EmittedFunction.Difference(Code.Value.Create(network, seed: 0, pool), function, supplied, symbols, roundings: 64).ShouldBeNull();
        }
    }

    /// <summary>Any rectangles that make up the matrix give what one rectangle gives, at each width of vectors, and touch nothing else.</summary>
    [Theory]
    [InlineData(3, 37)]
    [InlineData(14, 32)]
    [InlineData(40, 16)]
    [InlineData(33, 100)]
    public void An_epilogue_may_be_done_in_any_rectangles(int rows, int columns)
    {
        const int guard = 16;
        string text = $$"""
            network Rectangles {
                input x : f32[N, 2, 3]; param w : f32[3, {{columns}}] = zeros; param b : f32[2, 1, {{columns}}] = zeros; input r : f32[N, 2, {{columns}}];
                function run(x, r) -> exp(x @ broadcast_to(w, [shape(x)[0], 3, {{columns}}]) + r) * squeeze(b, 1);
            }
            """;
        var compilation = Compilation.Create(new SourceText("rectangles.net", text), _ => null, new CompilerOptions());
        compilation.Diagnostics.Select(diagnostic => diagnostic.ToString()).ShouldBeEmpty();
        var type = CompiledNetwork.Compile(compilation.Emit()).Create("Rectangles", 0).GetType()
            .GetNestedTypes(BindingFlags.NonPublic).Single(nested => typeof(ITileEpilogue).IsAssignableFrom(nested));
        var random = new Random(rows);
        int size = 2 * rows * columns;
        float[] product = Draw(size), residual = Draw(size), scale = Draw(2 * columns);
        float[] expected = [.. Enumerable.Range(0, size).Select(i => (float)Math.Exp((double)(product[i] + residual[i])) * scale[i % (2 * columns)])];

        foreach (string width in new[] { "F32x16", "F32x8", "F32x1" })
        {
            if (width == "F32x16" && !Simd.Has512 || width == "F32x8" && !Simd.Has256)
                continue;
            var result = new PinnedBuffer();
            result.EnsureCapacity((size + 2 * guard) * sizeof(float));
            var memory = result.At<float>().AsSpan(size + 2 * guard);
            memory.Fill(float.NaN);
            product.CopyTo(memory[guard..]);
            var kernel = Construct(type, result.At<float>().Offset(guard), Pin(residual), Pin(scale));
            var run = type.GetMethod("Rows", BindingFlags.NonPublic | BindingFlags.Instance)!.MakeGenericMethod(typeof(Simd).Assembly.GetType($"NetCompiler.Runtime.{width}")!);
            for (int row = 0; row < 2 * rows;)
            {
                int height = Math.Min(1 + random.Next(40), 2 * rows - row);
                for (int column = 0; column < columns;)
                {
                    int end = Math.Min(columns, column + 1 + random.Next(50));
                    run.Invoke(kernel, [(nint)row, (nint)height, (nint)column, (nint)end]);
                    column = end;
                }
                row += height;
            }
            for (int i = 0; i < size; i++)
                memory[guard + i].ShouldBe(expected[i], 4e-6 * Math.Abs(expected[i]) + 1e-30, $"{width}, element {i}");
            memory[..guard].ToArray().ShouldAllBe(value => float.IsNaN(value));
            memory[(guard + size)..].ToArray().ShouldAllBe(value => float.IsNaN(value));
        }

        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
    }

    static readonly List<PinnedBuffer> Alive = [];

    static Pointer<float> Pin(float[] values)
    {
        var buffer = new PinnedBuffer();
        buffer.EnsureCapacity(values.Length * sizeof(float));
        values.CopyTo(buffer.At<float>().AsSpan(values.Length));
        Alive.Add(buffer);
        return buffer.At<float>();
    }

    // The operands in the order in which the expression reads them: product, residual, scale, then the result in the product's place.
    static object Construct(Type type, Pointer<float> product, Pointer<float> residual, Pointer<float> scale)
    {
        var parameters = type.GetConstructors().Single(constructor => constructor.GetParameters().Length > 0).GetParameters();
        var pointers = new Queue<Pointer<float>>([product, residual, scale, product]);
        return Activator.CreateInstance(type, [.. parameters.Select(parameter => parameter.ParameterType == typeof(nint) ? (object)(nint)0 : pointers.Dequeue())])!;
    }
}
