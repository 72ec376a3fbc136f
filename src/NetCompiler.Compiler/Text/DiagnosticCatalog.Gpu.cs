namespace NetCompiler.Text;

// 41xx: code for GPUs.
public static partial class DiagnosticCatalog
{
    internal static readonly DiagnosticDescriptor GpuPackageMissing = Error("NETC4101", "Code for GPUs without what it runs on",
        "NetTarget is Gpu, but the project does not reference NetCompiler.Runtime.Gpu; run 'dotnet add package NetCompiler.Runtime.Gpu', or set NetTarget to Cpu",
        "Code for GPUs runs on the package NetCompiler.Runtime.Gpu, which brings ILGPU.",
        "Add the package, or take the property NetTarget out of the project.");

    internal static readonly DiagnosticDescriptor NoGpuCode = Warning("NETC4102", "A network without code for GPUs",
        "'{0}' gets code for the processor alone: its function '{1}' has '{2}' of tensors of {3} axes, for which there are no kernels for GPUs; join axes by reshape before",
        "Kernels for GPUs copy tensors of up to six axes into others.",
        "Join axes by reshape before, or set the property NetTarget to Cpu where no GPU is meant.");

    internal static readonly DiagnosticDescriptor GpuCodeRefused = Error("NETC4103", "A network that cannot have the code for GPUs that is demanded",
        "code for GPUs is demanded, but the function '{1}' of '{0}' has '{2}' of tensors of {3} axes, for which there are no kernels for GPUs; join axes by reshape before, or compile for the processor alone",
        "Kernels for GPUs copy tensors of up to six axes into others.",
        "Join axes by reshape before, or take the property NetTarget, which is Gpu, out of the project: then networks get code for GPUs where that is possible.");

    internal static readonly DiagnosticDescriptor UnknownTarget = Error("NETC4104", "A target that there is not",
        "the project's property NetTarget is neither Gpu nor Cpu; set it to one of them, or take it out to get code for GPUs where the package for them is referenced",
        "NetTarget says what networks are compiled for.",
        "Write Gpu or Cpu, or take the property out.");

    internal static readonly DiagnosticDescriptor GpuCodeInSignedAssembly = Error("NETC4105", "Code for GPUs in a signed assembly",
        "the assembly is signed with a strong name, in which there can be no code for GPUs: ILGPU makes an assembly at run time that has to see the kernels, and is not signed; set NetTarget to Cpu, or do not sign",
        "An assembly with a strong name makes friends with signed ones alone.",
        "Put the networks into a project of their own that is not signed, or set the property NetTarget to Cpu.");
}
