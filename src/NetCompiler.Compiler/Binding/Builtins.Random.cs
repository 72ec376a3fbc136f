using System.Collections.Generic;
using NetCompiler.Graph;

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
    ];
}
