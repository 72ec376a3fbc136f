using NetCompiler.Runtime.Gpu;
using Shouldly;

namespace NetCompiler.Gpu.Tests;

/// <summary>Products of a batch of matrices with gaps between rows and matrices, and what they are in float64.</summary>
sealed record ProductSample(int Batch, bool TransposedA, bool TransposedB, int M, int N, int K, int Gap)
{
    const float Untouched = -77;

    int StrideA => (TransposedA ? M : K) + Gap;

    int StrideB => (TransposedB ? K : N) + Gap;

    int StrideC => N + Gap;

    int SizeA => (TransposedA ? K : M) * StrideA + Gap;

    int SizeB => (TransposedB ? N : K) * StrideB + Gap;

    int SizeC => M * StrideC + Gap;

    float[] Random(int seed, int count)
    {
        var random = new Random(seed + M + 31 * N + 1009 * K);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 2 - 1))];
    }

    /// <summary>Computes by <paramref name="multiply"/> and compares with the sums in float64, each within <paramref name="tolerance"/> times the sum of magnitudes.</summary>
    /// <returns>The bits of the result.</returns>
    public int[] Check(GpuDevice device, Multiply multiply, double tolerance)
    {
        float[] a = Random(1, Batch * SizeA), b = Random(2, Batch * SizeB), c = new float[Batch * SizeC];
        c.AsSpan().Fill(Untouched);
        var (onDeviceA, onDeviceB, onDeviceC) = (Upload(device, a), Upload(device, b), Upload(device, c));
        multiply(this, onDeviceA, StrideA, SizeA, onDeviceB, StrideB, SizeB, onDeviceC, StrideC, SizeC);
        device.Download(onDeviceC, c);
        for (int i = 0; i < Batch; i++)
        {
            for (int row = 0; row < M; row++)
            {
                for (int column = 0; column < StrideC; column++)
                {
                    float actual = c[i * SizeC + row * StrideC + column];
                    if (column >= N)
                    {
                        actual.ShouldBe(Untouched, $"the gap at [{i}, {row}, {column}]");
                        continue;
                    }
                    double exact = 0, magnitude = 0;
                    for (int k = 0; k < K; k++)
                    {
                        double term = (double)a[i * SizeA + (TransposedA ? k * StrideA + row : row * StrideA + k)] * b[i * SizeB + (TransposedB ? column * StrideB + k : k * StrideB + column)];
                        exact += term;
                        magnitude += Math.Abs(term);
                    }
                    Math.Abs(actual - exact).ShouldBeLessThanOrEqualTo(tolerance * magnitude, $"[{i}, {row}, {column}] of {this} is {actual} instead of {exact}");
                }
            }
        }
        return [.. c.Select(BitConverter.SingleToInt32Bits)];
    }

    static DevicePointer<float> Upload(GpuDevice device, float[] values)
    {
        var buffer = device.NewBuffer();
        buffer.EnsureCapacity(values.Length * sizeof(float));
        device.Upload<float>(values, buffer.At<float>());
        return buffer.At<float>();
    }

    /// <summary>Each product rounds once, and each sum: k roundings of 2^-24 at most for the first term, and one more.</summary>
    public double RoundingOfFloat32 => (K + 1) * Math.Pow(2, -24);

    public delegate void Multiply(
        ProductSample sample, DevicePointer<float> a, int strideA, int batchA, DevicePointer<float> b, int strideB, int batchB, DevicePointer<float> c, int strideC, int batchC);
}
