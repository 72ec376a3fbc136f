namespace NetCompiler.Runtime;

/// <summary>
/// A pair of linear transforms under which a convolution of a tile is a product number by number, so that summing over channels is a
/// product of matrices for each of <see cref="Slots"/> numbers. Each method works on 16 channels at once: a number is 16 floats, one for a channel.
/// </summary>
unsafe interface ITileTransform
{
    /// <summary>The numbers of a transformed tile.</summary>
    nint Slots { get; }

    /// <summary>Rows and columns of an input tile.</summary>
    nint Extent { get; }

    /// <summary>Rows of an output tile.</summary>
    nint StepHeight { get; }

    /// <summary>Columns of an output tile.</summary>
    nint StepWidth { get; }

    /// <summary>The floats of working memory that each method needs.</summary>
    nint ScratchLength { get; }

    /// <summary>v[slot · slotStride] from the input tile x[i · rowStride + j · 16].</summary>
    void Input<TOperations, TVector>(float* x, nint rowStride, float* v, nint slotStride, float* scratch)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct;

    /// <summary>The output tile y[i · rowStride + j · 16] from the products m[slot · slotStride].</summary>
    void Output<TOperations, TVector>(float* m, nint slotStride, float* y, nint rowStride, float* scratch)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct;

    /// <summary>u[slot · slotStride] from a filter's taps w[tap · 16].</summary>
    void Filter<TOperations, TVector>(float* w, float* u, nint slotStride, float* scratch)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct;
}
