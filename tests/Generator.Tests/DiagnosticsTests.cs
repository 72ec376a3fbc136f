using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Shouldly;
using Xunit;

namespace NetCompiler.Generator.Tests;

public class DiagnosticsTests
{
    const string UnknownLayer = """
        network Broken {
            input x : f32[N, 2];
            y = x |> dens(1);
            function predict(x) -> y;
        }
        """;

    [Fact]
    public void A_mistake_is_reported_at_its_span_in_the_net_file()
    {
        var found = Generate(new NetworkProject().With("models/broken.net", UnknownLayer)).ShouldHaveSingleItem();
        found.Severity.ShouldBe(DiagnosticSeverity.Error);
        found.Id.ShouldStartWith("NETC2");
        found.GetMessage().ShouldContain("'dens'");
        var place = found.Location.GetLineSpan();
        place.Path.ShouldBe("/project/models/broken.net");
        place.StartLinePosition.ShouldBe(new(2, 13));
        UnknownLayer.Substring(found.Location.SourceSpan.Start, found.Location.SourceSpan.Length).ShouldStartWith("dens");
    }

    [Fact]
    public void A_broken_file_does_not_stop_the_others()
    {
        var driver = new NetworkProject().With("broken.net", UnknownLayer).With("tiny.net", Networks.Tiny).Run();
        NetworkProject.Files(driver).Keys.ShouldAllBe(name => name.StartsWith("tiny/", StringComparison.Ordinal));
        NetworkProject.Files(driver).ShouldNotBeEmpty();
    }

    [Fact]
    public void A_mistake_in_a_network_or_a_tuning_record_leaves_the_other_networks_to_CSharp()
    {
        const string Sound = "\nnetwork Sound { input x : f32[N, 2]; function f(x) -> x + 1; }";
        var files = NetworkProject.Files(new NetworkProject().With("two.net", UnknownLayer + Sound).Run());
        files.ShouldNotBeEmpty();
        files.Keys.ShouldAllBe(name => name.Contains("Sound", StringComparison.Ordinal));

        // Of a file with a mistake in its syntax nothing is certain.
        NetworkProject.Files(new NetworkProject().With("two.net", "network Lost { input x : f32[N, 2]; y = x +; function f(x) -> x; }" + Sound).Run()).ShouldBeEmpty();

        var project = new NetworkProject().With("tiny.net", Networks.Tiny);
        NetworkProject.Files(project.With("tiny.tune.json", "{").Run()).Keys.ShouldBe(NetworkProject.Files(project.Run()).Keys, ignoreOrder: true);
    }

    [Fact]
    public void A_mistake_in_a_file_that_others_use_is_reported_once()
    {
        var project = new NetworkProject()
            .With("blocks.net", Networks.Blocks.Replace("relu;", "relu", StringComparison.Ordinal))
            .With("first.net", Networks.UsesBlocks)
            .With("second.net", Networks.UsesBlocks.Replace("Stacked", "Second", StringComparison.Ordinal));
        Generate(project).Where(found => found.Location.GetLineSpan().Path == "/project/blocks.net").ShouldHaveSingleItem();
    }

    [Fact]
    public void A_file_that_the_project_does_not_have_is_reported_at_its_use()
    {
        var found = Generate(new NetworkProject().With("stacked.net", Networks.UsesBlocks));
        found[0].Location.GetLineSpan().StartLinePosition.Line.ShouldBe(0);
        found[0].GetMessage().ShouldContain("blocks.net");
    }

    [Fact]
    public void Weights_are_compared_by_the_header_of_their_file_and_missing_where_the_project_does_not_list_it()
    {
        const string Network = "network Loaded { input x : f32[N, 2]; weights \"loaded.safetensors\"; y = x |> dense(1); function f(x) -> y; }";
        var folder = System.IO.Directory.CreateTempSubdirectory("netc").FullName + "/";
        try
        {
            var header = System.Text.Encoding.UTF8.GetBytes("{\"y.weight\": {\"dtype\": \"F32\", \"shape\": [2, 1], \"data_offsets\": [0, 8]}, \"y.bias\": {\"dtype\": \"F32\", \"shape\": [3], \"data_offsets\": [8, 20]}}");
            File.WriteAllBytes(folder + "loaded.safetensors", [.. BitConverter.GetBytes((long)header.Length), .. header, .. new byte[20]]);
            var project = new NetworkProject().With(folder + "loaded.net", Network);
            Generate(project).ShouldHaveSingleItem().GetMessage().ShouldContain("AdditionalFiles");
            Generate(project.With(folder + "loaded.safetensors", "")).ShouldHaveSingleItem().GetMessage().ShouldContain("'y.bias' is F32[3] there, but F32[1] here");
        }
        finally
        {
            System.IO.Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_tuning_record_beside_a_network_is_taken_unless_the_project_names_another_machine()
    {
        const string Network = "network Tuned { input x : f32[N, 3, 8, 8]; function f(x) -> conv2d(x, 4, kernel: 3); }";
        const string Record = "{ \"format\": 1, \"machine\": \"here\", \"threads\": 1, \"kernels\": { \"conv2d forward f32 [N=1,3,8,8]*[4,3,3,3]\": { \"choose\": \"im2col\" } } }";
        var project = new NetworkProject().With("tuned.net", Network);
        Generate(project.With("tuned.tune.json", Record)).ShouldBeEmpty();
        var unused = Generate(project.With("other.tune.json", "{")).ShouldHaveSingleItem();
        unused.Id.ShouldBe("NETC4005");
        unused.GetMessage().ShouldContain("there is no network file \"other.net\"");
        var malformed = Generate(project.With("tuned.tune.json", "{")).ShouldHaveSingleItem();
        malformed.Id.ShouldBe("NETC4001");
        malformed.Location.GetLineSpan().Path.ShouldBe(NetworkProject.Directory + "tuned.tune.json");
        Generate(project.With("tuned.tune.json", Record).WithProperty("NetMachine", "there")).ShouldHaveSingleItem().Id.ShouldBe("NETC4002");
        Generate(project.With("tuned.tune.json", Record).WithProperty("NetMachine", "here")).ShouldBeEmpty();
    }

    [Fact]
    public void What_cannot_be_compiled_for_gpus_is_said_by_the_property_that_asks_for_it()
    {
        var project = new NetworkProject().With("a.net", "network A { input x : f32[N, 4]; function f(x) -> dense(x, 3); }");
        string Target(NetworkProject of, string target) => Generate(of.WithProperty("NetTarget", target)).ShouldHaveSingleItem().Id;
        Generate(project).ShouldBeEmpty();
        Target(project, "Gpu").ShouldBe("NETC4101");
        Target(project, "Graphics").ShouldBe("NETC4104");
        var signed = project with { HasGpu = true, KeyFile = "key.snk" };
        Generate(signed).ShouldHaveSingleItem().Id.ShouldBe("NETC4105");
        Target(signed, "gpu").ShouldBe("NETC4105");
        Generate(signed.WithProperty("NetTarget", "Cpu")).ShouldBeEmpty();
        Generate(project with { HasGpu = true }).ShouldBeEmpty();
    }

    [Fact]
    public void The_record_for_gpus_beside_a_network_is_taken_by_its_code_for_gpus()
    {
        const string Network = "network Tuned { input x : f32[N, 4]; function f(x) -> dense(x, 64); }";
        const string Record = "{ \"format\": 1, \"machine\": \"some GPU\", \"kernels\": { \"matmul f32 [N=1,4]*[4,64]\": { \"choose\": \"tile-64x64\" } } }";
        var project = new NetworkProject { HasGpu = true }.With("tuned.net", Network).With("tuned.gpu.tune.json", Record);
        Generate(project).ShouldBeEmpty();
        NetworkProject.Files(project.Run()).Values.Count(text => text.ToString().Contains("ProductMethod.Tile64x64", StringComparison.Ordinal)).ShouldBe(1);
        Generate(project with { HasGpu = false }).ShouldBeEmpty();
        Generate(project.WithProperty("NetGpu", "some GPU")).ShouldBeEmpty();
        Generate(project.WithProperty("NetGpu", "another GPU")).ShouldHaveSingleItem().Id.ShouldBe("NETC4002");
        Generate(project.With("tuned.gpu.tune.json", "{")).ShouldHaveSingleItem().Id.ShouldBe("NETC4001");
        Generate(project.With("other.gpu.tune.json", Record)).ShouldHaveSingleItem().GetMessage().ShouldContain("there is no network file \"other.net\"");
    }

    [Fact]
    public async Task In_a_build_the_generator_reports_and_the_analyzer_is_silent()
    {
        var project = new NetworkProject().With("broken.net", UnknownLayer);
        Generate(project).ShouldHaveSingleItem();
        (await project.Analyze()).ShouldBeEmpty();
    }

    [Fact]
    public async Task In_an_editor_the_analyzer_reports_the_same_and_the_generator_is_silent()
    {
        var built = new NetworkProject()
            .With("blocks.net", Networks.Blocks.Replace("relu;", "relo;", StringComparison.Ordinal))
            .With("broken.net", UnknownLayer)
            .With("stacked.net", Networks.UsesBlocks)
            .With("tiny.net", Networks.Tiny);
        var edited = built with { IsLive = true };
        Generate(edited).ShouldBeEmpty();
        var live = await edited.Analyze();
        live.ShouldNotBeEmpty();
        live.Select(Show).Order().ShouldBe(Generate(built).Select(Show).Order());
        live.ShouldAllBe(found => found.Location.Kind == LocationKind.ExternalFile);
    }

    [Fact]
    public void Findings_carry_the_projects_own_paths()
    {
        // As on Windows: the project writes '\\', the compiler finds used files with '/'.
        var unit = new CompilationUnit(
            new("C:\\project\\stacked.net", Networks.UsesBlocks),
            [new("C:\\project\\blocks.net", Networks.Blocks.Replace("relu;", "relo;", StringComparison.Ordinal))],
            [],
            null,
            null,
            new("Project", false, "stacked"));
        UnitCompiler.Check(unit, CancellationToken.None).Select(found => found.Location.Path).Distinct().ShouldBe(["C:\\project\\blocks.net"]);
    }

    [Fact]
    public void An_exception_in_the_compiler_is_one_error_at_the_file()
    {
        var result = UnitCompiler.Guard(Unit, () => throw new InvalidOperationException("two\nlines"), CancellationToken.None);
        result.Files.ShouldBeEmpty();
        var found = Reporting.ToRoslyn(result.Diagnostics.Items.ShouldHaveSingleItem());
        found.Id.ShouldBe("NETC9001");
        found.Severity.ShouldBe(DiagnosticSeverity.Error);
        found.Location.GetLineSpan().ToString().ShouldStartWith("/project/tiny.net: (0,0)");
        found.GetMessage().ShouldContain("InvalidOperationException: two lines");
        found.GetMessage().ShouldNotContain("\n");
    }

    [Fact]
    public void A_cancellation_is_not_an_internal_error()
    {
        var cancelled = new CancellationToken(canceled: true);
        Should.Throw<OperationCanceledException>(() => UnitCompiler.Guard(Unit, () => throw new OperationCanceledException(cancelled), cancelled));
    }

    static CompilationUnit Unit => new(new("/project/tiny.net", Networks.Tiny), [], [], null, null, new("Project", false, "tiny"));

    static ImmutableArray<Diagnostic> Generate(NetworkProject project)
    {
        var result = project.Run().GetRunResult().Results.Single();
        result.Exception.ShouldBeNull();
        return result.Diagnostics;
    }

    static string Show(Diagnostic found) => $"{found.Location.GetLineSpan()} {found.Id} {found.GetMessage()}";
}
