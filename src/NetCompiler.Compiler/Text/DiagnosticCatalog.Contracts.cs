namespace NetCompiler.Text;

// 23xx: what a program promises about itself.
public static partial class DiagnosticCatalog
{
    internal static readonly DiagnosticDescriptor CheckedType = Error("NETC2301", "A value that is not of the checked type",
        "{0} is {1}, not {2}{3}",
        "'check value : type;' holds a value against a type. Names of dimensions that mean nothing yet stand for what is found.",
        "Correct the type, or what computes the value.");

    internal static readonly DiagnosticDescriptor CheckFailed = Error("NETC2302", "A condition that does not hold",
        "this does not hold{0}",
        "'check condition;' says what must be true when the network is built.",
        "Change the values that the condition is about.");

    internal static readonly DiagnosticDescriptor CheckNotDecided = Error("NETC2303", "A type that is not known at build time",
        "whether {0}, which is {1}, is of type {2} is known only when a function is called; bind it to a name and check the name, so that the call is checked",
        "Sizes that cannot be compared at build time are compared on entry, by whoever uses the checked name.",
        "Write 'y = …; check y : …;'.");

    internal static readonly DiagnosticDescriptor BudgetExceeded = Error("NETC2304", "A budget that is not kept",
        "{0} takes {1} {2}, which is not {3} {4}{5}{6}",
        "A budget is counted as 'netc summary' counts, with 1 for each symbolic dimension, so for one sample.",
        "Make the parts that the message names smaller, or change the budget.");

    internal static readonly DiagnosticDescriptor InvalidBudget = Error("NETC2305", "Not a budget",
        "{0}; a budget compares parameters, macs, activations or memory with a number, as in 'check macs < 1G' or 'check macs(predict, T: 100) < 1G'",
        "What a network takes is known when all of it is unfolded, so it can be compared in 'check' and nowhere else.",
        "Write one comparison with a number; join several with 'and'.");

    internal static readonly DiagnosticDescriptor InvalidMemoryLimit = Error("NETC2306", "Not a limit of memory",
        "{0}; a limit is an amount, as in 'memory: 512MB', or one for given sizes, as in 'memory: budget(512MB, N: 64)'",
        "What a function needs grows with its symbolic dimensions; those that are not given count as 1.",
        "Name dimensions of the network's inputs, with whole numbers above 0.");
}
