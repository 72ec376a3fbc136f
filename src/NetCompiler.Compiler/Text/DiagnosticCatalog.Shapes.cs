namespace NetCompiler.Text;

// 21xx: shapes and types of tensors; 22xx: functions and updates; 30xx: gradients and training.
public static partial class DiagnosticCatalog
{
    internal static readonly DiagnosticDescriptor ShapesDoNotBroadcast = Error("NETC2101", "Shapes that do not fit together",
        "'{0}' cannot join {1} and {2}: {5} have {3} and {4}; make them equal, or one of them 1",
        "Shapes are aligned at their last axes; along each, the extents are equal or one of them is 1 and is repeated.",
        "Reshape or slice one of the operands; 'expand_dims' adds an axis of extent 1.");

    internal static readonly DiagnosticDescriptor InnerDimensions = Error("NETC2102", "A matrix product whose inner dimensions differ",
        "'@' multiplies {0} by {1}: the last axis of the left has {2}, the rows of the right {3}; make them equal or transpose one",
        "Each element of a product is a sum over the last axis of the left and the last but one of the right operand.",
        "Correct a size, or use transpose(x).");

    internal static readonly DiagnosticDescriptor BrokenConstraint = Error("NETC2103", "Operands that an operation does not take",
        "'{0}' {1}{2}",
        "Every operation states what it needs of shapes and types; all of it is checked at build time.",
        "Do what the message says.");

    internal static readonly DiagnosticDescriptor ArgumentType = Error("NETC2104", "An argument of another shape than declared",
        "'{0}' needs {1} : {2}, but gets {3}{4}",
        "A layer may declare the types of its tensors. Names of dimensions that occur twice must agree.",
        "Reshape the tensor, or apply another layer.");

    internal static readonly DiagnosticDescriptor UnexpectedShape = Error("NETC2150", "A tensor of another shape than expected",
        "{0} must be of {1}, but is {2}",
        "Broadcasting would make something else of these two: for a loss every prediction against every target.",
        "Reshape the tensor, take an axis of extent 1 away with squeeze(x, axis), or declare it otherwise.");

    internal static readonly DiagnosticDescriptor TooManyAxes = Error("NETC2105", "Too many axes",
        "a tensor of {0} axes is beyond the limit of {1}",
        "No layout of memory is planned for so many axes.",
        "Join axes with reshape.");

    internal static readonly DiagnosticDescriptor TooManyIndices = Error("NETC2106", "More indices than axes",
        "{0} indices are given for {1}",
        "Each index stands for one axis.",
        "Remove an index.");

    internal static readonly DiagnosticDescriptor SecondEllipsis = Error("NETC2107", "'...' twice in an index",
        "'...' stands for all axes that are not named, so it occurs once",
        "With two of them nobody could tell which axes are meant.",
        "Write ':' for a whole axis.");

    internal static readonly DiagnosticDescriptor InvalidStep = Error("NETC2108", "An invalid step",
        "the step of a slice cannot be {0}",
        "A step of 0 would never leave the first element.",
        "Use 1 for every element, 2 for every other, -1 to walk backwards.");

    internal static readonly DiagnosticDescriptor ContradictoryDimension = Error("NETC2109", "A dimension that must be two numbers",
        "the dimension '{0}' must be {1} here, but {2} at {3}",
        "A symbolic dimension has one value in a call; what the network needs of it is known where it meets numbers.",
        "Use two symbols, or make the sizes agree.");

    internal static readonly DiagnosticDescriptor EmptyFunction = Error("NETC2201", "A function that does nothing",
        "the function '{0}' has neither results nor updates",
        "A function is worth calling for what it returns or for what it changes.",
        "Add '-> result', 'minimizing loss with …' or 'updates { … }'.");

    internal static readonly DiagnosticDescriptor MissingInput = Error("NETC2202", "A function that is not given an input",
        "'{0}' needs the input '{1}' for {2}: write function {0}({3})",
        "A function is given every input that its results depend on.",
        "Add the input to the function's parameters.");

    internal static readonly DiagnosticDescriptor UnknownInput = Error("NETC2203", "A misspelt input",
        "there is no input '{0}'; did you mean '{1}'? (A scalar that is given at each call is declared with its type: '{0} : f32')",
        "A parameter of a function is an input of the network, or a scalar given at each call.",
        "Correct the name, or write the type of the scalar.");

    internal static readonly DiagnosticDescriptor ArgumentIsBound = Error("NETC2204", "A parameter that is already a value",
        "'{0}' is {1} in this network, not an input; a function takes inputs and new names for scalars",
        "A function's results are computed from what it is given: a value that the network computes is not given.",
        "Declare an input, or choose another name for the scalar.");

    internal static readonly DiagnosticDescriptor ArgumentNotScalar = Error("NETC2205", "A tensor parameter that is not an input",
        "'{0}' : {1} is a tensor; tensors that a caller gives are declared as 'input'",
        "Inputs are declared once for the network, so that all functions agree on their shapes.",
        "Declare an input.");

    internal static readonly DiagnosticDescriptor DefaultOfFunction = Error("NETC2206", "A default of a function's parameter",
        "'{0}' cannot have a default: C# gives it at each call",
        "What a function takes is given by the caller.",
        "Remove the default.");

    internal static readonly DiagnosticDescriptor TypeOfInput = Error("NETC2207", "An input typed again",
        "'{0}' is an input and has its type from there; remove this type",
        "A type is written in one place.",
        "Remove the type.");

    internal static readonly DiagnosticDescriptor UnusedArgument = Warning("NETC2208", "An argument that is not used",
        "nothing that '{1}' computes depends on '{0}'",
        "The caller would have to give a value that has no effect.",
        "Remove the parameter.");

    internal static readonly DiagnosticDescriptor InvalidUpdate = Error("NETC2209", "Not something to update",
        "'{0}' cannot be updated: {1}",
        "Updates give params and states their next values.",
        "Name a param or a state.");

    internal static readonly DiagnosticDescriptor UpdatedTwice = Error("NETC2210", "Updated twice",
        "'{0}' is updated twice in '{1}'",
        "All updates of a call see the values from before it, so only one of them could win.",
        "Join the two, or limit the optimizer with 'over'.");

    internal static readonly DiagnosticDescriptor UpdateType = Error("NETC2211", "An update of another type",
        "'{0}' is {1}, but the update is {2}; {3}",
        "A variable keeps its type.",
        "Convert or reshape the value.");

    internal static readonly DiagnosticDescriptor NameInCSharp = Error("NETC2212", "A name that C# cannot have",
        "'{0}' becomes '{1}' in C#, which {2}; choose another name",
        "Namespaces stay what they are, networks become classes, functions methods and several results a tuple. Words joined by '_' become one name in capitals.",
        "Choose another name.");

    internal static readonly DiagnosticDescriptor NoGradient = Error("NETC3001", "No gradient",
        "no gradient goes through this: {0}",
        "A gradient exists where the value changes smoothly with what is learned.",
        "Use a smooth function, or stop_gradient(x) where no gradient is wanted.");

    internal static readonly DiagnosticDescriptor NoDependence = Error("NETC3002", "A gradient that is always zero",
        "the gradient with respect to {0} is always 0: {1}",
        "Asking for such a gradient is a mistake in one of the two names.",
        "Differentiate with respect to something that the value depends on.");

    internal static readonly DiagnosticDescriptor LossNotScalar = Error("NETC3003", "A loss that is not a number",
        "a gradient starts from one floating-point number, but this is {0}; {1}",
        "Minimizing needs an order, which numbers have and tensors have not.",
        "Take the mean or the sum.");

    internal static readonly DiagnosticDescriptor MissingOptimizer = Error("NETC3004", "No optimizer",
        "'minimizing' needs an optimizer: minimizing loss with sgd(rate: 0.01)",
        "The optimizer turns gradients into updates.",
        "Add 'with' and an optimizer.");

    internal static readonly DiagnosticDescriptor UnknownOptimizer = Error("NETC3005", "An unknown optimizer",
        "there is no optimizer '{0}'{1}; known are {2}",
        "What follows 'with' is an optimizer of this file, of a file named in 'use' or of the standard library.",
        "Correct the name.");

    internal static readonly DiagnosticDescriptor OptimizerWithoutUpdate = Error("NETC3006", "An optimizer that does not optimize",
        "the optimizer '{0}' never assigns '{1}'",
        "An optimizer gives the parameter its next value.",
        "Assign the parameter.");

    internal static readonly DiagnosticDescriptor OptimizerArguments = Error("NETC3101", "An optimizer applied like a layer",
        "'{0}' is an optimizer: only another optimizer applies it, to its parameter and a gradient of the parameter's type: step(w, g)",
        "An optimizer that is given another one, as averaged is, applies it to get the parameter's next value.",
        "Write the optimizer after 'minimizing … with'.");

    internal static readonly DiagnosticDescriptor ParamInOptimizer = Error("NETC3104", "A param in an optimizer",
        "'{0}' is a param of a layer that the optimizer '{1}' applies, and nothing would train it",
        "An optimizer keeps what it needs in states. It applies layers without params only.",
        "Declare a state, or apply a layer without params.");

    internal static readonly DiagnosticDescriptor NoAverages = Error("NETC3102", "No averages",
        "no parameter that this depends on has a running average",
        "with_averages puts the states called 'average' of an optimizer in the place of parameters. They exist after the function that minimizes with it.",
        "Train with averaged(…) in a function above: minimizing loss with averaged(sgd(rate: 0.1)).");

    internal static readonly DiagnosticDescriptor SeveralAverages = Error("NETC3103", "Several averages of one parameter",
        "'{0}' has more than one running average: {1}",
        "Each function that minimizes with averages keeps its own.",
        "Average the parameter in one function only.");

    internal static readonly DiagnosticDescriptor NothingToTrain = Error("NETC3007", "Nothing to train",
        "'{0}' depends on no param, so there is nothing to train",
        "Minimizing changes the params that the loss depends on.",
        "Declare params, apply layers that own some, or minimize another value.");

    internal static readonly DiagnosticDescriptor PatternMatchesNothing = Error("NETC3008", "A pattern that names no param",
        "no param matches \"{0}\"{1}; the params are {2}",
        "A pattern is compared with the whole name; '*' stands for any characters.",
        "Correct the pattern.");

    internal static readonly DiagnosticDescriptor GradientBlocked = Warning("NETC3009", "A param that no gradient reaches",
        "'{0}' is not trained by this: {1}",
        "The loss depends on the param only through something piecewise constant.",
        "Use a smooth function in its place.");

    internal static readonly DiagnosticDescriptor UntrainedParameter = Warning("NETC3010", "A param that is never trained",
        "no function trains '{0}': the minimized values do not depend on it",
        "It would keep its initial value for ever.",
        "Use it, remove it, or declare it as a state.");
}
