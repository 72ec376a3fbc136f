using System.Globalization;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Graph;
using NetCompiler.Runtime;
using NetCompiler.Text;

namespace NetCompiler.Numerics.Tests.Reference;

/// <summary>A recorded case as a network of one function, in one element type, and the comparison of what it computes.</summary>
internal sealed class ReferenceNetwork(ReferenceCase written, Recording recording, DType element)
{
    string Name => $"{written.Name}_{element.Name()}";

    string[] Wanted => [.. recording.Gradients.Select(gradient => recording.Parameters.Any(parameter => parameter.Name == gradient.Name)
        ? Variable(gradient.Name) : gradient.Name)];

    /// <summary>The network in <c>.net</c>. What flows into result i when gradients are taken is its argument seed_i.</summary>
    string Text()
    {
        var seeds = Enumerable.Range(0, written.Results.Count).Where(i => !recording.Outputs.ElementAt(i).Integer).ToList();
        var inputs = recording.Inputs.Select(input => $"input {input.Name} : {Type(input)};")
            .Concat(seeds.Select(i => $"input seed_{i} : {element.Name()}[S{i}];"));
        var names = recording.Inputs.Select(input => input.Name).ToList();
        bool differentiates = recording.Gradients.Any();
        if (differentiates || written.Trains)
            names.AddRange(seeds.Select(i => $"seed_{i}"));
        var results = written.Results.Select((result, i) => $"out_{i}: {result}").Concat(Wanted.Select((name, i) => $"grad_{i}: grad(total, {name})"));
        string total = differentiates || written.Trains
            ? $"total = {string.Join(" + ", seeds.Select(i => $"sum(reshape({written.Results[i]}, [-1]) * seed_{i})"))};" : "";
        return $$"""
            network {{Name}} {
                {{string.Join("\n    ", inputs)}}
                {{written.Statement.Replace("TYPE", element.Name(), StringComparison.Ordinal)}};
                {{total}}
                function run({{string.Join(", ", names)}}) -> ({{string.Join(", ", results)}}){{(written.Trains ? " minimizing total with sgd(rate: 0)" : "")}};
            }
            {{ReferenceCases.Layers}}
            """;
    }

    string Variable(string name) => $"{string.Join("_", written.Results)}.{name}";

    string Type(RecordedTensor tensor)
    {
        var first = recording.Inputs.First();
        var dims = tensor.Dims.Select((extent, axis) => written.Symbolic && axis == 0 && first.Dims.Length > 0 && extent == first.Dims[0]
            ? "N" : extent.ToString(CultureInfo.InvariantCulture));
        string type = tensor.Integer ? "i32" : element.Name();
        return tensor.Dims.Length == 0 ? type : $"{type}[{string.Join(", ", dims)}]";
    }

    /// <summary>The emitted C#, or what the compiler objects to.</summary>
    public (IEnumerable<EmittedFile> Files, string? Problem) Emit()
    {
        var compilation = Compilation.Create(new SourceText($"{Name}.net", Text()), _ => null, new CompilerOptions());
        return compilation.HasErrors ? ([], $"{written}\n{string.Join("\n", compilation.Diagnostics)}") : (compilation.Emit(), null);
    }

    /// <summary>What differs from the recording, or null.</summary>
    public string? Compare(CompiledNetwork compiled, WorkerPool pool)
    {
        var network = compiled.Create(Name, seed: 0, pool);
        foreach (var given in recording.Parameters.Concat(recording.States))
        {
            var variable = network[Variable(given.Name)];
            if (!variable.Shape.SequenceEqual(given.Dims.AsSpan()))
                return $"{Name}: {variable} was recorded as [{string.Join(", ", given.Dims)}]";
            EmittedFunction.Fill(variable, given.Tensor);
        }
        var values = recording.Inputs.ToDictionary(input => input.Name, input => EmittedFunction.Box(input.Tensor,
            new TensorType(input.Integer ? DType.I32 : element, new Shape(input.Dims.Select(extent => (Dim)extent)))));
        object[] arguments = [.. network.Functions.Single().Inputs.Select(input => values.TryGetValue(input.Name, out object? value) ? value : Seed(input.Name))];
        var actual = network.Invoke("run", arguments);

        var expected = recording.Outputs.Concat(recording.Gradients).ToList();
        string[] names = [.. written.Results, .. Wanted.Select(name => $"the gradient in {name}")];
        for (int i = 0; i < expected.Count; i++)
        {
            if (Difference(EmittedFunction.Unbox(actual[i]), expected[i]) is { } difference)
                return $"{Name} ({written.Expression}): {names[i]} {difference}";
        }
        foreach (var after in recording.After)
        {
            if (Difference(EmittedFunction.Read(network[Variable(after.Name)]), after) is { } difference)
                return $"{Name} ({written.Expression}): {after.Name} after the call {difference}";
        }
        return null;
    }

    object Seed(string name)
    {
        int count = recording.Outputs.ElementAt(int.Parse(name["seed_".Length..], CultureInfo.InvariantCulture)).Values.Length;
        double[] seed = [.. Enumerable.Range(0, count).Select(i => (37 * i % 64 - 31.5) / 32)];
        return element == DType.F64 ? seed : seed.Select(value => (float)value).ToArray();
    }

    string? Difference(double[] actual, RecordedTensor expected)
    {
        if (actual.Length != expected.Values.Length)
            return $"has {actual.Length} values instead of {expected.Values.Length}";
        double unit = expected.Integer ? 0 : Math.Pow(2, element == DType.F64 ? -53 : -24);
        double tolerance = written.Roundings * unit * expected.Values.Max(Math.Abs);
        for (int i = 0; i < actual.Length; i++)
        {
            if (!(Math.Abs(actual[i] - expected.Values[i]) <= tolerance))
                return $"[{i}] is {actual[i]:R} instead of {expected.Values[i]:R} within {tolerance:G2}";
        }
        return null;
    }
}
