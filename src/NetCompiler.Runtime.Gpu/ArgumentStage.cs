using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;

namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// The way of an argument to the device: by memory that the device reads by itself, on a stream of its own, while the call before computes.
/// There are two of each place, so that the next call's values can be on their way before this one's are read.
/// </summary>
/// <typeparam name="T">The element type; bytes stand for bools.</typeparam>
/// <param name="device">The device.</param>
public sealed class ArgumentStage<T>(GpuDevice device) where T : unmanaged
{
    // Memory that is taken from the system's pages is scarce: longer arguments travel in pieces.
    const int MostBytes = 1 << 26;

    readonly Slot[] _slots = [new(device), new(device)];
    int _next;

    /// <summary>Queues the values, which may be changed when the method returns; the device has them at <paramref name="target"/> from then on.</summary>
    /// <param name="values">The argument of a call.</param>
    /// <param name="target">Where its kernels read it.</param>
    public void Send(ReadOnlySpan<T> values, DevicePointer<T> target)
    {
        int most = MostBytes / Unsafe.SizeOf<T>();
        for (long first = 0; first < values.Length; first += most)
        {
            var piece = values.Slice((int)first, (int)Math.Min(most, values.Length - first));
            _slots[_next].Send(MemoryMarshal.AsBytes(piece), target.Offset(first).View.Cast<byte>());
            _next = 1 - _next;
        }
    }

    sealed class Slot(GpuDevice device)
    {
        readonly GpuEvent _arrived = new(device.Accelerator), _taken = new(device.Accelerator);
        readonly DeviceBuffer _there = device.NewBuffer();
        PageLockedArray1D<byte>? _here;

        public void Send(ReadOnlySpan<byte> values, ArrayView<byte> target)
        {
            _arrived.Wait();
            _there.EnsureCapacity(values.Length);
            if (_here is null || _here.Length < values.Length)
            {
                _here?.Dispose();
                _here = null;
                _here = device.Accelerator.AllocatePageLocked1D<byte>(values.Length);
            }
            values.CopyTo(_here.Span);
            var there = _there.At<byte>().View.SubView(0, values.Length);
            _taken.HoldBack(device.CopyStream);
            there.CopyFrom(device.CopyStream, _here.ArrayView.SubView(0, values.Length));
            _arrived.Record(device.CopyStream);
            _arrived.HoldBack(device.Stream);
            target.SubView(0, values.Length).CopyFrom(device.Stream, there);
            _taken.Record(device.Stream);
        }
    }
}
