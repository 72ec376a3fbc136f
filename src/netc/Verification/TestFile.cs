using System.Globalization;
using NetCompiler.Graph;
using NetCompiler.Reports;
using NetCompiler.Runtime;
using NetCompiler.Text;

namespace NetCompiler.CommandLine.Verification;

/// <summary>
/// Writes an xunit test that needs neither netc nor the <c>.net</c> file: it calls the functions of the compiled class with the numbers that
/// netc called them with, and compares some elements of all results with those of the reference.
/// </summary>
internal static class TestFile
{
    const int Elements = 8, ElementsOfUpdates = 2;

    /// <param name="source">The <c>.net</c> file.</param>
    /// <param name="name">The name of the test's class, which need not be an identifier.</param>
    /// <param name="network">The network.</param>
    /// <param name="functions">The functions with their inputs and what is expected of them.</param>
    /// <param name="symbols">The value of each symbolic dimension.</param>
    /// <param name="made">A network of the kind, for the order of arguments.</param>
    public static string Write(
        string source, string name, NetworkOutline network,
        IEnumerable<(string Name, IEnumerable<InputReport> Inputs, FunctionVerdict Verdict)> functions, IReadOnlyDictionary<string, long> symbols, Network made)
    {
        var writer = new CodeWriter();
        string type = network.Namespace.Length > 0 ? $"{network.Namespace}.{network.Name}" : network.Name;
        writer.Lines($"""
            // Expectations for {Path.GetFileName(source)}, computed in float64. When the network changes, write them anew:
            // netc verify {Path.GetFileName(source)} --emit-test {name}.cs
            using System;
            using System.Collections.Generic;
            using System.Linq;
            using NetCompiler.Runtime;
            using Xunit;

            /// <summary>Holds the compiled {network.Name} against its meaning in float64.</summary>
            """);
        using (writer.Block($"public sealed class {Identifier(name)}"))
        {
            foreach (var (function, inputs, verdict) in functions)
            {
                writer.Line("[Fact]");
                using (writer.Block($"public void {Identifier(function)}_gives_what_the_reference_gives()"))
                    WriteFunction(writer, type, function, inputs.ToList(), verdict, symbols, made.Functions.Single(candidate => candidate.Name == function));
                writer.Line();
            }
            writer.Lines($$"""
                static {{type}} Create()
                {
                    var network = new {{type}}(seed: {{FunctionVerifier.Seed}});
                    foreach (var variable in network.Variables.OfType<Variable<long>>())
                        foreach (ref long value in variable.Span)
                            value &= (1L << 48) - 1;
                    return network;
                }

                static void Check(string name, Func<int, double> actual, double allowed, params (int At, double Value)[] expected)
                {
                    foreach (var (at, value) in expected)
                        Assert.True(actual(at).Equals(value) || Math.Abs(actual(at) - value) <= allowed, $"{name}[{at}] is {actual(at)} instead of {value} ± {allowed}");
                }

                static double At(object result, int index) => result switch
                {
                    TensorView<float> view => view.AsSpan()[index],
                    TensorView<double> view => view.AsSpan()[index],
                    TensorView<int> view => view.AsSpan()[index],
                    TensorView<long> view => view.AsSpan()[index],
                    TensorView<byte> view => view.AsSpan()[index],
                    TensorView<Half> view => (double)view.AsSpan()[index],
                    TensorView<BFloat16> view => (float)view.AsSpan()[index],
                    TensorView<bool> view => view.AsSpan()[index] ? 1 : 0,
                    Variable<float> variable => variable.Span[index],
                    Variable<double> variable => variable.Span[index],
                    Variable<int> variable => variable.Span[index],
                    Variable<long> variable => variable.Span[index],
                    Variable<byte> variable => variable.Span[index],
                    Variable<Half> variable => (double)variable.Span[index],
                    Variable<BFloat16> variable => (float)variable.Span[index],
                    Variable<bool> variable => variable.Span[index] ? 1 : 0,
                    _ => Convert.ToDouble(result),
                };

                sealed class Numbers(uint state)
                {
                    double Next()
                    {
                        state = unchecked(state * 1664525 + 1013904223);
                        return (state >> 16) / 65536.0;
                    }

                    public T[] Draw<T>(int count, Func<double, T> convert) => [.. Enumerable.Range(0, count).Select(_ => convert(Next()))];
                }
                """);
        }
        return writer.ToString();
    }

    static void WriteFunction(
        CodeWriter writer, string type, string function, List<InputReport> inputs, FunctionVerdict verdict, IReadOnlyDictionary<string, long> symbols, FunctionSignature signature)
    {
        writer.Line("var network = Create();");
        writer.Line("var numbers = new Numbers(1);");
        writer.Line($"var results = network.Invoke({Quote(function)}{string.Concat(signature.Inputs.Select(input => ", " + Argument(inputs.FirstOrDefault(known => known.Name == input.Name), input.Name, symbols)))});");
        int index = 0;
        foreach (var result in verdict.Results.Where(result => !result.IsUpdate))
            writer.Line($"Check({Quote(result.Name)}, at => At(results[{Number(index++)}], at), {Number(result.Allowed)}{Expected(result, Elements)});");
        foreach (var update in verdict.Results.Where(result => result.IsUpdate && result.Expected.Length > 0))
            writer.Line($"Check({Quote(update.Name)}, at => At(network[{Quote(update.Name)}], at), {Number(update.Allowed)}{Expected(update, ElementsOfUpdates)});");
    }

    static string Expected(ResultVerdict result, int most)
    {
        int count = Math.Min(most, result.Expected.Length);
        // Spread over the tensor, the first and the last included.
        return string.Concat(Enumerable.Range(0, count).Select(i => count == 1 ? 0 : (int)((long)i * (result.Expected.Length - 1) / (count - 1))).Distinct()
            .Select(at => $", ({Number(at)}, {Number(result.Expected[at])})"));
    }

    /// <summary>The expression that draws an argument as <see cref="Execution.RandomArguments"/> does.</summary>
    static string Argument(InputReport? input, string name, IReadOnlyDictionary<string, long> symbols)
    {
        if (input is null)
            return Number((int)symbols[name]);
        bool isScalar = input.Dimensions.Length == 0;
        long bound = input.Bound ?? (input.Element == DType.U8 ? 256 : 2);
        long count = input.Dimensions.Items.Aggregate(1L, (size, extent) => size * extent);
        string whole = isScalar && input.Bound is null ? "1" : $"x * {Number(bound)}";
        string convert = input.Element switch
        {
            DType.F32 => isScalar ? "0.01f" : "(float)x",
            DType.F64 => isScalar ? "0.01" : "x",
            DType.F16 => isScalar ? "(Half)0.01" : "(Half)x",
            DType.BF16 => isScalar ? "(BFloat16)0.01f" : "(BFloat16)(float)x",
            DType.I32 => $"(int)({whole})",
            DType.I64 => $"(long)({whole})",
            DType.U8 => $"(byte)({whole})",
            _ => "x < 0.5",
        };
        // A scalar that is a constant draws nothing.
        if (isScalar)
            return convert.Contains('x', StringComparison.Ordinal) ? $"numbers.Draw(1, x => {convert})[0]" : convert;
        return $"numbers.Draw({Number(count)}, x => {convert})";
    }

    static string Identifier(string name)
    {
        var cleaned = string.Concat(name.Select(character => char.IsLetterOrDigit(character) ? character : '_'));
        return cleaned.Length == 0 || char.IsDigit(cleaned[0]) ? "_" + cleaned : char.ToUpperInvariant(cleaned[0]) + cleaned[1..];
    }

    static string Quote(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    static string Number(double value) => double.IsNaN(value) ? "double.NaN" : double.IsPositiveInfinity(value) ? "double.PositiveInfinity" : double.IsNegativeInfinity(value) ? "double.NegativeInfinity"
        : value.ToString("R", CultureInfo.InvariantCulture) is var text && text.Contains('E', StringComparison.Ordinal) || text.Contains('.', StringComparison.Ordinal) ? text : text + ".0";
}
