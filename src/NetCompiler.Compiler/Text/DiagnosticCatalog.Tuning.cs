namespace NetCompiler.Text;

// 40xx: records of measurements.
public static partial class DiagnosticCatalog
{
    internal static readonly DiagnosticDescriptor MalformedTuning = Error("NETC4001", "A tuning record that cannot be read",
        "this is no tuning record: {0}; run 'netc tune' again, or delete the file",
        "NAME.tune.json beside NAME.net holds what 'netc tune' measured, as JSON, and NAME.gpu.tune.json what 'netc tune --device gpu' did.",
        "Let 'netc tune' write the file.");

    internal static readonly DiagnosticDescriptor TuningOfAnotherMachine = Warning("NETC4002", "A tuning record of another machine",
        "the measurements are of the machine \"{0}\", but the code is for \"{1}\": they are ignored; run '{2}' there",
        "What is fast on one machine may be slow on another. The results are the same within the stated errors in any case.",
        "Tune on the machine that runs the network; in a project, name that machine in the property NetMachine, its GPU in NetGpu, or leave the property out to take every record.");

    internal static readonly DiagnosticDescriptor OutdatedTuning = Warning("NETC4003", "A tuning record of an earlier version",
        "the record has {0} that the networks do not have any more, such as \"{1}\", which is ignored; run 'netc tune' again",
        "Kernels are known by their sizes, so a change of the network makes what was measured before meaningless.",
        "Run 'netc tune' again.");

    internal static readonly DiagnosticDescriptor TuningNotTaken = Warning("NETC4004", "A tuning record that chooses what cannot be",
        "\"{0}\" is not taken: {1}; run 'netc tune' again",
        "A record chooses among the algorithms that compute a kernel within the error that the program allows; any other choice is left to the compiler.",
        "Run 'netc tune' again.");

    internal static readonly DiagnosticDescriptor TuningOfNothing = Warning("NETC4005", "A tuning record without a network file",
        "there is no network file \"{0}\" in the project beside this record, so it is not used; rename the record like its network file, or delete it",
        "The record of NAME.net is NAME.tune.json in the same folder, that for GPUs NAME.gpu.tune.json; they are found by their names alone.",
        "Rename or delete the record.");
}
