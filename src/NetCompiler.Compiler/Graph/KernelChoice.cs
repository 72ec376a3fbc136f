namespace NetCompiler.Graph;

/// <summary>A choice made beforehand, by measurements on the machine in question.</summary>
/// <param name="Signature">What names the kernel: <c>conv2d forward f32 [N=1,64,56,56]*[64,64,3,3] pad=1</c>.</param>
/// <param name="Algorithm">The algorithm. One that does not compute the kernel, or not well enough, is not taken.</param>
public sealed record KernelChoice(string Signature, string Algorithm);
