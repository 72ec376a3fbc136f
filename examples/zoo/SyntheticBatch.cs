using NetCompiler.Runtime;

namespace Examples.Zoo;

/// <summary>A batch of noise with random answers, which a network can learn by heart.</summary>
static class SyntheticBatch
{
    /// <summary>Arguments for a function that fit its signature.</summary>
    /// <param name="function">What will be called.</param>
    /// <param name="sizes">The value of each symbolic dimension.</param>
    /// <param name="rate">What it gets for an argument of that name.</param>
    /// <param name="seed">Equal seeds give equal batches.</param>
    /// <param name="answers">How many classes, letters or words there are in it; not more than the network knows.</param>
    public static object[] For(FunctionSignature function, IReadOnlyDictionary<string, int> sizes, float rate, int seed, int answers = 10)
    {
        var random = new Random(seed);
        return
        [
            .. function.Inputs.Select(input => input.Dimensions.Count > 0 ? Fill(input, Length(input.Shape, sizes), answers, random)
                : sizes.TryGetValue(input.Name, out var size) ? size
                : (object)rate),
        ];
    }

    static object Fill(TensorSignature input, int length, int answers, Random random)
    {
        if (input.ElementType == "f32")
            return Enumerable.Range(0, length).Select(_ => random.NextSingle()).ToArray();
        // A segment of a text is the first or the second; anything else is one of the answers.
        var limit = input.Name == "segment" ? 2 : answers;
        return Enumerable.Range(0, length).Select(_ => random.Next(limit)).ToArray();
    }

    static int Length(string shape, IReadOnlyDictionary<string, int> sizes) =>
        shape.Trim('[', ']').Split(", ").Aggregate(1, (product, extent) => product * (sizes.TryGetValue(extent, out var size) ? size : int.Parse(extent)));
}
