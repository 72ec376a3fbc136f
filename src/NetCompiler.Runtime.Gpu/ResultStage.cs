using System.Globalization;
using ILGPU;
using ILGPU.Runtime;

namespace NetCompiler.Runtime.Gpu;

/// <summary>The way of a function's numbers from the device: each call's are fetched when it is computed, and kept until two further calls.</summary>
/// <param name="device">The device.</param>
public sealed class ResultStage(GpuDevice device)
{
    readonly GpuEvent[] _arrived = [new(device.Accelerator), new(device.Accelerator)];
    readonly PageLockedArray1D<byte>?[] _here = new PageLockedArray1D<byte>?[2];
    long _calls;

    /// <summary>Queues the fetching of so many bytes behind the work of a call, and returns the call's number.</summary>
    /// <exception cref="NotSupportedException">They are more than memory that both sides see can hold.</exception>
    public long Queue(DevicePointer<byte> results, long bytes)
    {
        if (bytes > Array.MaxLength)
            throw new NotSupportedException($"the results of a call take {bytes >> 20} MiB, of which {Array.MaxLength >> 20} can be fetched from a GPU: make the batch smaller, or let the function return less");
        int slot = (int)(_calls & 1);
        // What it still fetches would arrive later.
        _arrived[slot].Wait();
        if (_here[slot] is null || _here[slot]!.Length < bytes)
        {
            _here[slot]?.Dispose();
            _here[slot] = null;
            _here[slot] = device.Accelerator.AllocatePageLocked1D<byte>(bytes);
        }
        _here[slot]!.ArrayView.SubView(0, bytes).CopyFrom(device.Stream, results.View.SubView(0, bytes));
        _arrived[slot].Record(device.Stream);
        return _calls++;
    }

    /// <summary>Whether the bytes of a call are there, or were.</summary>
    public bool IsThere(long call) => call < _calls - _here.Length || _arrived[call & 1].IsReached();

    /// <summary>Waits for a call, and returns the bytes that it left.</summary>
    /// <exception cref="InvalidOperationException">Two calls were begun since: the results are gone.</exception>
    public ReadOnlySpan<byte> Wait(long call)
    {
        if (call < _calls - _here.Length)
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
                $"the results of call {call + 1} are gone, as {_calls} calls were begun: read the value of a call before the second one after it"));
        _arrived[call & 1].Wait();
        return _here[call & 1]!.Span;
    }
}
