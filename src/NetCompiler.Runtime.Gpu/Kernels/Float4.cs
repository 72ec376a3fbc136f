using System.Runtime.InteropServices;

namespace NetCompiler.Runtime.Gpu;

/// <summary>Four floats that a device loads and stores at once, where they lie on a boundary of 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
struct Float4
{
    public float X, Y, Z, W;

    /// <summary>Adds a multiple of other four.</summary>
    public void Add(float factor, Float4 other)
    {
        X += factor * other.X;
        Y += factor * other.Y;
        Z += factor * other.Z;
        W += factor * other.W;
    }
}
