using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// A GPU as ILGPU drives it: memory, one stream for all work, and the kernels compiled for it. Opened once for each device of the machine
/// and kept until the process ends. Not safe for several threads at once, as a network is not.
/// </summary>
#pragma warning disable CA1001 // It lives as long as the process.
public sealed class GpuDevice
#pragma warning restore CA1001
{
    static readonly Lock Opening = new(), Compiling = new();
    static readonly Dictionary<ILGPU.Runtime.Device, GpuDevice> Opened = [];

    // One for all devices: it holds what ILGPU has read of kernels' code. Null where ILGPU cannot work.
    static readonly Lazy<Context?> Context = new(Open);

    readonly Dictionary<Type, Delegate> _kernels = [];

    readonly DeviceBuffer _workspace, _transformed;

    readonly Lock _turns = new();

    GpuDevice(Device device, Accelerator accelerator)
    {
        Device = device;
        _workspace = new DeviceBuffer(accelerator);
        _transformed = new DeviceBuffer(accelerator);
        Accelerator = accelerator;
        Stream = accelerator.CreateStream();
        CopyStream = accelerator.CreateStream();
    }

    /// <summary>Which device it is; never <see cref="DeviceKind.Best"/>.</summary>
    public Device Device { get; }

    /// <summary>The device as ILGPU has it.</summary>
    public Accelerator Accelerator { get; }

    /// <summary>Where all work is queued, in order.</summary>
    public AcceleratorStream Stream { get; }

    /// <summary>Where arguments travel to the device while it computes.</summary>
    internal AcceleratorStream CopyStream { get; }

    /// <summary>The kernels that were launched.</summary>
    internal IReadOnlyCollection<Type> Kernels => _kernels.Keys;

    /// <summary>The name that its maker gave it.</summary>
    public string Name => Device.Kind == DeviceKind.GpuEmulator ? "emulated GPU" : Accelerator.Name;

    /// <summary>The device that is meant; null for the CPU, and for the best one where there is no GPU.</summary>
    /// <exception cref="DeviceNotFoundException">A GPU is asked for, and there is none of that number.</exception>
    public static GpuDevice? For(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        lock (Opening)
        {
            if (device.Kind == DeviceKind.Cpu)
                return null;
            if (Context.Value is not { } context)
                return device.Kind == DeviceKind.Best ? null
                    : throw new DeviceNotFoundException("ILGPU, which drives GPUs, makes code at run time and does not work in a program that is trimmed or compiled by NativeAOT: publish it without, or use Device.Best()");
            var found = Find(device, context);
            if (found is null)
                return device.Kind switch
                {
                    DeviceKind.Gpu => throw DeviceNotFoundException.NoGpu(device.Index, [.. Gpus(context).Select(gpu => gpu.Name)]),
                    _ => null,
                };
            // The best GPU and the first one are the same device.
            if (Opened.TryGetValue(found, out var opened))
                return opened;
            try
            {
                using var _ = Compiling.EnterScope();
                return Opened[found] = new GpuDevice(device.Kind == DeviceKind.Best ? Device.Gpu() : device, found.CreateAccelerator(context));
            }
            catch (Exception exception) when (device.Kind == DeviceKind.Best && exception is AcceleratorException or NotSupportedException)
            {
                // A GPU that is full, kept by another program or too old.
                return null;
            }
        }
    }

    static Context? Open()
    {
        try
        {
            return ILGPU.Context.Create(builder => GpuIntrinsics.AddTo(builder).CPU(CPUDeviceKind.Nvidia).Cuda().OpenCL().Optimize(OptimizationLevel.O2));
        }
        catch (Exception exception) when (exception is NotSupportedException or PlatformNotSupportedException)
        {
            return null;
        }
    }

    static ILGPU.Runtime.Device? Find(Device device, Context context) => device.Kind switch
    {
        DeviceKind.Gpu => Gpus(context).Skip(device.Index).FirstOrDefault(),
        DeviceKind.Best => Gpus(context).FirstOrDefault(),
        DeviceKind.GpuEmulator => context.GetCPUDevice(0),
        _ => null,
    };

    // CUDA's first: the same GPU may be there by OpenCL as well, which knows processors too. The emulator is no GPU, whatever ILGPU lists.
    static IEnumerable<ILGPU.Runtime.Device> Gpus(Context context)
    {
        var all = context.Devices;
        var cuda = all.Where(device => device.AcceleratorType == AcceleratorType.Cuda).ToList();
        return cuda.Count > 0 ? cuda : all.Where(device => device is CLDevice { DeviceType: CLDeviceType.CL_DEVICE_TYPE_GPU });
    }

    /// <summary>
    /// Gives the caller its turn, until what is returned is disposed: networks share the device's stream and its workspaces, and may be called by
    /// several threads. The thread drives this device then.
    /// </summary>
    public Lock.Scope Enter()
    {
        Accelerator.Bind();
        return _turns.EnterScope();
    }

    /// <summary>A buffer of its memory, which is empty at first.</summary>
    public DeviceBuffer NewBuffer() => new(Accelerator);

    /// <summary>Room for what one kernel leaves for the next; the next call may hand it out again.</summary>
    internal DevicePointer<T> Workspace<T>(long elements) where T : unmanaged
    {
        _workspace.EnsureCapacity(elements * Unsafe.SizeOf<T>());
        return _workspace.At<T>();
    }

    /// <summary>Room for what a convolution transforms, while products within it have <see cref="Workspace"/>.</summary>
    internal DevicePointer<T> TransformWorkspace<T>(long elements) where T : unmanaged
    {
        _transformed.EnsureCapacity(elements * Unsafe.SizeOf<T>());
        return _transformed.At<T>();
    }

    /// <summary>Queues <paramref name="kernel"/> on so many groups of so many threads.</summary>
    public void Launch<TKernel>(Index3D groups, Index3D threads, in TKernel kernel) where TKernel : struct, IGpuKernel<TKernel>
    {
        if (groups.Size == 0)
            return;
        if (!_kernels.TryGetValue(typeof(TKernel), out var compiled))
            _kernels.Add(typeof(TKernel), compiled = Compile<TKernel>());
        ((Action<AcceleratorStream, KernelConfig, TKernel>)compiled)(Stream, new KernelConfig(groups, threads), kernel);
    }

    // ILGPU takes structs of two kernels for one type where their fields are the same once nested structs are laid open, and stumbles over which
    // field is in which: it must have forgotten the other kernels.
    Action<AcceleratorStream, KernelConfig, TKernel> Compile<TKernel>() where TKernel : struct, IGpuKernel<TKernel>
    {
        lock (Compiling)
        {
            Accelerator.ClearCache(ClearCacheMode.Default);
            Accelerator.Context.ClearCache(ClearCacheMode.Default);
            return Accelerator.LoadKernel<TKernel>(TKernel.Run, Specialization(TKernel.GroupsPerMultiprocessor));
        }
    }

    internal static KernelSpecialization Specialization(int groupsPerMultiprocessor) =>
        groupsPerMultiprocessor == 0 ? KernelSpecialization.Empty : new(GpuThread.Lanes, groupsPerMultiprocessor);

    /// <summary>Queues <paramref name="kernel"/> with one thread for each of <paramref name="count"/> elements, and those that fill the last group.</summary>
    /// <exception cref="NotSupportedException">There are more elements than kernels count.</exception>
    public void LaunchFor<TKernel>(long count, in TKernel kernel) where TKernel : struct, IGpuKernel<TKernel> =>
        Launch(new Index3D((Counted(count, "elements") + GpuThread.Lanes - 1) / GpuThread.Lanes, 1, 1), new Index3D(GpuThread.Lanes, 1, 1), kernel);

    /// <summary>Queues <paramref name="kernel"/>, of whose <paramref name="count"/> elements each thread takes <see cref="GpuThread.Fours"/>.</summary>
    /// <exception cref="NotSupportedException">There are more elements than kernels count.</exception>
    public void LaunchFours<TKernel>(long count, in TKernel kernel) where TKernel : struct, IGpuKernel<TKernel>
    {
        const int each = GpuThread.Fours * GpuThread.Lanes;
        Launch(new Index3D((int)((Counted(count, "elements") + (long)each - 1) / each), 1, 1), new Index3D(GpuThread.Lanes, 1, 1), kernel);
    }

    /// <summary>Begins a list of loops to launch at once; nothing is queued before <see cref="JoinedLoops{TKernel}.Launch"/>.</summary>
    public JoinedLoops<TKernel> Join<TKernel>(long count, in TKernel kernel) where TKernel : struct, IGpuKernel<TKernel>, IGpuLoop => new(this, count, kernel);

    /// <summary>Queues <paramref name="kernel"/> with a group of threads for each of <paramref name="rows"/> rows.</summary>
    /// <exception cref="NotSupportedException">There are more rows than kernels count.</exception>
    public void LaunchRows<TKernel>(long rows, in TKernel kernel) where TKernel : struct, IGpuKernel<TKernel> =>
        Launch(new Index3D(Counted(rows, "rows"), 1, 1), new Index3D(GpuThread.Lanes, 1, 1), kernel);

    // Threads number elements by ints, the first that is none of theirs too: of a row that is cut into parts, so many further on.
    const int MostElements = int.MaxValue - RowLaunches.MostParts * GpuThread.Lanes;

    /// <summary>Refuses numbers of elements that kernels cannot count.</summary>
    /// <exception cref="NotSupportedException">One of them is too large.</exception>
    public static void RequireCountable(params ReadOnlySpan<long> elements)
    {
        foreach (long count in elements)
            Counted(count, "elements");
    }

    internal static int Counted(long count, string what) => count <= MostElements
        ? (int)count
        : throw new NotSupportedException($"a kernel for GPUs is to run over {count} {what}, of which it can count {MostElements}; make the batch smaller");

    /// <summary>Copies values to the device, and waits until they are there.</summary>
    public void Upload<T>(ReadOnlySpan<T> values, DevicePointer<T> target) where T : unmanaged
    {
        if (values.IsEmpty)
            return;
        target.View.SubView(0, values.Length).CopyFromCPU(Stream, values);
    }

    /// <summary>Waits for all that is queued, and copies values of the device.</summary>
    public void Download<T>(DevicePointer<T> source, Span<T> values) where T : unmanaged
    {
        if (values.IsEmpty)
            return;
        source.View.SubView(0, values.Length).CopyToCPU(Stream, values);
    }
}
