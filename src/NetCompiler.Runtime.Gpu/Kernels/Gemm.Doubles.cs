using ILGPU;
using ILGPU.Runtime;

namespace NetCompiler.Runtime.Gpu;

/// <content>Products of doubles, summed in double: the path for checking. Each element is one sum in the order of its terms.</content>
public static partial class Gemm
{
    /// <summary>C = A B, or with transposed operands.</summary>
    public static void Multiply(
        GpuDevice device, bool transposedA, bool transposedB, nint m, nint n, nint k,
        DevicePointer<double> a, nint strideA, DevicePointer<double> b, nint strideB, DevicePointer<double> c, nint strideC) =>
        MultiplyBatched(device, 1, transposedA, transposedB, m, n, k, a, strideA, 0, b, strideB, 0, c, strideC, 0);

    /// <summary>C[i] = A[i] B[i] for each of a batch of matrices [m, k] and [k, n]; with the arguments of the products of floats.</summary>
    public static void MultiplyBatched(
        GpuDevice device, nint batch, bool transposedA, bool transposedB, nint m, nint n, nint k,
        DevicePointer<double> a, nint strideA, nint batchA, DevicePointer<double> b, nint strideB, nint batchB,
        DevicePointer<double> c, nint strideC, nint batchC)
    {
        ArgumentNullException.ThrowIfNull(device);
        var kernel = new DoubleProductKernel
        {
            A = a.View, B = b.View, C = c.View,
            Rows = checked((int)m), Columns = checked((int)n), Terms = checked((int)k),
            RowA = transposedA ? 1 : strideA, TermA = transposedA ? strideA : 1, BatchA = batchA,
            TermB = transposedB ? 1 : strideB, ColumnB = transposedB ? strideB : 1, BatchB = batchB,
            StrideC = strideC, BatchC = batchC,
        };
        device.Launch(
            ProductGroup.All(kernel.Rows, DoubleProductKernel.Side, kernel.Columns, DoubleProductKernel.Side, batch),
            new Index3D(DoubleProductKernel.Threads, 1, 1), kernel);
    }
}

/// <summary>A group of threads for each 32 x 32 results, 2 x 2 for a thread, on parts of the factors in shared memory.</summary>
struct DoubleProductKernel : IGpuKernel<DoubleProductKernel>
{
    const int Depth = 16;

    public const int Side = 32, Threads = 256;

    public ArrayView<double> A, B, C;
    public int Rows, Columns, Terms;
    public long RowA, TermA, BatchA, TermB, ColumnB, BatchB, StrideC, BatchC;

    public static void Run(DoubleProductKernel kernel)
    {
        // One more column than there are: threads that read one of them meet no other in its bank.
        var left = SharedMemory.Allocate<double>(Depth * (Side + 1));
        var right = SharedMemory.Allocate<double>(Depth * (Side + 1));
        int thread = Group.IdxX, x = thread & 15, y = thread / 16;
        var group = ProductGroup.Own(kernel.Rows, Side, kernel.Columns, Side, parts: 1);
        int firstRow = group.Row * Side, firstColumn = group.Column * Side;
        long a = group.Batch * kernel.BatchA, b = group.Batch * kernel.BatchB, c = group.Batch * kernel.BatchC;
        double sum00 = 0, sum01 = 0, sum10 = 0, sum11 = 0;
        for (int start = 0; start < kernel.Terms; start += Depth)
        {
            for (int i = thread; i < Side * Depth; i += Threads)
            {
                // Neighbouring threads read neighbours in memory.
                int place = kernel.TermA == 1 ? i & (Depth - 1) : i / Side, line = kernel.TermA == 1 ? i / Depth : i & (Side - 1);
                int row = firstRow + line, term = start + place;
                left[place * (Side + 1) + line] = row < kernel.Rows && term < kernel.Terms ? kernel.A[a + row * kernel.RowA + term * kernel.TermA] : 0;
                place = kernel.TermB == 1 ? i & (Depth - 1) : i / Side;
                line = kernel.TermB == 1 ? i / Depth : i & (Side - 1);
                int column = firstColumn + line;
                term = start + place;
                right[place * (Side + 1) + line] = column < kernel.Columns && term < kernel.Terms ? kernel.B[b + term * kernel.TermB + column * kernel.ColumnB] : 0;
            }
            Group.Barrier();
            for (int place = 0; place < Depth; place++)
            {
                double top = left[place * (Side + 1) + y], bottom = left[place * (Side + 1) + y + 16];
                double near = right[place * (Side + 1) + x], far = right[place * (Side + 1) + x + 16];
                sum00 += top * near;
                sum01 += top * far;
                sum10 += bottom * near;
                sum11 += bottom * far;
            }
            Group.Barrier();
        }
        kernel.Store(c, firstRow + y, firstColumn + x, sum00);
        kernel.Store(c, firstRow + y, firstColumn + x + 16, sum01);
        kernel.Store(c, firstRow + y + 16, firstColumn + x, sum10);
        kernel.Store(c, firstRow + y + 16, firstColumn + x + 16, sum11);
    }

    readonly void Store(long first, int row, int column, double value)
    {
        if (row < Rows && column < Columns)
            C[first + row * StrideC + column] = value;
    }
}
