namespace NetCompiler.Runtime;

/// <summary>
/// Two-dimensional convolution as a matrix product over the columns of each image (Chellapilla, Puri and Simard, 2006):
/// y[n,o,i,j] = sum over c,u,v of x[n, c, i·s+u·d-p, j·s+v·d-p] · w[o,c,u,v]. The matrix of columns is not stored: its elements are
/// copied from the image into the panels of the product. Where each channel is a group of its own, whole planes are shifted, weighed and
/// added instead. Results are the same bits for any number of threads.
/// </summary>
public static class Im2ColConvolution
{
    /// <summary>y = x ∗ w.</summary>
    public static void Forward(WorkerPool pool, in ConvolutionShape shape, Pointer<float> x, Pointer<float> w, Pointer<float> y)
    {
        if (Simd.Has512)
            ImageProducts<F32x16, float>.Forward(pool, shape, x, w, y);
        else if (Simd.Has256)
            ImageProducts<F32x8, float>.Forward(pool, shape, x, w, y);
        else
            ImageProducts<F32x1, float>.Forward(pool, shape, x, w, y);
    }

    /// <inheritdoc cref="Forward(WorkerPool, in ConvolutionShape, Pointer{float}, Pointer{float}, Pointer{float})"/>
    public static void Forward(WorkerPool pool, in ConvolutionShape shape, Pointer<double> x, Pointer<double> w, Pointer<double> y)
    {
        if (Simd.Has512)
            ImageProducts<F64x8, double>.Forward(pool, shape, x, w, y);
        else if (Simd.Has256)
            ImageProducts<F64x4, double>.Forward(pool, shape, x, w, y);
        else
            ImageProducts<F64x1, double>.Forward(pool, shape, x, w, y);
    }

    /// <summary>The gradient of the input, dx, from that of the output, dy.</summary>
    public static void BackwardData(WorkerPool pool, in ConvolutionShape shape, Pointer<float> dy, Pointer<float> w, Pointer<float> dx)
    {
        if (Simd.Has512)
            ImageProducts<F32x16, float>.BackwardData(pool, shape, dy, w, dx);
        else if (Simd.Has256)
            ImageProducts<F32x8, float>.BackwardData(pool, shape, dy, w, dx);
        else
            ImageProducts<F32x1, float>.BackwardData(pool, shape, dy, w, dx);
    }

    /// <inheritdoc cref="BackwardData(WorkerPool, in ConvolutionShape, Pointer{float}, Pointer{float}, Pointer{float})"/>
    public static void BackwardData(WorkerPool pool, in ConvolutionShape shape, Pointer<double> dy, Pointer<double> w, Pointer<double> dx)
    {
        if (Simd.Has512)
            ImageProducts<F64x8, double>.BackwardData(pool, shape, dy, w, dx);
        else if (Simd.Has256)
            ImageProducts<F64x4, double>.BackwardData(pool, shape, dy, w, dx);
        else
            ImageProducts<F64x1, double>.BackwardData(pool, shape, dy, w, dx);
    }

    /// <summary>The gradient of the filter, dw, summed over the batch; zeros for an empty one.</summary>
    public static void BackwardFilter(WorkerPool pool, in ConvolutionShape shape, Pointer<float> x, Pointer<float> dy, Pointer<float> dw)
    {
        if (Simd.Has512)
            ImageProducts<F32x16, float>.BackwardFilter(pool, shape, x, dy, dw);
        else if (Simd.Has256)
            ImageProducts<F32x8, float>.BackwardFilter(pool, shape, x, dy, dw);
        else
            ImageProducts<F32x1, float>.BackwardFilter(pool, shape, x, dy, dw);
    }

    /// <inheritdoc cref="BackwardFilter(WorkerPool, in ConvolutionShape, Pointer{float}, Pointer{float}, Pointer{float})"/>
    public static void BackwardFilter(WorkerPool pool, in ConvolutionShape shape, Pointer<double> x, Pointer<double> dy, Pointer<double> dw)
    {
        if (Simd.Has512)
            ImageProducts<F64x8, double>.BackwardFilter(pool, shape, x, dy, dw);
        else if (Simd.Has256)
            ImageProducts<F64x4, double>.BackwardFilter(pool, shape, x, dy, dw);
        else
            ImageProducts<F64x1, double>.BackwardFilter(pool, shape, x, dy, dw);
    }
}
