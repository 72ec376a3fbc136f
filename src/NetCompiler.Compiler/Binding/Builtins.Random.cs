using System.Collections.Generic;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Binding;

internal static partial class Builtins
{
    static IEnumerable<Builtin> Random() =>
    [
        Function("random", "shape?, type?",
            "Random numbers of this shape, evenly spread in [0, 1), f32 if no type is given: other ones at each place of the program and in each call. They follow from the seed.",
            call =>
            {
                if (call.ElementType("type", DType.F32) is not { } type)
                    return PoisonValue.Instance;
                var shape = call.Has("shape") ? call.Shape("shape") : Shape.Scalar;
                return type is not (DType.F32 or DType.F64) ? call.Wrong("type", "f32 or f64")
                    : shape is null ? PoisonValue.Instance
                    : new TensorValue(call.Binder.Draw(call.Site, shape, type));
            }, takesTensorFirst: false),
        Function("round_at_random", "x, u, type",
            "x in f16 or bf16: of its two neighbours there the one further from 0 where u is less than the share of the way to it, else the other. For u evenly spread in [0, 1) the mean is x; stochastic_round draws such. What lies beyond the largest finite number becomes the nearest. Gradients pass to x as through a cast.",
            call => call.ElementType("type", DType.BF16) is not { } type || call.FloatTensor("x") is not { } x || call.FloatTensor("u") is not { } u ? PoisonValue.Instance
                : !type.IsHalf() ? call.Wrong("type", "f16 or bf16")
                : call.Tensors.Elementwise(call.Site, "round_at_random", new RoundAtRandom(type), new TensorValue(x), new TensorValue(u))),
    ];
}
