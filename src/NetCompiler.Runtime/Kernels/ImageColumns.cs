using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NetCompiler.Runtime;

/// <summary>
/// The gradient of the matrix of <see cref="ImageMatrix{T}"/>, stored: a row per filter element (channel, kernel row, kernel column), a column per
/// output position.
/// </summary>
static unsafe class ImageColumns
{
    /// <summary>Adds each element to the input that its filter element and position meet in; those in the padding are lost.</summary>
    [MethodImpl(Simd.Optimised)]
    public static void ScatterAdd<T>(in ConvolutionShape shape, T* columns, nint begin, nint end, T* image) where T : unmanaged
    {
        nint outWidth = shape.OutWidth, rowStep = shape.StrideHeight * shape.InWidth;
        for (nint channel = 0; channel < shape.InChannels / shape.Groups; channel++, image += shape.InHeight * shape.InWidth)
            for (nint u = 0; u < shape.KernelHeight; u++)
            {
                var rows = Inside.Of(u * shape.DilationHeight - shape.PadTop, shape.StrideHeight, shape.InHeight, begin, end);
                for (nint v = 0; v < shape.KernelWidth; v++, columns += (end - begin) * outWidth)
                {
                    var inside = Inside.Of(v * shape.DilationWidth - shape.PadLeft, shape.StrideWidth, shape.InWidth, 0, outWidth);
                    T* target = image + rows.FirstInput * shape.InWidth + inside.FirstInput, source = columns + (rows.First - begin) * outWidth + inside.First;
                    if (shape.StrideWidth == 1)
                        Add(source, outWidth, target, rowStep, rows.Count, inside.Count);
                    else
                        for (nint i = 0; i < rows.Count; i++, source += outWidth, target += rowStep)
                            for (nint j = 0; j < inside.Count; j++)
                                target[j * shape.StrideWidth] = Scalar.Add(target[j * shape.StrideWidth], source[j]);
                }
            }
    }

    // The outputs, from First on, at which one filter row or column meets the input, and the input that the first of them meets.
    readonly record struct Inside(nint First, nint Count, nint FirstInput)
    {
        // Output i meets input i · stride + offset.
        public static Inside Of(nint offset, nint stride, nint extent, nint begin, nint end)
        {
            nint first = Math.Max(begin, offset >= 0 ? 0 : (stride - 1 - offset) / stride);
            nint last = Math.Min(end, extent <= offset ? 0 : (extent - offset + stride - 1) / stride);
            return first < last ? new Inside(first, last - first, first * stride + offset) : new Inside(begin, 0, 0);
        }
    }

    // Rows of an image are often no longer than a vector or two.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Add<T>(T* source, nint sourceStep, T* target, nint targetStep, nint rows, nint count) where T : unmanaged
    {
        nint wide = Vector256<T>.Count, narrow = Vector128<T>.Count;
        for (nint i = 0; i < rows; i++, source += sourceStep, target += targetStep)
        {
            nint j = 0;
            for (; j + wide <= count; j += wide)
                (Vector256.Load(target + j) + Vector256.Load(source + j)).Store(target + j);
            for (; j + narrow <= count; j += narrow)
                (Vector128.Load(target + j) + Vector128.Load(source + j)).Store(target + j);
            for (; j < count; j++)
                target[j] = Scalar.Add(target[j], source[j]);
        }
    }
}
