using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>
/// The address of elements in memory that the garbage collector does not move: a C pointer that code without
/// <c>unsafe</c> can hold in a field and pass between threads. It does not keep the memory alive; its owner does.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <param name="address">The address of element 0.</param>
public readonly unsafe struct Pointer<T>(nint address) where T : unmanaged
{
    /// <summary>The address of element 0.</summary>
    public nint Address { get; } = address;

    /// <summary>Element <paramref name="index"/>; no bounds are checked.</summary>
    public ref T this[nint index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref ((T*)Address)[index];
    }

    /// <summary>The pointer to element <paramref name="index"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Pointer<T> Offset(nint index) => new(Address + index * sizeof(T));

    /// <summary>The same address, taken for elements of another type.</summary>
    internal Pointer<TOther> As<TOther>() where TOther : unmanaged => new(Address);

    /// <summary>The <paramref name="length"/> elements from here as a span.</summary>
    public Span<T> AsSpan(int length) => new((T*)Address, length);
}
