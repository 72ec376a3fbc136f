using System.Runtime.InteropServices;

namespace NetCompiler.Runtime.Gpu;

/// <summary>Four floats that a device loads and stores at once, where they lie on a boundary of 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
struct Float4
{
    public float X, Y, Z, W;

    /// <summary>Adds other four.</summary>
    public void Add(Float4 other)
    {
        X += other.X;
        Y += other.Y;
        Z += other.Z;
        W += other.W;
    }

    /// <summary>Adds a multiple of other four.</summary>
    public void Add(float factor, Float4 other)
    {
        X += factor * other.X;
        Y += factor * other.Y;
        Z += factor * other.Z;
        W += factor * other.W;
    }
}

/// <summary>4 x 4 sums, which stay in registers.</summary>
struct Block4x4
{
    public Float4 Row0, Row1, Row2, Row3;

    /// <summary>Adds the products of four elements of a column of the left factor with four of a row of the right one.</summary>
    public void MultiplyAdd(Float4 left, Float4 right)
    {
        Row0.Add(left.X, right);
        Row1.Add(left.Y, right);
        Row2.Add(left.Z, right);
        Row3.Add(left.W, right);
    }
}
