namespace NetCompiler.Runtime;

/// <summary>The values of a variable in the memory of a device, where functions read and update them.</summary>
public abstract class DeviceCopy
{
    /// <summary>Waits for the functions that were called, and fetches the values in memory order.</summary>
    protected abstract void Download(Span<byte> values);

    internal void Read(Span<byte> values) => Download(values);
}
