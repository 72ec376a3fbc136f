using System.Runtime.InteropServices;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// A point in the work of a stream, for which the program or another stream waits. CUDA has such; on other devices it is the end of all
/// work that the stream has when somebody waits.
/// </summary>
sealed class GpuEvent
{
    readonly Accelerator _accelerator;
    readonly nint _handle;
    AcceleratorStream? _recordedOn;

    public GpuEvent(Accelerator accelerator)
    {
        _accelerator = accelerator;
        if (accelerator is not CudaAccelerator)
            return;
        using var binding = accelerator.BindScoped();
        CudaException.ThrowIfFailed(CudaAPI.CurrentAPI.CreateEvent(out _handle, CudaEventFlags.CU_EVENT_DISABLE_TIMING));
    }

    ~GpuEvent()
    {
        if (_handle == 0)
            return;
        using var binding = _accelerator.BindScoped();
        CudaAPI.CurrentAPI.DestroyEvent(_handle);
    }

    /// <summary>From now on it stands for the end of what the stream was given so far.</summary>
    public void Record(AcceleratorStream stream)
    {
        _recordedOn = stream;
        if (stream is not CudaStream cuda)
            return;
        // Callers may come by any thread.
        using var binding = stream.Accelerator.BindScoped();
        CudaException.ThrowIfFailed(CudaAPI.CurrentAPI.RecordEvent(_handle, cuda.StreamPtr));
    }

    /// <summary>Whether the stream has come there; it is waited for where that cannot be asked.</summary>
    public bool IsReached()
    {
        if (_recordedOn is not CudaStream)
        {
            Wait();
            return true;
        }
        using var binding = _recordedOn.Accelerator.BindScoped();
        return CudaAPI.CurrentAPI.QueryEvent(_handle) == CudaError.CUDA_SUCCESS;
    }

    /// <summary>Waits until the stream has come there; not at all if it was never recorded.</summary>
    public void Wait()
    {
        if (_recordedOn is not CudaStream)
        {
            _recordedOn?.Synchronize();
            return;
        }
        using var binding = _recordedOn.Accelerator.BindScoped();
        CudaException.ThrowIfFailed(CudaAPI.CurrentAPI.SynchronizeEvent(_handle));
    }

    /// <summary>What <paramref name="stream"/> is given from now on waits; the program goes on, where the device can do that.</summary>
    public void HoldBack(AcceleratorStream stream)
    {
        if (_recordedOn is not CudaStream)
        {
            Wait();
            return;
        }
        using var binding = stream.Accelerator.BindScoped();
        if (StreamWaitEvent.Value(((CudaStream)stream).StreamPtr, _handle, 0) is var error and not 0)
            throw new CudaException((CudaError)error);
    }

    // ILGPU does not bind it.
    static readonly Lazy<WaitEvent> StreamWaitEvent = new(() => Marshal.GetDelegateForFunctionPointer<WaitEvent>(
        NativeLibrary.GetExport(NativeLibrary.Load(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1"), "cuStreamWaitEvent")));

    delegate int WaitEvent(nint stream, nint @event, uint flags);
}
