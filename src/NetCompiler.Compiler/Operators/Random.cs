using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using NetCompiler.Graph;

namespace NetCompiler.Operators;

/// <summary>
/// y[i] = u(key, stream, i), uniform in [0, 1): the i-th number that the generator Philox4x32-10 of Salmon et al., "Parallel
/// random numbers: as easy as 1, 2, 3" (SC 2011), hands out for a key and a stream. f32 gets multiples of 2^-24 from one word
/// each, f64 multiples of 2^-53 from two. Every element is a function of its position alone, whoever computes it in which order.
/// </summary>
/// <param name="Shape">How many numbers.</param>
/// <param name="Element">f32 or f64.</param>
/// <param name="Stream">Which of the key's independent streams: each draw in a network has its own.</param>
internal sealed record RandomUniform(Shape Shape, DType Element, int Stream) : Operator
{
    public override string Name => "random";

    protected override string Attributes => $"{Element.Name()}{Shape} stream={Stream}";

    /// <summary>The operand is the key, an i64 scalar.</summary>
    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 1);
        return inputs[0] == TensorType.Scalar(DType.I64) && Element is DType.F32 or DType.F64
            ? new TensorType(Element, Shape)
            : throw new ArgumentException($"{this} has the key {inputs[0]}", nameof(inputs));
    }

    /// <summary>The numbers are constants; what is made of them by arithmetic is differentiated as such.</summary>
    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) => Gradient.Zero(node);

    public override Work Cost(Node node) => new(Dim.Zero, node.Shape.Size);

    public override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols)
    {
        ulong key = unchecked((ulong)(long)inputs[0].Data[0]);
        int wordsEach = Element == DType.F64 ? 2 : 1;
        for (int i = 0; i < output.Data.Length; i++)
        {
            int word = i * wordsEach;
            var block = Block(key, (ulong)Stream, (ulong)(word / 4));
            output.Data[i] = wordsEach == 1
                ? (block[word % 4] >> 8) * Math.Pow(2, -24)
                : ((block[word % 4] | (ulong)block[word % 4 + 1] << 32) >> 11) * Math.Pow(2, -53);
        }
    }

    /// <summary>Four words: ten rounds on the 128-bit counter (counter, stream), low words first.</summary>
    static uint[] Block(ulong key, ulong stream, ulong counter)
    {
        unchecked
        {
            uint[] words = [(uint)counter, (uint)(counter >> 32), (uint)stream, (uint)(stream >> 32)];
            var (key0, key1) = ((uint)key, (uint)(key >> 32));
            for (int round = 0; round < 10; round++)
            {
                ulong first = (ulong)0xD2511F53 * words[0], second = (ulong)0xCD9E8D57 * words[2];
                words = [(uint)(second >> 32) ^ words[1] ^ key0, (uint)second, (uint)(first >> 32) ^ words[3] ^ key1, (uint)first];
                key0 += 0x9E3779B9;
                key1 += 0xBB67AE85;
            }
            return words;
        }
    }
}
