using System.IO.Compression;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace NetCompiler.Generator.Tests;

/// <summary>The packages, as a user meets them: in a fresh project that knows nothing of this repository.</summary>
public sealed partial class PackageTests : IAsyncLifetime
{
    const string Project = """
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <Nullable>enable</Nullable>
            <ImplicitUsings>enable</ImplicitUsings>
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="NetCompiler" Version="0.1.0" />
          </ItemGroup>
        </Project>
        """;

    // y = 2x + 1 with the weight given, so that the output is known exactly.
    const string Program = """
        var line = new my_app.Line();
        Console.WriteLine("y: " + string.Join(' ', line.Predict([1f, 2f, 4f]).ToArray()));
        """;

    const string Network = """
        network Line {
            input x : f32[N, 1];
            param w : f32[1, 1] = constant(2);
            y = x @ w + 1;
            function predict(x) -> y;
        }
        """;

    // A space and a letter outside ASCII: paths of users' projects have both.
    readonly string _folder = Path.Combine(Path.GetTempPath(), $"netcompiler tests é {Guid.NewGuid():N}");

    string Packages => Path.Combine(_folder, "packages");

    string Consumer => Path.Combine(_folder, "my-app");

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(Consumer);
        await Pack("NetCompiler");
        await Pack("NetCompiler.Runtime");
        await Pack("NetCompiler.Training");
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_project_with_the_package_reference_alone_builds_runs_and_reports_mistakes()
    {
        ContentsOf("NetCompiler").ShouldBe(
        [
            "README.md",
            "analyzers/dotnet/cs/Antlr4.Runtime.Standard.dll",
            "analyzers/dotnet/cs/NetCompiler.Compiler.dll",
            "analyzers/dotnet/cs/NetCompiler.Generator.dll",
            "build/NetCompiler.props",
            "build/NetCompiler.targets",
        ]);

        foreach (var package in (string[])["NetCompiler", "NetCompiler.Runtime", "NetCompiler.Training"])
            ManifestOf(package).ShouldSatisfyAllConditions(
                manifest => manifest.ShouldContain($"<id>{package}</id>"),
                manifest => manifest.ShouldContain("""<license type="expression">MIT</license>"""),
                manifest => manifest.ShouldContain("<readme>README.md</readme>"),
                manifest => manifest.ShouldContain("<description>"));
        ManifestOf("NetCompiler").ShouldContain("""<dependency id="NetCompiler.Runtime" version="0.1.0" """);

        Write("my-app.csproj", Project);
        Write("Program.cs", Program);
        Write("models/line.net", Network);
        // What lies in build output and in hidden folders is nobody's network.
        Write("bin/broken.net", "!");
        Write("obj/broken.net", "!");
        Write(".hidden/broken.net", "!");
        // A folder of its own for restored packages: the version is the same at every run of this test, and must not be cached.
        Write("nuget.config", $"""
            <configuration>
              <packageSources><add key="local" value="{Packages}" /></packageSources>
              <config><add key="globalPackagesFolder" value="{Path.Combine(_folder, "restored")}" /></config>
            </configuration>
            """);
        (await DotNet.Succeed(Consumer, "run")).ShouldContain("y: 3 5 9");
        LeftToTheJit("bin/Debug/net10.0/my-app.dll").ShouldNotBeEmpty();

        // What is to be compiled ahead of time must not ask for the JIT's best, or it would be left to the JIT.
        await DotNet.Succeed(Consumer, "build", "-c", "Release", "-p:NetCompilerPrecompiled=true");
        (await DotNet.Succeed(Consumer, "run", "-c", "Release", "--no-build")).ShouldContain("y: 3 5 9");
        LeftToTheJit("bin/Release/net10.0/my-app.dll").ShouldBeEmpty();
        LeftToTheJit("bin/Release/net10.0/NetCompiler.Runtime.dll").ShouldBeEmpty();

        // A mistake fails the build, once, at its place in the .net file.
        Write("models/line.net", Network.Replace("x @ w", "x @ v", StringComparison.Ordinal));
        var (exitCode, output) = await DotNet.Run(Consumer, "build", "--no-restore", "-clp:ErrorsOnly;NoSummary");
        exitCode.ShouldBe(1, output);
        var error = output.Split('\n').Where(line => line.Contains("error NETC", StringComparison.Ordinal)).ShouldHaveSingleItem();
        error.Trim().ShouldStartWith($"{Path.Combine(Consumer, "models", "line.net")}(4,13): error NETC");
    }

    string[] LeftToTheJit(string assembly)
    {
        using var image = new PEReader(File.OpenRead(Path.Combine(Consumer, assembly)));
        var metadata = image.GetMetadataReader();
        return [.. metadata.MethodDefinitions.Select(metadata.GetMethodDefinition)
            .Where(method => method.ImplAttributes.HasFlag(MethodImplAttributes.AggressiveOptimization))
            .Select(method => metadata.GetString(method.Name))];
    }

    async Task Pack(string project) =>
        await DotNet.Succeed(DotNet.RepositoryRoot, "pack", $"src/{project}", "--no-build", "-c", DotNet.Configuration, "-o", Packages);

    ZipArchive Open(string package) => ZipFile.OpenRead(Path.Combine(Packages, $"{package}.0.1.0.nupkg"));

    string ManifestOf(string package)
    {
        using var archive = Open(package);
        using var reader = new StreamReader(archive.GetEntry($"{package}.nuspec")!.Open());
        return reader.ReadToEnd();
    }

    string[] ContentsOf(string package)
    {
        using var archive = Open(package);
        return [.. archive.Entries.Select(entry => entry.FullName).Where(name => !PackageParts().IsMatch(name)).Order(StringComparer.Ordinal)];
    }

    void Write(string name, string text)
    {
        var path = Path.Combine(Consumer, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    // What every package has.
    [GeneratedRegex(@"^(_rels/|package/|\[Content_Types\]|[^/]*\.nuspec$)")]
    private static partial Regex PackageParts();
}
