namespace NetCompiler.Text;

// 24xx: recurrence.
public static partial class DiagnosticCatalog
{
    internal static readonly DiagnosticDescriptor ScalarSequence = Error("NETC2401", "A scalar walked along",
        "'{0}' cannot walk along a scalar {1}: 'scan' takes one element of the first axis in each step",
        "A sequence is a tensor whose first axis is time, or a range such as 0 .. T.",
        "Give it a tensor [T, …], or carry the value: 'from h = value'.");

    internal static readonly DiagnosticDescriptor SequenceLengths = Error("NETC2402", "Sequences of different lengths",
        "the sequences of a scan are walked along together, but '{0}' has {1} steps and '{2}' has {3}",
        "Every step takes one element of each sequence.",
        "Slice or pad one of them; the first axis is the one that is walked along.");

    internal static readonly DiagnosticDescriptor CarryNotAssigned = Error("NETC2403", "A carried value that never changes",
        "'{0}' is carried from step to step, but no step assigns it: add '{0} = …;' to the body, or read it without carrying it",
        "What 'from' names is what one step hands to the next. Everything else that is known outside can be read as it is.",
        "Assign it in the body, or remove it from 'from'.");

    internal static readonly DiagnosticDescriptor CarryWithoutStart = Error("NETC2404", "A carried value without a first value",
        "'{0}' has no first value, because nothing outside has this name{1}; write one, such as 'from {0} = zeros'",
        "The first step needs a value for everything that is carried: that of the same name outside, or one that is written there.",
        "Write 'from name = value'.");

    internal static readonly DiagnosticDescriptor CarryChanges = Error("NETC2405", "A carried value that changes its type",
        "'{0}' is {1} at the start of a step and {2} at its end; {3}",
        "All steps are the same computation, so what one hands on must be what the next can take.",
        "Make the next value of the same shape and element type as the first one.");

    internal static readonly DiagnosticDescriptor CarryOfUnknownShape = Error("NETC2406", "A carried value of unknown shape",
        "the shape of '{0}' cannot be told from its first value, {1}, nor from the body: write it, such as 'from {0} = zeros([N, 5])'",
        "A number as first value is repeated to the shape that the body gives to the next value. Here the body needs the shape first.",
        "Start with a tensor of the right shape.");

    internal static readonly DiagnosticDescriptor NotCarried = Error("NETC2407", "A value assigned but not carried",
        "each step reads the '{0}' from outside the scan, so what is assigned here is lost after the step: carry it, 'from {0}', or choose another name",
        "A step starts anew. Only what 'from' names is handed from one step to the next.",
        "Add the name to 'from', or use another name for the value within a step.");

    internal static readonly DiagnosticDescriptor SecondYield = Error("NETC2408", "A second 'yield' in a step",
        "this step has yielded already: yield all values together, 'yield a, b;'",
        "Each step adds one element to each result.",
        "Join the two statements.");

    internal static readonly DiagnosticDescriptor ScanWithoutResult = Error("NETC2409", "A scan without a result",
        "this scan neither yields nor carries anything, so nothing comes of it: add 'yield value;'",
        "A scan gives what its steps yield and what they carry to the end.",
        "Add 'yield value;', or carry a value: 'from name = value'.");

    internal static readonly DiagnosticDescriptor ScanResults = Error("NETC2410", "Not a name for each result of a scan",
        "this scan gives {0} values: {1}; bind {0} names, not {2}",
        "The results of a scan are what it yields, in order, then the last values of what it carries.",
        "Write a name for each of them; '_' will do for one that is not needed.");

    internal static readonly DiagnosticDescriptor StateInScan = Error("NETC2411", "A state assigned in each step",
        "'{0}' assigns its state '{1}', which a call changes once, while a scan takes many steps: apply it before or after the scan, or carry the value",
        "States change from call to call. What changes from step to step is carried by the scan.",
        "Apply the layer to all steps at once, outside, or carry the value and update the state in a function.");
}
