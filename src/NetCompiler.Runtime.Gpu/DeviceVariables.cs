using System.Runtime.CompilerServices;

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
    public DeviceVariable<T> Of<T>(Variable<T> variable) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(variable);
        if (!_copies.TryGetValue(variable, out var copy))
            _copies.Add(variable, copy = new DeviceVariable<T>(device, variable));
        return (DeviceVariable<T>)copy;
    }
}

/// <summary>A variable in the memory of a device.</summary>
/// <typeparam name="T">The element type.</typeparam>
public sealed class DeviceVariable<T> : DeviceCopy where T : unmanaged
{
    readonly GpuDevice _device;
    readonly Variable<T> _variable;
    readonly DeviceBuffer _buffer;
    long _version = -1;

    internal DeviceVariable(GpuDevice device, Variable<T> variable)
    {
        _device = device;
        _variable = variable;
        _buffer = device.NewBuffer();
    }

    /// <summary>The first value.</summary>
    public DevicePointer<T> Pointer { get; private set; }

    /// <summary>Brings the values to the device unless it has them.</summary>
    public void Prepare()
    {
        if (_version == _variable.Version)
            return;
        nint start = _buffer.Start;
        _buffer.EnsureCapacity((long)_variable.Length * Unsafe.SizeOf<T>());
        if (start != _buffer.Start)
            Pointer = _buffer.At<T>();
        _device.Upload<T>(_variable.Pointer.AsSpan(_variable.Length), Pointer);
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
