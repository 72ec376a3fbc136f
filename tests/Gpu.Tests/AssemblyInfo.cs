using System.Runtime.CompilerServices;

// The assembly that ILGPU makes at run time, for kernels with types of the tests.
[assembly: InternalsVisibleTo("ILGPURuntime")]
