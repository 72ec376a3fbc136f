namespace NetCompiler.Runtime.Tests.Networks;

/// <summary>A network with a state that takes the size of each call, and variables of every kind.</summary>
sealed class SizedNetwork : Network
{
    public SizedNetwork() : base(seed: 0, pool: null)
    {
        Hidden = Add<float>("hidden", VariableKind.State, Initializer.Constant(0.5), Variable.AnySize, 3);
        Add<float>("mean", VariableKind.Statistic, Initializer.Constant(0), 2);
        Add<float>("velocity", VariableKind.Moment, Initializer.Constant(0), 2);
        Add<float>("count", VariableKind.State, Initializer.Constant(0));
    }

    public Variable<float> Hidden { get; }

    public override IReadOnlyList<FunctionSignature> Functions => [];

    public void Call(int size, int width = 3) => Resize(Hidden, size, width);

    public override IReadOnlyList<object> Invoke(string function, params ReadOnlySpan<object> arguments) => throw Arguments.UnknownFunction(function, Functions);
}
