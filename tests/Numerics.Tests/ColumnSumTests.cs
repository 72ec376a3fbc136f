using System.Reflection;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Runtime;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>Sums down the columns of matrices, several vectors of columns at once, at each width of vectors.</summary>
public sealed class ColumnSumTests
{
    const int Guard = 16;

    // Nothing to add, less than one vector of columns, whole pieces, and pieces with vectors and single columns left.
    [Theory]
    [InlineData(0, 70)]
    [InlineData(3, 7)]
    [InlineData(33, 64)]
    [InlineData(40, 215)]
    public void Sums_of_columns_equal_the_reference_and_nothing_else_is_written(int rows, int columns)
    {
        string text = $$"""
            network Columns {
                input x : f32[N, {{columns}}]; input y : f32[{{columns}}];
                function run(x, y) -> sum(x, 0) * y;
            }
            """;
        var compilation = Compilation.Create(new SourceText("columns.net", text), _ => null, new CompilerOptions());
        compilation.Diagnostics.Select(diagnostic => diagnostic.ToString()).ShouldBeEmpty();
        var type = CompiledNetwork.Compile(compilation.Emit()).Create("Columns", 0).GetType()
            .GetNestedTypes(BindingFlags.NonPublic).Single(nested => typeof(IRangeKernel).IsAssignableFrom(nested));
        (type.GetMethod("Wide", BindingFlags.NonPublic | BindingFlags.Instance) is not null).ShouldBe(columns >= 64);
        var random = new Random(columns);
        float[] x = Draw(rows * columns), y = Draw(columns);

        foreach (string width in new[] { "F32x16", "F32x8", "F32x1" })
        {
            if (width == "F32x16" && !Simd.Has512 || width == "F32x8" && !Simd.Has256)
                continue;
            PinnedBuffer from = Pinned(x), factors = Pinned(y), to = Pinned(new float[columns + 2 * Guard]);
            var memory = to.At<float>().AsSpan(columns + 2 * Guard);
            memory.Fill(float.NaN);
            object[] operands = [from.At<float>(), factors.At<float>(), to.At<float>().Offset(Guard)];
            var parameters = type.GetConstructors().Single(constructor => constructor.GetParameters().Length > 0).GetParameters();
            var kernel = Activator.CreateInstance(type, [.. operands, .. parameters.Skip(operands.Length).Select(_ => (object)(nint)rows)])!;
            var run = type.GetMethod("Rows", BindingFlags.NonPublic | BindingFlags.Instance)!.MakeGenericMethod(typeof(Simd).Assembly.GetType($"NetCompiler.Runtime.{width}")!);
            // Threads take ranges that end anywhere.
            nint cut = columns / 3;
            run.Invoke(kernel, [(nint)0, cut]);
            run.Invoke(kernel, [cut, (nint)columns]);
            for (int j = 0; j < columns; j++)
            {
                double sum = 0, magnitude = 0;
                for (int i = 0; i < rows; i++)
                    (sum, magnitude) = (sum + x[i * columns + j], magnitude + Math.Abs(x[i * columns + j]));
                // Each of the additions, and the product, rounds by half an ulp of at most the sum of magnitudes.
                ((double)memory[Guard + j]).ShouldBe(sum * y[j], (rows + 1) * magnitude * Math.Abs(y[j]) * Math.Pow(2, -24) + 1e-40, $"{width}, column {j}");
            }
            memory[..Guard].ToArray().ShouldAllBe(value => float.IsNaN(value));
            memory[(Guard + columns)..].ToArray().ShouldAllBe(value => float.IsNaN(value));
            // A pointer does not keep its memory alive.
            GC.KeepAlive((from, factors, to));
        }

        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
    }

    static PinnedBuffer Pinned(float[] values)
    {
        var buffer = new PinnedBuffer();
        buffer.EnsureCapacity(Math.Max(1, values.Length) * sizeof(float));
        values.CopyTo(buffer.At<float>().AsSpan(values.Length));
        return buffer;
    }
}
