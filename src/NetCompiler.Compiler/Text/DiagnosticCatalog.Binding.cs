namespace NetCompiler.Text;

// 20xx: names, arguments and kinds of value.
public static partial class DiagnosticCatalog
{
    internal static readonly DiagnosticDescriptor UnknownName = Error("NETC2001", "An unknown name",
        "nothing here is called '{0}'{1}",
        "A name is known after the line that binds it. Layers see their parameters and their own names, not those of the network.",
        "Correct the name, move the line below the one that binds it, or pass the value as an argument.");

    internal static readonly DiagnosticDescriptor UnknownLayer = Error("NETC2002", "An unknown layer or function",
        "there is no layer or function '{0}'{1}",
        "What stands before brackets or after '|>' is a layer of this file, of a file named in 'use' or of the standard library, or a built-in function.",
        "Correct the name, or add 'use \"file.net\";' for the file that declares it.");

    internal static readonly DiagnosticDescriptor DuplicateName = Error("NETC2003", "A name declared twice",
        "'{0}' is already {1}",
        "Inputs, params, states, functions and what a file declares have one name each: it is the name in C# and in saved files.",
        "Choose another name.");

    internal static readonly DiagnosticDescriptor VariableRebound = Error("NETC2004", "A param or state bound like a value",
        "'{0}' is a param or a state, so '=' here would hide it; choose another name, or assign it in a function's 'updates'",
        "A binding names a value of the graph. What a variable is after a call is said in 'updates' of a function.",
        "Use another name, or move the assignment into 'updates { … }'.");

    internal static readonly DiagnosticDescriptor UnknownArgument = Error("NETC2005", "An unknown named argument",
        "'{0}' has no parameter '{1}'{2}",
        "A named argument must be one of the parameters of what is called.",
        "Correct the name.");

    internal static readonly DiagnosticDescriptor MissingArgument = Error("NETC2006", "A missing argument",
        "'{0}' needs '{1}'; {2}",
        "Parameters without a default must be given.",
        "Add the argument, by place or by name.");

    internal static readonly DiagnosticDescriptor TooManyArguments = Error("NETC2007", "Too many arguments",
        "this argument is one too many for '{0}'; {1}",
        "Every argument needs a parameter. In a pipeline the value on the left is the first argument.",
        "Remove the argument.");

    internal static readonly DiagnosticDescriptor ArgumentGivenTwice = Error("NETC2008", "An argument given twice",
        "'{0}' of '{1}' is given twice",
        "A parameter takes one value: by place, by name, or when a layer was bound.",
        "Remove one of the two.");

    internal static readonly DiagnosticDescriptor NotCallable = Error("NETC2009", "Not a layer",
        "'{0}' is {1}, not a layer, so it cannot be applied{2}",
        "Only layers and functions are applied. A name that a network binds hides a layer of the same name.",
        "Multiply with '*', apply the layers of a list with 'sequential', or choose another name for the value that hides the layer.");

    internal static readonly DiagnosticDescriptor LayerNotApplied = Error("NETC2010", "A layer where a tensor belongs",
        "'{0}' is a layer, not a tensor: apply it, {1}",
        "A layer without its tensor is a value of its own, which can be bound and passed on, but has no elements.",
        "Apply the layer to a tensor.");

    internal static readonly DiagnosticDescriptor WrongKind = Error("NETC2011", "A wrong kind of value",
        "{0} must be {1}, but is {2}",
        "Values of compile time (numbers, strings, lists, types, layers) and tensors are never confused.",
        "Give a value of the kind that the message names.");

    internal static readonly DiagnosticDescriptor OperandKind = Error("NETC2012", "An operator on the wrong kind of value",
        "'{0}' does not apply to {1}",
        "Arithmetic is for numbers and tensors; 'and', 'or' and 'not' are for truth values.",
        "Give it a number or a tensor.");

    internal static readonly DiagnosticDescriptor OperandKinds = Error("NETC2013", "An operator between values that do not go together",
        "'{0}' does not apply to {1} and {2}",
        "Arithmetic is for numbers and tensors; 'and', 'or' and 'not' are for truth values; '+' also joins strings and lists.",
        "Give it operands of one kind.");

    internal static readonly DiagnosticDescriptor ConditionIsTensor = Error("NETC2014", "A condition that is not known at build time",
        "this condition is a tensor {0}, known only when the network runs; 'if' decides at build time: {1}",
        "'if' and 'for' unfold when the network is compiled. A choice between elements is made by 'where'.",
        "Write where(condition, a, b).");

    internal static readonly DiagnosticDescriptor UndecidedComparison = Error("NETC2015", "A comparison of symbolic dimensions",
        "whether this holds for {0} and {1} is not known at build time",
        "A symbolic dimension has its value only when the function is called.",
        "Give the dimension a number, or make the choice an argument of the layer.");

    internal static readonly DiagnosticDescriptor UnknownElementType = Error("NETC2016", "An unknown element type",
        "there is no element type '{0}'{1}; known are f32, f64, f16, bf16, i32, i64, u8 and bool",
        "The element type says what one number of a tensor is.",
        "Use one of the types that the message lists.");

    internal static readonly DiagnosticDescriptor InvalidDimension = Error("NETC2017", "Not a dimension",
        "{0} is not a dimension: {1}",
        "A dimension is a whole number of compile time, or a symbol that an input introduces.",
        "Write a whole number or the name of a dimension.");

    internal static readonly DiagnosticDescriptor MissingType = Error("NETC2018", "A missing type",
        "'{0}' needs a type, such as {0} : {1}",
        "What is stored or given by the caller has a declared type, because nothing else tells its shape.",
        "Add ': type'.");

    internal static readonly DiagnosticDescriptor MissingInitializer = Error("NETC2019", "A missing initial value",
        "'{0}' needs an initial value, such as = zeros or = glorot_uniform",
        "How a parameter starts decides whether it learns, so it is written down.",
        "Add '= initializer' or '= number'.");

    internal static readonly DiagnosticDescriptor InvalidInitializer = Error("NETC2020", "Not an initial value",
        "{0} cannot initialize {1}: {2}",
        "A variable starts as a number everywhere, or as an initializer says for its shape.",
        "Use a number or an initializer that fits the type.");

    internal static readonly DiagnosticDescriptor InputWithValue = Error("NETC2021", "An input with a value",
        "an input is given by the caller and has no value of its own; use 'param' or 'state' for what the network keeps",
        "The value of an input comes with each call.",
        "Remove the value, or declare a param or a state.");

    internal static readonly DiagnosticDescriptor ParamNotFloat = Error("NETC2022", "A param that cannot learn",
        "'{0}' is learned, so its elements are f32 or f64, not {1}; use 'state' for what is only kept",
        "Learning follows gradients, and only floating-point values have them.",
        "Change the element type, or declare a state.");

    internal static readonly DiagnosticDescriptor SymbolicVariable = Error("NETC2023", "A param of unknown size",
        "'{0}' : {1} depends on {2}, which is known only when a function is called; what is learned has a size of its own: give the dimension a number",
        "What is learned outlives the calls, whatever their sizes. A state may take the size of each call and starts anew when that changes.",
        "Give the dimension a number, or declare a state.");

    internal static readonly DiagnosticDescriptor SharedMismatch = Error("NETC2024", "A shared layer with two shapes",
        "'{0}' is {1} from the first use of this layer value, but this use needs {2}",
        "All applications of one bound layer share its parameters, so their inputs must have the same sizes.",
        "Bind a second layer for the other size.");

    internal static readonly DiagnosticDescriptor UnknownVariable = Error("NETC2025", "An unknown variable",
        "no param or state is called '{0}'{1}",
        "The name of a variable is the path of the bindings that lead to it: 'c1.weight'.",
        "Correct the name; 'netc summary' lists all of them.");

    internal static readonly DiagnosticDescriptor NoMembers = Error("NETC2026", "A member of a value that has none",
        "{0} has no member '{1}'",
        "A point joins the parts of a variable's name, and nothing else.",
        "Use a function instead: shape(x), channels(x).");

    internal static readonly DiagnosticDescriptor WrongCount = Error("NETC2027", "A wrong number of values",
        "{0} bound here, but there {1}",
        "Each name on the left of '=' receives one value.",
        "Write as many names as there are values.");

    internal static readonly DiagnosticDescriptor NoReturn = Error("NETC2028", "A layer without a result",
        "the layer '{0}' ends without 'return'",
        "A layer is a function from tensors to tensors.",
        "End the layer with 'return value;' on every path.");

    internal static readonly DiagnosticDescriptor IndexOutOfRange = Error("NETC2029", "An index out of range",
        "{0} is outside {1}",
        "Indices count from 0, and negative ones from the end. Bounds are not cut off silently.",
        "Keep the index inside.");

    internal static readonly DiagnosticDescriptor ListIndex = Error("NETC2030", "A list indexed like a tensor",
        "a list takes one index or one slice",
        "Lists have one dimension; lists of lists are indexed twice: a[i][j].",
        "Use one index.");

    internal static readonly DiagnosticDescriptor DivisionByZero = Error("NETC2031", "A division by zero",
        "this divides by zero",
        "Numbers of compile time follow the rules of arithmetic, not those of floating-point hardware.",
        "Change the divisor.");

    internal static readonly DiagnosticDescriptor TooLarge = Error("NETC2032", "A number or tensor that is too large",
        "{0} is too large: whole numbers have 64 bits, and tensors at most 2147483647 elements",
        "No machine could hold it, so it is a mistake in a size.",
        "Use smaller sizes.");

    internal static readonly DiagnosticDescriptor NumberDoesNotFit = Error("NETC2033", "A number that does not fit its type",
        "{0} does not fit {1}",
        "A number of compile time takes the element type of the tensor that it meets.",
        "Use a number in range, or convert the tensor to a wider type.");

    internal static readonly DiagnosticDescriptor TooDeep = Error("NETC2034", "Layers nested too deeply",
        "layers or optimizers are applied within each other more than {0} deep here; one that applies itself needs an end",
        "A layer or an optimizer may apply itself if a condition of compile time ends it.",
        "Add the condition that ends the recursion.");

    internal static readonly DiagnosticDescriptor TooMuchUnfolding = Error("NETC2035", "A network that unfolds without measure",
        "the network unfolds to more than {0} steps here",
        "'for' repeats its body at build time. A loop this long is a mistake, or a task for recurrence.",
        "Shorten the loop.");

    internal static readonly DiagnosticDescriptor NotSupported = Error("NETC2036", "Not supported yet",
        "{0} is not supported yet by this version",
        "The language reserves it, and a later version will compile it.",
        "Express it in another way.");

    internal static readonly DiagnosticDescriptor NetworkAsValue = Error("NETC2037", "A network used as a value",
        "'{0}' is a network; inside another network use a layer",
        "A network is a class in C#; what is reused between networks is a layer.",
        "Move the common part into a layer.");

    internal static readonly DiagnosticDescriptor UseNotFound = Error("NETC2038", "A used file that is missing",
        "the file '{0}' is not found",
        "The path in 'use' is relative to the file that contains it, and the file must be one of the project's .net files.",
        "Correct the path, or add the file to the project.");

    internal static readonly DiagnosticDescriptor UseCycle = Error("NETC2039", "Files that use each other in a circle",
        "these files use each other in a circle: {0}",
        "A file is understood after those that it uses.",
        "Move what both need into a third file.");

    internal static readonly DiagnosticDescriptor UseInvalid = Error("NETC2040", "A path that 'use' does not take",
        "'{0}' is not a relative path with '/' to a .net file",
        "Projects are moved between machines and operating systems.",
        "Write a path relative to this file, such as \"blocks/residual.net\".");

    internal static readonly DiagnosticDescriptor UnknownNetwork = Error("NETC2041", "An unknown network",
        "there is no network '{0}'{1}",
        "'network A = B(…);' makes a class of the network B with other arguments.",
        "Correct the name, or add 'use' for the file that declares it.");

    internal static readonly DiagnosticDescriptor InvalidInstance = Error("NETC2042", "Not an instance of a network",
        "the right-hand side must be a network, as in 'network ResNet152 = ResNet(blocks: [3, 8, 36, 3]);'",
        "An instance is a declared network with its arguments.",
        "Write the name of a network, with its arguments in brackets.");

    internal static readonly DiagnosticDescriptor NetworkWithoutFunctions = Warning("NETC2043", "A network without functions",
        "the network '{0}' has no function, so nothing of it can be called",
        "Functions are what becomes methods in C#.",
        "Add 'function predict(x) -> y;'.");
}
