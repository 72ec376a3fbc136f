namespace NetCompiler.Text;

// 9xxx: our mistakes, not the user's.
public static partial class DiagnosticCatalog
{
    /// <summary>The compiler failed where it should have compiled or reported: what its hosts make of an exception.</summary>
    public static readonly DiagnosticDescriptor InternalError = Error("NETC9001", "Internal compiler error",
        "internal compiler error: {0}: {1} ({2})",
        "The compiler met a case that it does not handle. This is a defect of the compiler, whatever the file says; nothing is generated for the file.",
        "Report it with the file. Undoing the last change of the file usually helps until then.");
}
