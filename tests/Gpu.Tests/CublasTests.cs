using System.Runtime.InteropServices;
using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;
using Shouldly;
using Xunit;

namespace NetCompiler.Gpu.Tests;

/// <summary>What cuBLAS is asked for, answered by an imitation of cublasSgemmStridedBatched as it is documented.</summary>
public sealed class CublasTests
{
    static readonly GpuDevice Emulator = GpuDevice.For(Device.GpuEmulator)!;

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Products_row_by_row_are_asked_for_as_products_column_by_column(bool transposedA, bool transposedB)
    {
        var sample = new ProductSample(2, transposedA, transposedB, 7, 5, 11, 2);
        sample.Check(
            Emulator,
            (s, a, strideA, batchA, b, strideB, batchB, c, strideC, batchC) => Multiply(s, a, strideA, batchA, b, strideB, batchB, new StoreMatrix(c.View, strideC, batchC)),
            sample.RoundingOfFloat32);
    }

    [Fact]
    public void Epilogues_take_the_elements_from_a_workspace()
    {
        var sample = new ProductSample(2, false, false, 6, 9, 4, 0);
        sample.Check(
            Emulator,
            (s, a, strideA, batchA, b, strideB, batchB, c, strideC, _) => Multiply(s, a, strideA, batchA, b, strideB, batchB, new EndMatrix<AddTo>(new AddTo(c, strideC), s.M)),
            sample.RoundingOfFloat32);
    }

    [Fact]
    public void Factors_that_are_not_stored_are_refused() =>
        Should.Throw<NotSupportedException>(() => StoredMatrix.Of(default(Patches))).Message.ShouldBe("cuBLAS multiplies matrices in memory, and Patches is computed where it is used");

    static void Multiply<TEnd>(
        ProductSample s, DevicePointer<float> a, int strideA, int batchA, DevicePointer<float> b, int strideB, int batchB, TEnd end) where TEnd : struct, IGpuProductEnd
    {
        var library = new Cublas(Imitation);
        var sizes = new ProductSizes(Emulator, s.Batch, s.M, s.N, s.K);
        if (s.TransposedA)
            Right(new InterleavedLines(a.View, strideA, batchA));
        else
            Right(new ContiguousLines(a.View, strideA, batchA));

        void Right<TLeft>(TLeft left) where TLeft : struct, IGpuOperand
        {
            if (s.TransposedB)
                library.Multiply(sizes, left, new ContiguousLines(b.View, strideB, batchB), end);
            else
                library.Multiply(sizes, left, new InterleavedLines(b.View, strideB, batchB), end);
        }
    }

    // C = alpha op(A) op(B) + beta C, with element (i, j) of a matrix at i + j * leading dimension; memory of the emulator is the processor's.
    static int Imitation(
        nint handle, int operationA, int operationB, int m, int n, int k, in float alpha, nint a, int strideA, long batchA,
        nint b, int strideB, long batchB, in float beta, nint c, int strideC, long batchC, int batch)
    {
        const int invalidValue = 7;
        if (strideA < (operationA == 0 ? m : k) || strideB < (operationB == 0 ? k : n) || strideC < m)
            return invalidValue;
        for (int each = 0; each < batch; each++)
        {
            for (int i = 0; i < m; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    double sum = 0;
                    for (int l = 0; l < k; l++)
                    {
                        float left = At(a, each * batchA + (operationA == 0 ? i + (long)l * strideA : l + (long)i * strideA));
                        float right = At(b, each * batchB + (operationB == 0 ? l + (long)j * strideB : j + (long)l * strideB));
                        sum += (double)left * right;
                    }
                    nint target = c + (nint)(each * batchC + i + (long)j * strideC) * sizeof(float);
                    Marshal.Copy([(float)(alpha * sum + (beta == 0 ? 0 : beta * At(target, 0)))], 0, target, 1);
                }
            }
        }
        return 0;
    }

    static float At(nint address, long index)
    {
        var value = new float[1];
        Marshal.Copy(address + (nint)index * sizeof(float), value, 0, 1);
        return value[0];
    }
}
