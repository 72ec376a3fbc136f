using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NetCompiler.Runtime;

/// <summary>Random orthonormal vectors: Gram and Schmidt's process on normal vectors, so that every direction is equally likely.</summary>
static class OrthonormalVectors
{
    /// <summary>Draws <paramref name="count"/> vectors of <paramref name="length"/> values; count is at most length.</summary>
    public static double[][] Draw(int count, int length, Philox4x32 random)
    {
        var vectors = new double[count][];
        for (var i = 0; i < count; i++)
        {
            var vector = vectors[i] = new double[length];
            double kept;
            do
            {
                foreach (ref var value in vector.AsSpan())
                    value = random.NextNormal();
                var drawn = Norm(vector);
                // "Twice is enough" (Giraud, Langou and Rozloznik 2005): the second pass removes the rounding errors of the first.
                for (var pass = 0; pass < 2; pass++)
                    for (var j = 0; j < i; j++)
                        Add(vector, vectors[j], -Dot(vector, vectors[j]));
                var norm = Norm(vector);
                kept = norm / drawn;
                Scale(vector, 1 / norm);
            }
            while (!(kept > 1e-6)); // what is left of a vector so close to the span of the others is mostly rounding
        }
        return vectors;
    }

    // Vectors of a fixed width: the order of the sums, and with it every bit, is the same on all machines.
    static double Norm(double[] a) => Math.Sqrt(Dot(a, a));

    static double Dot(double[] a, double[] b)
    {
        var wideA = MemoryMarshal.Cast<double, Vector256<double>>(a.AsSpan());
        var wideB = MemoryMarshal.Cast<double, Vector256<double>>(b.AsSpan());
        var sums = Vector256<double>.Zero;
        for (var i = 0; i < wideA.Length; i++)
            sums += wideA[i] * wideB[i];
        var sum = Vector256.Sum(sums);
        for (var i = wideA.Length * Vector256<double>.Count; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    static void Add(double[] target, double[] source, double factor)
    {
        var wideTarget = MemoryMarshal.Cast<double, Vector256<double>>(target.AsSpan());
        var wideSource = MemoryMarshal.Cast<double, Vector256<double>>(source.AsSpan());
        for (var i = 0; i < wideTarget.Length; i++)
            wideTarget[i] += factor * wideSource[i];
        for (var i = wideTarget.Length * Vector256<double>.Count; i < target.Length; i++)
            target[i] += factor * source[i];
    }

    static void Scale(double[] target, double factor)
    {
        foreach (ref var value in target.AsSpan())
            value *= factor;
    }
}
