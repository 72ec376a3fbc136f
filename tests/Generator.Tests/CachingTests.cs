using System.Collections;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Shouldly;
using Xunit;
using static Microsoft.CodeAnalysis.IncrementalStepRunReason;
using Stages = NetCompiler.Generator.NetworkGenerator.Stages;

namespace NetCompiler.Generator.Tests;

/// <summary>What each kind of edit re-runs: the reason of every stage for every file, and of the output.</summary>
public class CachingTests
{
    static readonly NetworkProject Start = new NetworkProject()
        .With("blocks.net", Networks.Blocks)
        .With("notes.txt", "not a network")
        .With("stacked.net", Networks.UsesBlocks)
        .With("tiny.net", Networks.Tiny);

    static readonly string[] AllFiles = ["blocks", "stacked", "tiny"];

    [Fact]
    public void The_first_run_makes_every_stage_of_every_file()
    {
        var reasons = Reasons(Start.Run());
        foreach (var stage in Stages.All)
            reasons[stage].Values.ShouldAllBe(reason => reason == New, stage);
        reasons[Stages.Compiled].Keys.ShouldBe(AllFiles);
    }

    [Fact]
    public void An_edit_of_CSharp_reruns_nothing()
    {
        var reasons = After(Start with { CSharp = "class Program { int _field; }" });
        foreach (var (stage, files) in reasons)
            files.Values.ShouldAllBe(reason => reason == Cached, stage);
    }

    [Fact]
    public void An_edit_of_another_additional_file_reruns_nothing() => ShouldStay(After(Start.With("notes.txt", "edited")));

    [Fact]
    public void Equal_texts_and_options_in_new_objects_compile_nothing()
    {
        var reasons = After(Start.Reloaded());
        reasons[Stages.Files].Values.ShouldAllBe(reason => reason == Unchanged);
        ShouldStay(reasons);
    }

    [Fact]
    public void An_unrelated_property_compiles_nothing() => ShouldStay(After(Start.WithProperty("Company", "Somebody")));

    [Fact]
    public void A_comment_in_a_network_compiles_that_file_and_changes_no_output()
    {
        var reasons = After(Start.With("tiny.net", Networks.Tiny.Replace("dense(1);", "dense(1); // one neuron", StringComparison.Ordinal)));
        reasons[Stages.Files].ShouldBe(Of(Cached, Cached, Modified), ignoreOrder: true);
        reasons[Stages.Units].ShouldBe(Of(Unchanged, Unchanged, Modified), ignoreOrder: true);
        reasons[Stages.Compiled].ShouldBe(Of(Cached, Cached, Unchanged), ignoreOrder: true);
        reasons[Stages.Diagnostics].Values.ShouldAllBe(reason => reason == Cached);
        reasons["output"].Values.ShouldAllBe(reason => reason == Cached);
    }

    [Fact]
    public void An_edit_of_a_network_compiles_that_file_alone()
    {
        var reasons = After(Start.With("tiny.net", Networks.Tiny.Replace("dense(1)", "dense(3)", StringComparison.Ordinal)));
        reasons[Stages.Files].ShouldBe(Of(Cached, Cached, Modified), ignoreOrder: true);
        reasons[Stages.Units].ShouldBe(Of(Unchanged, Unchanged, Modified), ignoreOrder: true);
        reasons[Stages.Compiled].ShouldBe(Of(Cached, Cached, Modified), ignoreOrder: true);
        reasons[Stages.Diagnostics].Values.ShouldAllBe(reason => reason == Unchanged || reason == Cached);
        reasons["output"].Values.Count(reason => reason == Modified).ShouldBe(1);
    }

    [Fact]
    public void An_edit_of_a_used_file_compiles_it_and_the_files_that_use_it()
    {
        var reasons = After(Start.With("blocks.net", Networks.Blocks.Replace("relu", "sigmoid", StringComparison.Ordinal)));
        reasons[Stages.Files].ShouldBe(Of(Modified, Cached, Cached), ignoreOrder: true);
        reasons[Stages.Units].ShouldBe(Of(Modified, Modified, Unchanged), ignoreOrder: true);
        // The used file has no network, so what it gives by itself is the same: nothing.
        reasons[Stages.Compiled].ShouldBe(Of(Unchanged, Modified, Cached), ignoreOrder: true);
    }

    [Fact]
    public void A_new_file_compiles_alone()
    {
        var reasons = After(Start.With("another.net", Networks.Tiny.Replace("Tiny", "Another", StringComparison.Ordinal)));
        var compiled = reasons[Stages.Compiled];
        compiled["another"].ShouldBe(New);
        compiled.Where(pair => pair.Key != "another").ShouldAllBe(pair => pair.Value == Cached);
    }

    [Fact]
    public void A_file_that_goes_takes_its_output_along_and_compiles_nothing()
    {
        var driver = Start.Without("tiny.net").RunAfter(Start.Run(), Start);
        Reasons(driver)[Stages.Compiled].Where(pair => pair.Key != "tiny").ShouldAllBe(pair => pair.Value == Cached);
        NetworkProject.Files(driver).Keys.ShouldAllBe(name => name.StartsWith("stacked/", StringComparison.Ordinal));
    }

    [Fact]
    public void The_namespace_of_one_file_compiles_that_file_alone()
    {
        var reasons = After(Start.WithMetadata("tiny.net", "NetNamespace", "Elsewhere"));
        reasons[Stages.Files].ShouldBe(Of(Unchanged, Unchanged, Modified), ignoreOrder: true);
        reasons[Stages.Units].ShouldBe(Of(Unchanged, Unchanged, Modified), ignoreOrder: true);
        reasons[Stages.Compiled].ShouldBe(Of(Cached, Cached, Modified), ignoreOrder: true);
    }

    [Fact]
    public void The_root_namespace_compiles_every_file()
    {
        var reasons = After(Start.WithProperty("RootNamespace", "Elsewhere"));
        reasons[Stages.Units].Values.ShouldAllBe(reason => reason == Modified);
        reasons[Stages.Compiled].ShouldBe(Of(Unchanged, Modified, Modified), ignoreOrder: true);
    }

    [Fact]
    public void The_models_are_values_and_hold_nothing_of_Roslyn()
    {
        var steps = Start.Run().GetRunResult().Results.Single().TrackedSteps;
        var reached = new HashSet<object>(ReferenceEqualityComparer.Instance);
        foreach (var stage in Stages.All)
            foreach (var (value, _) in steps[stage].SelectMany(step => step.Outputs))
                Walk(value, stage);
        reached.Count.ShouldBeGreaterThan(20);

        void Walk(object? value, string at)
        {
            if (value is null || value is string || value.GetType() is { IsPrimitive: true } or { IsEnum: true } || !reached.Add(value))
                return;
            var type = value.GetType();
            type.Namespace.ShouldNotBeNull(at).ShouldNotStartWith("Microsoft.CodeAnalysis", customMessage: at);
            if (value is IEnumerable items)
            {
                foreach (var item in items)
                    Walk(item, $"{at}[]");
            }
            for (var level = type; level is not null && !level.Namespace!.StartsWith("System", StringComparison.Ordinal); level = level.BaseType)
                foreach (var field in level.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly))
                    Walk(field.GetValue(value), $"{at}.{field.Name}");
        }
    }

    [Fact]
    public void A_cancelled_run_stops()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Should.Throw<OperationCanceledException>(() => Start.Run(source.Token));
    }

    static void ShouldStay(Dictionary<string, Dictionary<string, IncrementalStepRunReason>> reasons)
    {
        reasons[Stages.Files].Values.ShouldAllBe(reason => reason == Cached || reason == Unchanged);
        reasons[Stages.Units].Values.ShouldAllBe(reason => reason == Cached || reason == Unchanged);
        reasons[Stages.Compiled].Values.ShouldAllBe(reason => reason == Cached);
        reasons[Stages.Diagnostics].Values.ShouldAllBe(reason => reason == Cached);
        reasons["output"].Values.ShouldAllBe(reason => reason == Cached);
    }

    static Dictionary<string, IncrementalStepRunReason> Of(params IncrementalStepRunReason[] reasons) =>
        AllFiles.Zip(reasons).ToDictionary(pair => pair.First, pair => pair.Second);

    static Dictionary<string, Dictionary<string, IncrementalStepRunReason>> After(NetworkProject edited) => Reasons(edited.RunAfter(Start.Run(), Start));

    /// <summary>The reasons by stage, then by file.</summary>
    static Dictionary<string, Dictionary<string, IncrementalStepRunReason>> Reasons(GeneratorDriver driver)
    {
        var result = driver.GetRunResult().Results.Single();
        result.Exception.ShouldBeNull();
        var reasons = Stages.All.ToDictionary(
            stage => stage,
            stage => result.TrackedSteps[stage].SelectMany(step => step.Outputs).ToDictionary(output => NameOf(output.Value), output => output.Reason));
        reasons["output"] = result.TrackedOutputSteps.Values
            .SelectMany(steps => steps)
            .SelectMany(step => step.Outputs)
            .Select((output, index) => (output.Reason, index))
            .ToDictionary(output => $"{output.index}", output => output.Reason);
        return reasons;
    }

    static string NameOf(object value) => value switch
    {
        NetworkFile file => file.Options.OutputFolder,
        CompilationUnit unit => unit.Options.OutputFolder,
        CompiledUnit unit => unit.OutputFolder,
        _ => "all",
    };
}
