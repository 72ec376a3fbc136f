namespace NetCompiler.Runtime.Tests.Networks;

/// <summary>A small network written by hand, with variables of every element type.</summary>
sealed class TestNetwork : Network
{
    static readonly FunctionSignature s_double = new("double", [new TensorSignature("x", "f32", "[N]")], [new TensorSignature("y", "f32", "[N]")], Trains: false);

    readonly PinnedBuffer _memory = new();
    readonly ShapeCache _shape = new();

    public TestNetwork(ulong seed = 1, bool withExtraLayer = false) : base(seed, null)
    {
        Weight = Add<float>("dense.weight", VariableKind.Parameter, Initializer.Normal(0, 1), 5, 7);
        if (withExtraLayer)
            Add<float>("extra.weight", VariableKind.Parameter, Initializer.Normal(0, 1), 5, 7);
        Add<float>("dense.bias", VariableKind.Parameter, Initializer.Constant(0.5), 7);
        Add<bool>("flag", VariableKind.State, Initializer.Constant(1));
        Add<byte>("octets", VariableKind.State, Initializer.Uniform(0, 255), 3);
        Steps = Add<int>("steps", VariableKind.State, Initializer.Constant(0));
        Add<double>("wide", VariableKind.Parameter, Initializer.Uniform(-1, 1), 2, 1, 3);
        Add<long>("long", VariableKind.State, Initializer.Constant(-2), 2);
    }

    public Variable<float> Weight { get; }

    public Variable<int> Steps { get; }

    public override IReadOnlyList<FunctionSignature> Functions => [s_double];

    public TensorView<float> Double(ReadOnlySpan<float> x)
    {
        _memory.EnsureCapacity(x.Length * sizeof(float));
        for (var i = 0; i < x.Length; i++)
            _memory.At<float>()[i] = 2 * x[i];
        return new TensorView<float>(_memory.At<float>(), _shape.Of(x.Length), _memory);
    }

    public override IReadOnlyList<object> Invoke(string function, params ReadOnlySpan<object> arguments)
    {
        if (function != s_double.Name)
            throw Arguments.UnknownFunction(function, Functions);
        Arguments.CheckCount(s_double, arguments.Length);
        return [Double(Arguments.Array<float>("x", arguments[0]))];
    }
}
