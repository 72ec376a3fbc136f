using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NetCompiler.Runtime;

/// <summary>Masks of one byte for each element, by vectors.</summary>
static unsafe class ByteMasks
{
    /// <summary>Sets elements whose byte is 0 to a value, in whole vectors; the result is how many elements these have covered.</summary>
    public static nint Fill(Pointer<byte> keeps, Pointer<float> row, nint count, float fill)
    {
        if (!Avx2.IsSupported)
            return 0;
        byte* from = (byte*)keeps.Address;
        float* to = (float*)row.Address;
        var filled = Vector256.Create(fill);
        nint i = 0;
        for (; i + Vector256<float>.Count <= count; i += Vector256<float>.Count)
        {
            var isFalse = Avx2.CompareEqual(Avx2.ConvertToVector256Int32(from + i), Vector256<int>.Zero).AsSingle();
            Avx.BlendVariable(Vector256.Load(to + i), filled, isFalse).Store(to + i);
        }
        return i;
    }
}
