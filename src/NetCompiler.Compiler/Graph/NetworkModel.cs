using System.Collections.Immutable;
using System.Linq;

namespace NetCompiler.Graph;

internal enum VariableKind
{
    /// <summary>Learned by the training functions.</summary>
    Parameter,
    /// <summary>A <c>state</c> of the network itself, such as the state of a recurrence: what <c>Reset()</c> is for.</summary>
    State,
    /// <summary>A <c>state</c> of a layer, such as a running mean.</summary>
    Statistic,
    /// <summary>A <c>state</c> of an optimizer: momentum, averages.</summary>
    Moment,
}

/// <summary>How a variable gets its first value.</summary>
internal abstract record Initializer
{
    public sealed record Constant(double Value) : Initializer;

    public sealed record Uniform(double Low, double High) : Initializer;

    public sealed record Normal(double Mean, double Deviation) : Initializer;

    public sealed record TruncatedNormal(double Mean, double Deviation) : Initializer;

    public sealed record Orthogonal(double Gain) : Initializer;

    /// <summary>64 bits that depend on the seed of the network.</summary>
    public sealed record Seed : Initializer;
}

/// <summary>
/// Storage that outlives a call. Only states that start from one repeated value may have symbolic dimensions: they take the sizes of
/// a call, and start anew when these change. Compared by reference.
/// </summary>
internal sealed class Variable(string name, TensorType type, VariableKind kind, Initializer initializer, Origin origin, string documentation = "")
{
    /// <summary>The hierarchical name: <c>c1.weight</c>, <c>train.c1.weight.v</c>.</summary>
    public string Name { get; } = name;

    public TensorType Type { get; } = type;

    public VariableKind Kind { get; } = kind;

    public Initializer Initializer { get; } = initializer;

    public Origin Origin { get; } = origin;

    public string Documentation { get; } = documentation;

    public override string ToString() => Name;
}

/// <summary>An input of a function: a tensor given by the caller, or a scalar given at each call.</summary>
internal sealed record Argument(string Name, TensorType Type, Origin Origin, string Documentation = "");

/// <summary>A named result of a function.</summary>
internal sealed record Output(string Name, Node Value);

/// <summary>The value a variable has after a call. All updates of a call see the values from before it.</summary>
internal sealed record Update(Variable Variable, Node Value);

/// <summary>Two dimensions that must be equal, or in order, but could not be compared at build time; checked on entry.</summary>
/// <param name="Left">One of the two.</param>
/// <param name="Right">The other.</param>
/// <param name="Message">What needs it, where; {0} and {1} stand for the values of the two.</param>
/// <param name="AtMost">Whether <paramref name="Left"/> may also be less than <paramref name="Right"/>.</param>
internal sealed record DimCheck(Dim Left, Dim Right, string Message, bool AtMost = false);

/// <summary>What becomes one C# method: inputs to outputs, with updates.</summary>
internal sealed record FunctionModel(
    string Name,
    ImmutableArray<Argument> Arguments,
    ImmutableArray<Output> Outputs,
    ImmutableArray<Update> Updates,
    ImmutableArray<DimCheck> Checks,
    bool Trains,
    Origin Origin,
    string Documentation)
{
    /// <summary>What a call computes: the results, then the new values of variables.</summary>
    public ImmutableArray<Node> Roots => [.. Outputs.Select(output => output.Value), .. Updates.Select(update => update.Value)];

    /// <summary>What a call may take at most; null for as much as it needs.</summary>
    public MemoryLimit? Memory { get; init; }
}

/// <summary>A network with all layers unfolded: what becomes one C# class.</summary>
/// <param name="Namespace">The C# namespace.</param>
/// <param name="Name">The class name.</param>
/// <param name="Variables">Parameters and states in the order of their declaration.</param>
/// <param name="Functions">The methods.</param>
/// <param name="Builder">The graph that all functions share; passes add nodes to it.</param>
/// <param name="Origin">The declaration.</param>
/// <param name="Documentation">The text of the doc comment.</param>
internal sealed record NetworkModel(
    string Namespace,
    string Name,
    ImmutableArray<Variable> Variables,
    ImmutableArray<FunctionModel> Functions,
    GraphBuilder Builder,
    Origin Origin,
    string Documentation)
{
    /// <summary>What the network promises not to exceed.</summary>
    public ImmutableArray<Budget> Budgets { get; init; } = [];

    public NetworkSettings Settings { get; init; } = NetworkSettings.None;

    /// <summary>For signatures of kernels the algorithm to take, whatever the cost model predicts.</summary>
    public ImmutableDictionary<string, string> Choices { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>The same for the code for GPUs.</summary>
    public ImmutableDictionary<string, string> GpuChoices { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>The file of the first weights, by its name in the program; null if there is none.</summary>
    public string? Weights { get; init; }
}
