using System.Reflection;
using ILGPU;
using ILGPU.Backends;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;

namespace NetCompiler.Runtime.Gpu;

/// <summary>Methods of kernels that each kind of device has an implementation of its own for.</summary>
static class GpuIntrinsics
{
    /// <summary>Tells ILGPU of them.</summary>
    public static Context.Builder AddTo(Context.Builder builder)
    {
        var manager = builder.GetIntrinsicManager();
        foreach (var backend in new[] { BackendType.IL, BackendType.PTX })
            Register(manager, backend, nameof(LaneExchange.ByRegisters));
        Register(manager, BackendType.OpenCL, nameof(LaneExchange.BySharedMemory));
        return builder;
    }

    static void Register(IntrinsicImplementationManager manager, BackendType backend, string implementation) =>
        manager.RegisterMethod(Method(nameof(LaneExchange.Across)), new Redirection(backend, Method(implementation)));

    static MethodInfo Method(string name) => typeof(LaneExchange).GetMethod(name)!;

    sealed class Redirection(BackendType backend, MethodInfo target) : IntrinsicImplementation(backend, target, IntrinsicImplementationMode.Redirect)
    {
        protected override bool CanHandleBackend(Backend backend) => true;
    }
}
