using System.Reflection;
using NetCompiler.Emit;
using NetCompiler.Graph;
using NetCompiler.Runtime;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

public sealed class RuntimeApiTests
{
    [Fact]
    public void Every_runtime_name_that_emitted_code_uses_is_public_in_the_runtime()
    {
        var exported = typeof(Network).Assembly.GetExportedTypes();
        var names = typeof(RuntimeApi).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(field => field is { IsLiteral: true } && field.Name != nameof(RuntimeApi.Namespace))
            .Select(field => (string)field.GetRawConstantValue()!)
            .Concat(new[] { DType.F32, DType.F64 }.SelectMany(type => new[] { RuntimeApi.LanesOf(type).Wide, RuntimeApi.LanesOf(type).Medium, RuntimeApi.LanesOf(type).One }))
            .ToList();
        names.Count.ShouldBeGreaterThan(20);
        names.Where(name => !Exists(exported, name)).ShouldBeEmpty();
    }

    static bool Exists(Type[] exported, string name)
    {
        string[] parts = name.Split('.');
        return exported.Any(type =>
            type.Namespace == RuntimeApi.Namespace
            && type.Name.Split('`')[0] == parts[0]
            && (parts.Length == 1 || type.GetMember(parts[1]).Length > 0));
    }
}
