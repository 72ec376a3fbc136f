namespace NetCompiler.Text;

// 28xx: settings and weights of a network.
public static partial class DiagnosticCatalog
{
    internal static readonly DiagnosticDescriptor UnknownSetting = Error("NETC2801", "An unknown setting",
        "there is no setting '{0}'{1}; a network has 'precision', 'error' and 'memory', and values are bound with '='",
        "'name: value;' sets something for the whole network.",
        "Correct the name, or write '='.");

    internal static readonly DiagnosticDescriptor InvalidWeights = Error("NETC2803", "A file of weights that cannot be used",
        "the weights \"{0}\" cannot be used: {1}",
        "'weights \"file.safetensors\";' names the file that LoadWeights() of the class reads, by a path relative to the .net file. Names and shapes in it are compared with those of the network when it is built.",
        "Correct the path; in a project add <AdditionalFiles Include=\"file.safetensors\" />.");

    internal static readonly DiagnosticDescriptor WeightsMismatch = Error("NETC2804", "Weights of another network",
        "the weights \"{0}\" do not fit: {1}",
        "Every param must be in the file, with the same element type and shape. States are taken from it where it has them.",
        "Name the layers as the file does, or correct their sizes.");

    internal static readonly DiagnosticDescriptor UnusedWeights = Warning("NETC2805", "Weights that nothing takes",
        "the weights \"{0}\" have tensors that this network has not, {1}: {2}",
        "They are ignored.",
        "Name the layers as the file does, or leave these tensors out of the file.");

    internal static readonly DiagnosticDescriptor MemoryNotEnough = Error("NETC2806", "Too little memory",
        "'{0}' takes at least {1} bytes{2}, which is more than {3}: {4} for variables, {5} for values on the way, {6} for results",
        "'memory: 512MB;' limits what a function that learns takes for its variables, for the values that it computes on the way and for its results, with 1 for each symbolic dimension or the sizes of 'memory: budget(512MB, N: 64);'. Values that gradients need are computed again rather than kept until it is met; kept are at least the variables, some values of each segment of the network, and what the largest segment needs at once.",
        "Allow more, or give smaller sizes: a smaller batch takes less.");
}
