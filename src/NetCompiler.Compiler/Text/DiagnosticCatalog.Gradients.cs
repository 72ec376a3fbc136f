namespace NetCompiler.Text;

// 32xx: gradients that a program states itself.
public static partial class DiagnosticCatalog
{
    internal static readonly DiagnosticDescriptor InvalidGradientClause = Error("NETC3201", "A gradient clause that does not fit its layer",
        "the gradient of '{0}' does not fit: {1}",
        "'gradient (dy) { … }' takes what flows into each result and returns what flows to each floating-point tensor that the layer is given, in the order of its parameters and of its type. A layer with a gradient has no params of its own.",
        "Return one gradient for each tensor argument; pass params as arguments.");

    internal static readonly DiagnosticDescriptor EmptyGroup = Error("NETC3202", "A group that trains nothing",
        "this group has no params to train: {0}",
        "'over' picks params that the minimized value depends on; each belongs to the first group that names it.",
        "Put the group before the one that names more, or leave it out.");

    internal static readonly DiagnosticDescriptor EmptyClipping = Error("NETC3203", "Bounds that leave nothing",
        "no gradient is within {0}: {1}",
        "'clipping low .. high' moves each element of a gradient between two bounds; 'clipping norm' scales all gradients together.",
        "Write the lower bound first, and a norm above 0.");

    internal static readonly DiagnosticDescriptor InvalidLossScale = Error("NETC3204", "A scale that no loss can have",
        "{0} cannot scale a loss: {1}",
        "'scaling' multiplies the loss by a number while gradients are taken and divides them by it. A layer that is given whether all gradients of the step are finite may keep the number in a state.",
        "Write a number above 0, or dynamic_scale.");
}
