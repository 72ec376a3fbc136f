using System;

namespace NetCompiler.Algorithms;

/// <summary>What the threads of a convolution share out, as the runtime's <c>ConvolutionCut</c> has it.</summary>
internal enum ConvolutionCut
{
    /// <summary>What the sizes and the number of threads suggest.</summary>
    Automatic,
    /// <summary>Rows, tiles or images; of the gradient of a filter, sums over images are split.</summary>
    Pixels,
    /// <summary>Channels of the result.</summary>
    Channels,
}

/// <summary>The blocking parameters of a convolution in blocked layout, as the runtime's <c>ConvolutionBlocking</c> has them; the default leaves them to the sizes.</summary>
/// <param name="Kilobytes">How much is to stay in the cache; 0 as the kernel has it.</param>
/// <param name="Cut">What the threads share out.</param>
internal readonly record struct ConvolutionBlocking(int Kilobytes, ConvolutionCut Cut = ConvolutionCut.Automatic)
{
    /// <summary>What the name of an algorithm ends with.</summary>
    public string Suffix => Cut switch { ConvolutionCut.Pixels => "-pixels", ConvolutionCut.Channels => "-channels", _ => "" }
        + (Kilobytes == 0 ? "" : FormattableString.Invariant($"-{Kilobytes}k"));

    /// <summary>The same in words.</summary>
    public string Description => Cut switch { ConvolutionCut.Pixels => ", threads share the pixels", ConvolutionCut.Channels => ", threads share the channels", _ => "" }
        + (Kilobytes == 0 ? "" : FormattableString.Invariant($", {Kilobytes} KB at a time"));
}
