using NetCompiler.Runtime;

namespace NetCompiler.Training;

/// <summary>
/// Steps that call a network's functions by name, where the generated class is not known, as in the command line. An input
/// takes the column of its name; a scalar input named rate takes the learning rate. The result named loss (or else the first)
/// is the loss, and the one named accuracy, if any, the accuracy.
/// </summary>
public static class FunctionSteps
{
    const string Rate = "rate", Loss = "loss", Accuracy = "accuracy";

    /// <summary>A step that learns by calling <paramref name="function"/>.</summary>
    /// <exception cref="ArgumentException">There is no such function, it learns nothing, or the data has not what it needs.</exception>
    public static TrainStep Train(Network network, string function, Dataset data)
    {
        var (signature, call) = Bind(network, function, data);
        return signature.Trains ? call : throw new ArgumentException($"{signature} learns nothing: it minimizes no loss and updates no parameter");
    }

    /// <summary>A step that measures by calling <paramref name="function"/>.</summary>
    /// <exception cref="ArgumentException">There is no such function, it changes parameters, or the data has not what it needs.</exception>
    public static EvaluateStep Evaluate(Network network, string function, Dataset data)
    {
        var (signature, call) = Bind(network, function, data);
        return !signature.Trains ? batch => call(batch, rate: 0) : throw new ArgumentException($"{signature} changes parameters: it cannot measure");
    }

    static (FunctionSignature Signature, TrainStep Call) Bind(Network network, string function, Dataset data)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        var signature = network.Functions.FirstOrDefault(candidate => candidate.Name == function) ?? throw Arguments.UnknownFunction(function, network.Functions);
        foreach (var input in signature.Inputs)
            Check(signature, input, data);
        var loss = Math.Max(0, IndexOf(signature.Outputs, Loss));
        var accuracy = IndexOf(signature.Outputs, Accuracy);
        if (signature.Outputs.Count == 0)
            throw new ArgumentException($"{signature} has no result to take as the loss");
        var arguments = new object[signature.Inputs.Count];
        return (signature, (batch, rate) =>
        {
            for (var i = 0; i < arguments.Length; i++)
                arguments[i] = signature.Inputs[i].Dimensions.Count == 0 ? rate : batch[signature.Inputs[i].Name];
            var results = network.Invoke(function, arguments);
            return (Number(results[loss]), accuracy < 0 ? float.NaN : Number(results[accuracy]));
        });
    }

    static void Check(FunctionSignature signature, TensorSignature input, Dataset data)
    {
        if (input.Dimensions.Count == 0)
        {
            if (input.Name != Rate)
                throw new ArgumentException($"{signature}: the scalar '{input.Name}' has no source; only one named '{Rate}' is given a value");
            return;
        }
        var column = data.Columns.FirstOrDefault(candidate => candidate.Name == input.Name)
            ?? throw new ArgumentException($"{signature}: the data has no column '{input.Name}', only {string.Join(", ", data.Columns.Select(candidate => $"'{candidate.Name}'"))}");
        long known = 1;
        foreach (var dimension in input.Dimensions)
            known *= dimension ?? 1;
        if (column.SampleLength != known)
            throw new ArgumentException($"{signature}: '{input.Name}' has {known} values for each sample, but the data's samples have the shape [{string.Join(", ", column.SampleShape)}]");
    }

    static int IndexOf(IReadOnlyList<TensorSignature> outputs, string name)
    {
        for (var i = 0; i < outputs.Count; i++)
            if (outputs[i].Name == name)
                return i;
        return -1;
    }

    static float Number(object result) => result switch
    {
        float number => number,
        double number => (float)number,
        TensorView<float> { Length: 1 } view => view.AsSpan()[0],
        TensorView<double> { Length: 1 } view => (float)view.AsSpan()[0],
        _ => throw new ArgumentException($"{result} is not a number to take as loss or accuracy"),
    };
}
