using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NetCompiler.Runtime.Gpu;

/// <summary>The variables of a network in the memory of a device, where they stay: values travel only when one side has newer ones and the other asks.</summary>
/// <param name="device">The device.</param>
public sealed class DeviceVariables(GpuDevice device)
{
    readonly Dictionary<Variable, object> _copies = [];

    /// <summary>The device.</summary>
    public GpuDevice Device => device;

    /// <summary>What the functions of the network compute in, one after the other.</summary>
    public DeviceBuffer Arena { get; } = device.NewBuffer();

    /// <summary>The copy of a variable of the network.</summary>
    public DeviceVariable<T> Of<T>(Variable<T> variable) where T : unmanaged => Of<T, T>(variable);

    /// <inheritdoc cref="Of{T}(Variable{T})"/>
    public DeviceVariable<Float16> Of(Variable<Half> variable) => Of<Half, Float16>(variable);

    /// <inheritdoc cref="Of{T}(Variable{T})"/>
    public DeviceVariable<byte> Of(Variable<bool> variable) => Of<bool, byte>(variable);

    DeviceVariable<TStored> Of<T, TStored>(Variable<T> variable) where T : unmanaged where TStored : unmanaged
    {
        ArgumentNullException.ThrowIfNull(variable);
        if (!_copies.TryGetValue(variable, out var copy))
            _copies.Add(variable, copy = new DeviceVariable<T, TStored>(device, variable));
        return (DeviceVariable<TStored>)copy;
    }
}

/// <summary>A variable in the memory of a device.</summary>
/// <typeparam name="TStored">The element type there, of the same bytes as the variable's.</typeparam>
public abstract class DeviceVariable<TStored> : DeviceCopy where TStored : unmanaged
{
    readonly GpuDevice _device;
    readonly Variable _variable;
    readonly DeviceBuffer _buffer;
    long _version = -1;

    private protected DeviceVariable(GpuDevice device, Variable variable)
    {
        _device = device;
        _variable = variable;
        _buffer = device.NewBuffer();
    }

    /// <summary>The first value.</summary>
    public DevicePointer<TStored> Pointer { get; private set; }

    private protected abstract ReadOnlySpan<TStored> Values { get; }

    /// <summary>Brings the values to the device unless it has them.</summary>
    public void Prepare()
    {
        if (_version == _variable.Version)
            return;
        _buffer.EnsureCapacity((long)_variable.Length * Unsafe.SizeOf<TStored>());
        Pointer = _buffer.At<TStored>();
        _device.Upload(Values, Pointer);
        _version = _variable.Version;
    }

    /// <summary>Tells that a function on the device changes the values: the network's own are out of date until somebody asks for them.</summary>
    public void Change()
    {
        _variable.ChangeOn(this);
        _version = _variable.Version;
    }

    /// <inheritdoc/>
    protected override void Download(Span<byte> values) => _device.Download(_buffer.At<byte>(), values);
}

sealed class DeviceVariable<T, TStored>(GpuDevice device, Variable<T> variable) : DeviceVariable<TStored>(device, variable)
    where T : unmanaged where TStored : unmanaged
{
    private protected override ReadOnlySpan<TStored> Values => MemoryMarshal.Cast<T, TStored>(variable.Pointer.AsSpan(variable.Length));
}
