using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using NetCompiler.Graph;
using NetCompiler.Numerics.Tests.Samples;
using NetCompiler.Operators;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>docs/operators.md is what the operators say about themselves: their comments, and the answers of a sample of each.</summary>
public sealed partial class OperatorsDocument
{
    const string Introduction = """
        # Operators

        The primitives that graphs are made of, as dumps show them. Everything else in [the library](library.md) is made of these, and
        so are gradients. Beside each equation stand the element types that the operands may have, where gradients flow, and what
        one application costs (a multiply-add is two operations). x, a and b are operands, y is the result.

        Tests make this page from the operators themselves.

        """;

    static readonly (string Title, Func<Type, bool> Holds)[] Families =
    [
        ("Leaves", type => type.IsSubclassOf(typeof(Leaf))),
        ("Element by element", type => type.IsSubclassOf(typeof(Elementwise))),
        ("Moves of elements", type => type.IsSubclassOf(typeof(Shaping)) || type == typeof(Gather) || type == typeof(ScatterAdd)),
        ("Along axes", type => type.IsSubclassOf(typeof(Reduction)) || type.IsSubclassOf(typeof(PositionOf)) || type == typeof(ArgSort) || type == typeof(CumulativeSum)),
        ("Products and windows", type => type.IsSubclassOf(typeof(MatrixProduct)) || type == typeof(PackMatrix) || type.Name.Contains("Conv2D", StringComparison.Ordinal) || type.Name.Contains("Pool", StringComparison.Ordinal)),
        ("Others", _ => true),
    ];

    static readonly string _page = Path.Combine(Root(), "docs", "operators.md");

    readonly Dictionary<string, XElement> _comments = XDocument.Load(Path.ChangeExtension(typeof(Operator).Assembly.Location, "xml"))
        .Descendants("member").ToDictionary(member => member.Attribute("name")!.Value);

    [Fact]
    public void The_page_is_made_of_what_the_operators_say()
    {
        var text = new StringBuilder(Introduction.ReplaceLineEndings("\n"));
        var remaining = typeof(Operator).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(Operator)) && !type.IsAbstract && !typeof(IWhileBinding).IsAssignableFrom(type))
            .OrderBy(type => type.Name, StringComparer.Ordinal).ToList();
        var samples = SizeSamples.All.Select(sample => sample.Build()).Where(built => built.Value.Inputs.SequenceEqual(built.Leaves))
            .GroupBy(built => built.Value.Operator.GetType()).ToDictionary(group => group.Key, group => group.First());
        foreach (var (title, holds) in Families)
        {
            text.Append($"\n## {title}\n");
            foreach (var type in remaining.Where(holds).ToList())
            {
                remaining.Remove(type);
                Append(text, type, samples.GetValueOrDefault(type));
            }
        }

        if (Environment.GetEnvironmentVariable("NETC_UPDATE") == "1")
            File.WriteAllText(_page, text.ToString());
        (File.Exists(_page) ? File.ReadAllText(_page).ReplaceLineEndings("\n") : "").ShouldBe(text.ToString(), "NETC_UPDATE=1 makes the page anew");
    }

    void Append(StringBuilder text, Type type, SampleGraph? sample)
    {
        string meaning = Text(_comments.GetValueOrDefault($"T:{type.FullName}")?.Element("summary"));
        meaning.ShouldNotBeEmpty($"{type.Name} has a summary");
        text.Append($"\n**{sample?.Value.Operator.Name ?? Spelled(type.Name)}**: {meaning}\n");
        if (sample is null || type.IsSubclassOf(typeof(Leaf)))
            return;
        var node = sample.Value;
        string[] facts =
        [
            $"types: {Types(node)}",
            $"gradient: {GradientOf(node, sample.Builder)}",
            Cost(node),
        ];
        text.Append('\n').AppendJoin('\n', facts.Where(fact => fact.Length > 0).Select(fact => $"- {fact}")).Append('\n');
    }

    // The operands that have one type in the sample have one type in every use.
    static string Types(Node node)
    {
        var inputs = node.Inputs.Select(input => input.Type).ToImmutableArray();
        var groups = inputs.Select((type, i) => (type.Element, i)).GroupBy(pair => pair.Element, pair => pair.i).ToList();
        return string.Join("; ", groups.Select(group =>
        {
            var admitted = Enum.GetValues<DType>().Where(element => Admits(
                node.Operator, [.. inputs.Select((type, i) => group.Contains(i) ? type.WithElement(element) : type)])).ToList();
            string names = admitted.Count == Enum.GetValues<DType>().Length ? "all" : string.Join(" ", admitted.Select(element => element.Name()));
            return groups.Count == 1 ? names : $"operand{(group.Count() > 1 ? "s" : "")} {string.Join(" and ", group.Select(i => i + 1))}: {names}";
        }));
    }

    static bool Admits(Operator op, ImmutableArray<TensorType> inputs)
    {
        try
        {
            return op.Infer(inputs).Type is not null;
        }
        catch (ArgumentException) // what no program can write
        {
            return false;
        }
    }

    static string GradientOf(Node node, GraphBuilder graph)
    {
        var gradient = node.Operator.Differentiate(node, graph.Make(new FunctionArgument("seed", node.Type)), graph);
        if (gradient.Refusal is { } refusal)
            return $"refused, {refusal}";
        int[] flows = [.. Enumerable.Range(0, gradient.Inputs.Length).Where(i => gradient.Inputs[i] is not null)];
        return flows.Length == 0 ? "none flows" : $"to {(flows.Length == node.Inputs.Length ? "all operands" : $"operand {string.Join(" and ", flows.Select(i => i + 1))}")}";
    }

    static string Cost(Node node)
    {
        var work = node.Operator.Cost(node);
        string shapes = $"{string.Join(", ", node.Inputs.Select(input => $"`{input.Shape}`"))} to `{node.Shape}`";
        return work.Flops.Is(0) ? "" : $"cost of {shapes}: {work.Flops} operations" + (work.MultiplyAdds.Is(0) ? "" : $", {work.MultiplyAdds} multiply-adds");
    }

    static string Text(XElement? summary) => summary is null ? "" : Spaces().Replace(string.Concat(summary.Nodes().Select(node => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" } see => $"`{Spelled(see.Attribute("cref")!.Value.Split('.')[^1])}`",
        XElement { Name.LocalName: "paramref" } parameter => $"`{parameter.Attribute("name")!.Value}`",
        XElement other => $"`{other.Value}`",
        _ => "",
    })), " ").Trim();

    /// <summary>A type's name as dumps spell it.</summary>
    static string Spelled(string name) => WordStarts().Replace(name.Replace("Conv2D", "Conv2d", StringComparison.Ordinal), "_$0").ToLowerInvariant();

    [GeneratedRegex(@"(?<=[a-z0-9])[A-Z]")]
    private static partial Regex WordStarts();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
