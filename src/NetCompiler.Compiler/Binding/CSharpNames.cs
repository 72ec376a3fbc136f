using System;
using System.Collections.Generic;
using System.Linq;

namespace NetCompiler.Binding;

/// <summary>
/// Which names of a program can become names in C#: functions become methods, several results a tuple, networks classes. What
/// would not compile there is refused here, where the user can cure it.
/// </summary>
internal static class CSharpNames
{
    /// <summary>What the base class of every network already has, and what the generated part adds.</summary>
    static readonly HashSet<string> _members = new(
        ("Name Seed Pool Arena NewBuffer MemoryInUse Variables Parameters Functions Fingerprint Invoke Initialize Reset Save Load Signatures " +
        "Device ToString Equals GetHashCode GetType Finalize MemberwiseClone ReferenceEquals").Split(' '), StringComparer.Ordinal);

    static readonly HashSet<string> _tupleMembers = new("Rest ToString Equals GetHashCode CompareTo Deconstruct".Split(' '), StringComparer.Ordinal);

    static readonly HashSet<string> _keywords = new(
        ("abstract as base bool break byte case catch char checked class const continue decimal default delegate do double else enum event explicit extern " +
        "false finally fixed float for foreach goto if implicit in int interface internal is lock long namespace new null object operator out override " +
        "params private protected public readonly ref return sbyte sealed short sizeof stackalloc static string struct switch this throw true try typeof " +
        "uint ulong unchecked unsafe ushort using virtual void volatile while").Split(' '), StringComparer.Ordinal);

    /// <summary>Words that are keywords where a type stands.</summary>
    static readonly HashSet<string> _typeWords = new(
        "record file required scoped partial where extension var dynamic nint nuint notnull unmanaged await yield".Split(' '), StringComparer.Ordinal);

    /// <summary>The types that generated code names.</summary>
    static readonly HashSet<string> _types = new(
        ("System NetCompiler Network Variable VariableKind Initializer TensorView FunctionSignature TensorSignature Arguments Pointer Half BFloat16 PinnedBuffer WorkerPool " +
        "IRangeKernel ILanes Simd ScalarMath RandomRounding Gemm Im2ColConvolution ConvolutionShape Placement Pooling PoolingShape Math MathF Span ReadOnlySpan " +
        "IReadOnlyList Action Func Array GC Unsafe Exception ArgumentException Kernels Device DeviceNotFoundException Pending IPendingResults " +
        "GpuDevice DevicePointer DeviceBuffer DeviceVariable DeviceVariables ArgumentStage ResultStage ProductMethod GpuMath GpuThread GpuRow GpuColumn GpuParts").Split(' '), StringComparer.Ordinal);

    /// <summary>The method or tuple element for a name: conv_out becomes ConvOut.</summary>
    public static string Pascal(string name) =>
        string.Concat(name.Split('_').Where(part => part.Length > 0).Select(part => char.ToUpperInvariant(part[0]) + part.Substring(1)));

    /// <summary>Why a file cannot have this namespace, or null.</summary>
    public static string? RefuseNamespace(string name) =>
        name.Split('.').FirstOrDefault(_keywords.Contains) is { } keyword ? $"has the keyword '{keyword}' in it" : null;

    /// <summary>Why a network cannot have this name, or null.</summary>
    public static string? RefuseNetwork(string name) =>
        _keywords.Contains(name) || _typeWords.Contains(name) ? "is a keyword there" : _types.Contains(name) ? "is a type that the generated code uses" : null;

    /// <summary>Why a function cannot have this name, or null.</summary>
    public static string? RefuseFunction(string name, string network, IEnumerable<string> others)
    {
        var method = Pascal(name);
        return NotAName(method)
            ?? (method == network ? "is the name of the class"
            : _members.Contains(method) ? "every network has already"
            : others.Select(Pascal).FirstOrDefault(other => other == method || other + "Plan" == method || method + "Plan" == other) is { } other
                ? $"collides with the function {other}"
            : null);
    }

    /// <summary>Why one of several results cannot have this name, or null.</summary>
    public static string? RefuseResult(string name, IEnumerable<string> others)
    {
        var element = Pascal(name);
        bool numbered = element.StartsWith("Item", StringComparison.Ordinal) && element.Length > 4 && element.Skip(4).All(char.IsDigit);
        return NotAName(element)
            ?? (numbered || _tupleMembers.Contains(element) ? "every tuple has already"
            : others.Any(other => Pascal(other) == element) ? "another result is called too"
            : null);
    }

    static string? NotAName(string name) => name.Length == 0 ? "is no name" : char.IsDigit(name[0]) ? "starts with a digit" : null;
}
