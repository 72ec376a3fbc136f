namespace NetCompiler.Runtime;

/// <summary>What the threads of a convolution share out.</summary>
public enum ConvolutionCut
{
    /// <summary>What the sizes and the number of threads suggest.</summary>
    Automatic,
    /// <summary>Pixels: rows, tiles or images. Each thread reads all filters.</summary>
    Pixels,
    /// <summary>Channels of the result: each thread reads all pixels.</summary>
    Channels,
}

/// <summary>
/// How a convolution in blocked layout is cut, for callers that measured it; the default leaves it to the sizes. Gradients of filters round
/// differently for different cuts, other results do not, and nothing depends on the number of threads.
/// </summary>
/// <param name="Kilobytes">
/// How much is to stay in the cache: of images while filters pass, of transformed tiles, and for the direct gradient of a filter of the images in the first-level cache. 0
/// for the default.
/// </param>
/// <param name="Cut">What the threads share out. The gradient of a filter by transformed tiles has one way.</param>
public readonly record struct ConvolutionBlocking(int Kilobytes, ConvolutionCut Cut = ConvolutionCut.Automatic);
