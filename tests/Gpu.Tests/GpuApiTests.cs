using System.Reflection;
using NetCompiler.Emit.Gpu;
using NetCompiler.Runtime.Gpu;
using Shouldly;
using Xunit;

namespace NetCompiler.Gpu.Tests;

public sealed class GpuApiTests
{
    [Fact]
    public void Every_name_that_emitted_code_uses_is_public_in_the_runtime_for_gpus()
    {
        var exported = typeof(GpuDevice).Assembly.GetExportedTypes().Where(type => type.Namespace == GpuApi.Namespace).Select(type => type.Name.Split('`')[0]).ToHashSet();
        var names = typeof(GpuApi).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(field => field.IsLiteral && field.Name != nameof(GpuApi.Namespace)).Select(field => (string)field.GetRawConstantValue()!)
            .Concat(GpuApi.SameNames).ToList();
        names.Count.ShouldBeGreaterThan(15);
        names.Where(name => !exported.Contains(name)).ShouldBeEmpty();
    }
}
