namespace NetCompiler.Text;

// 27xx: axes, and layers that stand beside the networks.
public static partial class DiagnosticCatalog
{
    internal static readonly DiagnosticDescriptor UnknownAxis = Error("NETC2701", "An unknown axis",
        "no axis of {1} is called '{0}'{2}",
        "Axes are named in types, as in 'input x : f32[N, channels: 3]'. The names go along through element-wise operators, reductions, transposes, slices, joins, products, convolutions and pooling; a reshape keeps those of the axes that it leaves alone.",
        "Correct the name, name the axis again with 'check', or write its number.");

    internal static readonly DiagnosticDescriptor InvalidEquation = Error("NETC2702", "An equation that einsum does not understand",
        "in \"{0}\": {1}",
        "An equation has a letter for each axis of each tensor, commas between tensors, and after '->' the letters of the result: \"bij,bjk->bik\".",
        "Correct the letters.");

    internal static readonly DiagnosticDescriptor OuterBroadcast = Warning("NETC2703", "A column against a row",
        "'{0}' repeats {1} and {2} to {3}, every element of one with every element of the other; if elements belong together in pairs, take the axis of extent 1 away: squeeze(x, {4})",
        "Shapes are aligned at their ends, so [N, 1] and [N] make [N, N]. A loss over that is a number, but no loss.",
        "Use squeeze(x, axis), or declare the other tensor with an axis of extent 1; where all pairs are meant, say so with expand_dims(x, axis).");

    internal static readonly DiagnosticDescriptor UnknownNameInLayer = Warning("NETC2704", "An unknown name in a layer that is never applied",
        "nothing here is called '{0}'{1}; no network of this file applies '{2}', so only its names are checked",
        "Layers are checked where they are applied, with the shapes that they get there.",
        "Correct the name.");

    internal static readonly DiagnosticDescriptor AmbiguousUse = Error("NETC2705", "A name that two used files declare",
        "'{0}' is declared by both {1} and {2}",
        "Which of the two is meant must not depend on the order of the lines.",
        "Rename one of the two, or use one file only.");

    internal static readonly DiagnosticDescriptor TensorIndex = Error("NETC2706", "An index that cannot choose elements",
        "{0}: {1}",
        "One position of an index may be a tensor of whole numbers, which chooses along that axis; its axes take the axis's place.",
        "Index once for each tensor; choose by a condition with where.");
}
