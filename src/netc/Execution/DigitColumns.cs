using NetCompiler.Runtime;
using NetCompiler.Training;

namespace NetCompiler.CommandLine.Execution;

/// <summary>Fits the digits to the inputs of a network's functions: by what an input holds rather than by how it is called.</summary>
internal static class DigitColumns
{
    const string Rate = "rate";

    /// <summary>The data with a column for each input of the functions.</summary>
    /// <exception cref="UserErrorException">An input takes something else than images, labels or a rate.</exception>
    public static Dataset Fit(Dataset digits, IEnumerable<FunctionSignature> functions)
    {
        var columns = new List<Column>();
        foreach (var function in functions)
        {
            foreach (var input in function.Inputs)
            {
                if (IsRate(input) || columns.Any(column => column.Name == input.Name))
                    continue;
                columns.Add(Fit(digits, input) ?? throw Unfit(digits, function, input));
            }
        }
        return new Dataset([.. columns]);
    }

    /// <summary>Whether all that the function takes can be had from images alone.</summary>
    public static bool TakesOnlyImages(Dataset digits, FunctionSignature function) =>
        function.Inputs.Count > 0 && function.Inputs.All(input => IsImage(digits, input));

    /// <summary>Whether all that the function takes can be had from digits.</summary>
    public static bool Fits(Dataset digits, FunctionSignature function) =>
        function.Inputs.Count > 0 && function.Inputs.All(input => IsRate(input) || IsImage(digits, input) || IsLabel(input) || IsOneHot(input));

    /// <summary>Whether the function takes a learning rate at each call.</summary>
    public static bool TakesRate(FunctionSignature function) => function.Inputs.Any(IsRate);

    static Column? Fit(Dataset digits, TensorSignature input)
    {
        if (IsImage(digits, input))
            return Renamed(digits.Column<float>("image"), input);
        var labels = digits.Column<int>("label");
        if (IsLabel(input))
            return input.ElementType == "i32" ? Renamed(labels, input) : new Column<long>(input.Name, Array.ConvertAll(labels.Values.ToArray(), label => (long)label));
        if (!IsOneHot(input))
            return null;
        var oneHot = new float[labels.Count * Mnist.Classes];
        for (int i = 0; i < labels.Count; i++)
            oneHot[i * Mnist.Classes + labels.Values[i]] = 1;
        return new Column<float>(input.Name, oneHot, Mnist.Classes);
    }

    static Column<T> Renamed<T>(Column<T> column, TensorSignature input) where T : unmanaged =>
        column.Name == input.Name ? column : new Column<T>(input.Name, column.Values.ToArray(), [.. column.SampleShape]);

    // The first dimension counts the samples; the pixels may have any shape.
    static bool IsImage(Dataset digits, TensorSignature input) =>
        input is { ElementType: "f32", Dimensions: [null, _, ..] }
        && input.Dimensions.Skip(1).All(dimension => dimension is not null)
        && input.Dimensions.Skip(1).Aggregate(1L, (product, dimension) => product * dimension!.Value) == digits.Column<float>("image").SampleLength;

    static bool IsLabel(TensorSignature input) => input is { ElementType: "i32" or "i64", Dimensions: [null] };

    static bool IsOneHot(TensorSignature input) => input is { ElementType: "f32", Dimensions: [null, Mnist.Classes] };

    static bool IsRate(TensorSignature input) => input.Name == Rate && input.Dimensions.Count == 0;

    static UserErrorException Unfit(Dataset digits, FunctionSignature function, TensorSignature input)
    {
        var image = digits.Column<float>("image");
        return new UserErrorException($"""
            {function} does not fit the digits: '{input}' is none of what netc can supply, which is
              images: f32[N, {string.Join(", ", image.SampleShape)}], or {image.SampleLength} values for each sample in another shape
              labels: i32[N] or i64[N], or f32[N, {Mnist.Classes}] with a 1 at the class
              the learning rate: a scalar named '{Rate}'
            to train on other data, call the generated class from C#
            """);
    }
}
