using System.Collections.Immutable;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Runtime;

namespace NetCompiler.CommandLine.Verification;

/// <summary>Tensors of compiled code as the reference has them.</summary>
internal static class TensorMemory
{
    /// <summary>The tensor that lies at an address.</summary>
    public static ReferenceTensor Read(ImmutableArray<int> dims, DType element, nint address)
    {
        var tensor = new ReferenceTensor(dims);
        switch (element)
        {
            case DType.F32:
                Fill<float>(tensor, address, value => value);
                break;
            case DType.F64:
                Fill<double>(tensor, address, value => value);
                break;
            case DType.F16:
                Fill<Half>(tensor, address, value => (double)value);
                break;
            case DType.BF16:
                Fill<BFloat16>(tensor, address, value => (float)value);
                break;
            case DType.I32:
                Fill<int>(tensor, address, value => value);
                break;
            case DType.I64:
                Fill<long>(tensor, address, value => value);
                break;
            case DType.U8:
                Fill<byte>(tensor, address, value => value);
                break;
            default:
                Fill<bool>(tensor, address, value => value ? 1 : 0);
                break;
        }
        return tensor;
    }

    /// <summary>An argument or a result of a call: an array, a view or a scalar.</summary>
    public static double[] Numbers(object value) => value switch
    {
        float[] array => Array.ConvertAll(array, x => (double)x),
        double[] array => array,
        int[] array => Array.ConvertAll(array, x => (double)x),
        long[] array => Array.ConvertAll(array, x => (double)x),
        byte[] array => Array.ConvertAll(array, x => (double)x),
        bool[] array => Array.ConvertAll(array, x => x ? 1.0 : 0),
        Half[] array => Array.ConvertAll(array, x => (double)x),
        BFloat16[] array => Array.ConvertAll(array, x => (double)(float)x),
        TensorView<float> view => Numbers(view.ToArray()),
        TensorView<double> view => view.ToArray(),
        TensorView<int> view => Numbers(view.ToArray()),
        TensorView<long> view => Numbers(view.ToArray()),
        TensorView<byte> view => Numbers(view.ToArray()),
        TensorView<bool> view => Numbers(view.ToArray()),
        TensorView<Half> view => Numbers(view.ToArray()),
        TensorView<BFloat16> view => Numbers(view.ToArray()),
        Half number => [(double)number],
        BFloat16 number => [(float)number],
        _ => [Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture)],
    };

    static void Fill<T>(ReferenceTensor tensor, nint address, Func<T, double> convert) where T : unmanaged
    {
        var values = new Pointer<T>(address).AsSpan(tensor.Data.Length);
        for (int i = 0; i < values.Length; i++)
            tensor.Data[i] = convert(values[i]);
    }
}
