using System.Diagnostics;
using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace NetCompiler.EndToEnd.Tests;

/// <summary>What a deep network costs the compiler: ResNet-152 with its gradients, 2800 steps of training.</summary>
public sealed class ZooSizeTests
{
    [Fact]
    public void The_code_of_ResNet152_stays_below_1100_kilobytes_and_has_each_kernel_once()
    {
        var files = ZooFiles.Compile("resnet.net").Emit("ResNet152");
        files.Items.Sum(file => file.Text.Length).ShouldBeLessThan(1_100_000);

        string kernels = files.Items.Single(file => file.Name.EndsWith("Loop_Kernels.g.cs", StringComparison.Ordinal)).Text;
        var bodies = Regex.Matches(kernels, @"readonly struct K\d+_\w*(?<body>\(.*?\n    }\n)", RegexOptions.Singleline).Select(match => match.Groups["body"].Value).ToList();
        bodies.Count.ShouldBeInRange(10, 80);
        bodies.Distinct().Count().ShouldBe(bodies.Count);
    }

    /// <summary>Warm it takes a second on one core, and took sixteen beside other tests on a busy machine; what grows with the square of the layers takes longer still.</summary>
    [Fact]
    public void ResNet152_is_checked_and_generated_in_less_than_a_minute()
    {
        const string instance = "network Deep = ResNet([3, 8, 36, 3], deep: true);";
        ZooFiles.Compile("resnet.net", instance).Emit("Deep").ShouldNotBeEmpty();
        var watch = Stopwatch.StartNew();
        ZooFiles.Compile("resnet.net", instance).Emit("Deep");
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(1));
    }
}
