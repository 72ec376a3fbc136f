using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NetCompiler.Runtime;

/// <summary>
/// The matrix whose product with the filters is the convolution: a row per filter element (channel, kernel row, kernel column), a
/// column per output position; an element is the input that this filter element meets there, or 0 in the padding.
/// </summary>
static unsafe class ImageColumns
{
    /// <summary>Writes the columns of output rows <paramref name="begin"/> ≤ i &lt; <paramref name="end"/> of one image's group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gather<T>(in ConvolutionShape shape, T* image, nint begin, nint end, T* columns) where T : unmanaged
    {
        nint outWidth = shape.OutWidth;
        for (nint channel = 0; channel < shape.InChannels / shape.Groups; channel++, image += shape.InHeight * shape.InWidth)
            for (nint u = 0; u < shape.KernelHeight; u++)
                for (nint v = 0; v < shape.KernelWidth; v++)
                {
                    var (first, last, offset) = InsideColumns(shape, v);
                    for (nint i = begin; i < end; i++, columns += outWidth)
                    {
                        nint row = i * shape.StrideHeight + u * shape.DilationHeight - shape.PadTop;
                        if (row < 0 || row >= shape.InHeight)
                        {
                            Clear(columns, outWidth);
                            continue;
                        }
                        Clear(columns, first);
                        T* source = image + row * shape.InWidth + offset;
                        if (shape.StrideWidth == 1)
                            Copy(source + first, columns + first, last - first);
                        else
                            for (nint j = first; j < last; j++)
                                columns[j] = source[j * shape.StrideWidth];
                        Clear(columns + last, outWidth - last);
                    }
                }
    }

    /// <summary>The transpose of <see cref="Gather"/>: adds each element to the input it came from.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScatterAdd<T>(in ConvolutionShape shape, T* columns, nint begin, nint end, T* image) where T : unmanaged
    {
        nint outWidth = shape.OutWidth;
        for (nint channel = 0; channel < shape.InChannels / shape.Groups; channel++, image += shape.InHeight * shape.InWidth)
            for (nint u = 0; u < shape.KernelHeight; u++)
                for (nint v = 0; v < shape.KernelWidth; v++)
                {
                    var (first, last, offset) = InsideColumns(shape, v);
                    for (nint i = begin; i < end; i++, columns += outWidth)
                    {
                        nint row = i * shape.StrideHeight + u * shape.DilationHeight - shape.PadTop;
                        if (row < 0 || row >= shape.InHeight)
                            continue;
                        T* target = image + row * shape.InWidth + offset;
                        nint j = first;
                        if (shape.StrideWidth == 1)
                            j = AddVectors(columns, target, first, last);
                        for (; j < last; j++)
                            target[j * shape.StrideWidth] = Scalar.Add(target[j * shape.StrideWidth], columns[j]);
                    }
                }
    }

    // The output columns [First, Last) at which kernel column v meets the input, in column j · stride + Offset.
    static (nint First, nint Last, nint Offset) InsideColumns(in ConvolutionShape shape, nint v)
    {
        nint offset = v * shape.DilationWidth - shape.PadLeft;
        nint first = Math.Clamp(CeilingQuotient(-offset, shape.StrideWidth), 0, shape.OutWidth);
        nint last = Math.Clamp(CeilingQuotient(shape.InWidth - offset, shape.StrideWidth), first, shape.OutWidth);
        return (first, last, offset);
    }

    static nint CeilingQuotient(nint value, nint divisor) => value <= 0 ? 0 : (value + divisor - 1) / divisor;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static nint AddVectors<T>(T* source, T* target, nint begin, nint end) where T : unmanaged
    {
        if (typeof(T) == typeof(float))
            return Simd.Has256 ? Add<F32x8, float>((float*)source, (float*)target, begin, end) : begin;
        return Simd.Has256 ? Add<F64x4, double>((double*)source, (double*)target, begin, end) : begin;
    }

    // Rows of an image are often short, so one width of eight floats serves.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static nint Add<TLanes, T>(T* source, T* target, nint begin, nint end) where TLanes : struct, ILanes<TLanes, T> where T : unmanaged
    {
        var from = new Pointer<T>((nint)source);
        var to = new Pointer<T>((nint)target);
        for (; begin + TLanes.Count <= end; begin += TLanes.Count)
            TLanes.Store(to, begin, TLanes.Load(to, begin) + TLanes.Load(from, begin));
        return begin;
    }

    // Rows of an image are often shorter than a call of a library's copy is worth.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Copy<T>(T* source, T* target, nint count) where T : unmanaged
    {
        nint lanes = Vector256<byte>.Count / sizeof(T);
        if (count >= lanes)
        {
            // The last vector overlaps the one before it.
            for (nint i = 0; i < count - lanes; i += lanes)
                Vector256.Load((byte*)(source + i)).Store((byte*)(target + i));
            Vector256.Load((byte*)(source + count - lanes)).Store((byte*)(target + count - lanes));
        }
        else
            for (nint i = 0; i < count; i++)
                target[i] = source[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Clear<T>(T* target, nint count) where T : unmanaged
    {
        // Pads are a few elements; whole rows of padding are rare.
        for (nint i = 0; i < count; i++)
            target[i] = default;
    }
}
