using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;

namespace NetCompiler.Gpu.Tests;

/// <summary>A convolution of random data on the emulator, with its results by definition in float64 and the sums of the magnitudes of their terms.</summary>
sealed class ConvolutionData
{
    readonly ConvolutionShape _shape;
    readonly float[] _x, _w, _dy;

    public ConvolutionData(ConvolutionShape shape)
    {
        _shape = shape;
        var random = new Random(1);
        float[] Fill(nint count) => [.. Enumerable.Range(0, (int)count).Select(_ => 2 * random.NextSingle() - 1)];
        _x = Fill(shape.Batch * shape.InChannels * shape.InHeight * shape.InWidth);
        _w = Fill(shape.OutChannels * shape.InChannels / shape.Groups * shape.KernelHeight * shape.KernelWidth);
        _dy = Fill(shape.Batch * shape.OutChannels * shape.OutHeight * shape.OutWidth);
        Y = new Sums(_dy.Length);
        Dx = new Sums(_x.Length);
        Dw = new Sums(_w.Length);
        ForEachTerm(shape, (x, w, y) =>
        {
            Y.Add(y, (double)_x[x] * _w[w]);
            Dx.Add(x, (double)_dy[y] * _w[w]);
            Dw.Add(w, (double)_dy[y] * _x[x]);
        });
    }

    public Sums Y { get; }

    public Sums Dx { get; }

    public Sums Dw { get; }

    /// <summary>Calls a kernel for two of the three tensors, and gives the third one.</summary>
    public delegate void Kernel(GpuDevice device, in ConvolutionShape shape, DevicePointer<float> first, DevicePointer<float> second, DevicePointer<float> result);

    public float[] Forward(Kernel kernel) => Run(kernel, _x, _w, _dy.Length);

    public float[] BackwardData(Kernel kernel) => Run(kernel, _dy, _w, _x.Length);

    public float[] BackwardFilter(Kernel kernel) => Run(kernel, _x, _dy, _w.Length);

    float[] Run(Kernel kernel, float[] first, float[] second, int length)
    {
        var device = GpuDevice.For(Device.GpuEmulator)!;
        using var buffers = new DeviceBuffers(device);
        // What is not written stays NaN.
        var result = buffers.Of([.. Enumerable.Repeat(float.NaN, length)]);
        kernel(device, _shape, buffers.Of(first), buffers.Of(second), result);
        var values = new float[length];
        device.Download(result, values);
        return values;
    }

    static void ForEachTerm(ConvolutionShape s, Action<int, int, int> add)
    {
        nint inOfGroup = s.InChannels / s.Groups, outOfGroup = s.OutChannels / s.Groups;
        for (nint n = 0; n < s.Batch; n++)
            for (nint o = 0; o < s.OutChannels; o++)
                for (nint i = 0; i < s.OutHeight; i++)
                    for (nint j = 0; j < s.OutWidth; j++)
                        for (nint c = 0; c < inOfGroup; c++)
                            for (nint u = 0; u < s.KernelHeight; u++)
                                for (nint v = 0; v < s.KernelWidth; v++)
                                {
                                    nint row = i * s.StrideHeight + u * s.DilationHeight - s.PadTop, column = j * s.StrideWidth + v * s.DilationWidth - s.PadLeft;
                                    if (row < 0 || row >= s.InHeight || column < 0 || column >= s.InWidth)
                                        continue;
                                    nint x = ((n * s.InChannels + o / outOfGroup * inOfGroup + c) * s.InHeight + row) * s.InWidth + column;
                                    nint w = ((o * inOfGroup + c) * s.KernelHeight + u) * s.KernelWidth + v;
                                    nint y = ((n * s.OutChannels + o) * s.OutHeight + i) * s.OutWidth + j;
                                    add((int)x, (int)w, (int)y);
                                }
    }

    /// <summary>Sums of products, exact, with how large their terms are and how many.</summary>
    public sealed class Sums(int count)
    {
        readonly double[] _expected = new double[count], _magnitudes = new double[count];
        readonly int[] _terms = new int[count];

        public void Add(int index, double term)
        {
            _expected[index] += term;
            _magnitudes[index] += Math.Abs(term);
            _terms[index]++;
        }

        /// <summary>
        /// How far the worst element is from the exact one, of what rounding can do: terms · 2^-24 times the sum of the magnitudes (Higham,
        /// Accuracy and Stability, 3.1), with one rounding more of the terms and of the result.
        /// </summary>
        public double ErrorOfSums(float[] actual) => Worst(actual, i => (_terms[i] + 2) * Math.ScaleB(1, -24) * _magnitudes[i]);

        /// <summary>How far the worst element is from the exact one, in units of the largest sum of magnitudes in its plane of so many elements.</summary>
        public double ErrorInPlanes(float[] actual, nint plane)
        {
            var largest = _magnitudes.Chunk((int)plane).Select(magnitudes => magnitudes.Max()).ToArray();
            return Worst(actual, i => largest[i / (int)plane]);
        }

        double Worst(float[] actual, Func<int, double> unit)
        {
            if (_expected.All(value => value == 0))
                throw new InvalidOperationException("everything expected is 0, so that the comparison proves nothing");
            double worst = 0;
            for (int i = 0; i < actual.Length; i++)
            {
                double error = Math.Abs(actual[i] - _expected[i]);
                if (error != 0)
                    worst = double.IsNaN(error) ? double.PositiveInfinity : Math.Max(worst, error / unit(i));
            }
            return worst;
        }
    }
}

/// <summary>Buffers of a device that are freed together.</summary>
sealed class DeviceBuffers(GpuDevice device) : IDisposable
{
    readonly List<DeviceBuffer> _buffers = [];

    public DevicePointer<T> Of<T>(T[] values) where T : unmanaged
    {
        var buffer = device.NewBuffer();
        _buffers.Add(buffer);
        buffer.EnsureCapacity(Math.Max(1, values.Length * (long)System.Runtime.CompilerServices.Unsafe.SizeOf<T>()));
        device.Upload<T>(values, buffer.At<T>());
        return buffer.At<T>();
    }

    public void Dispose()
    {
        foreach (var buffer in _buffers)
            buffer.Dispose();
    }
}
