using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NetCompiler.Runtime;

/// <summary>What a variable is for.</summary>
public enum VariableKind
{
    /// <summary>Learned by training: a weight, a bias.</summary>
    Parameter,

    /// <summary>Declared as <c>state</c> in the network itself, such as the state of a recurrence: what <see cref="Network.Reset(string)"/> resets.</summary>
    State,

    /// <summary>Declared as <c>state</c> in a layer, such as a running mean.</summary>
    Statistic,

    /// <summary>Declared as <c>state</c> in an optimizer, such as momentum.</summary>
    Moment,
}

/// <summary>A named tensor that a network owns and its functions read and update.</summary>
public abstract class Variable
{
    readonly int[] _declared;
    int[] _shape;

    private protected Variable(string name, VariableKind kind, Initializer initializer, ReadOnlySpan<int> shape)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(initializer);
        Name = name;
        Kind = kind;
        Initializer = initializer;
        _declared = shape.ToArray();
        _shape = [.. _declared.Select(dimension => dimension == AnySize ? 0 : dimension)];
        Length = Shapes.Length(_shape);
    }

    /// <summary>The name, unique in the network, such as c1.weight.</summary>
    public string Name { get; }

    /// <summary>What it is for.</summary>
    public VariableKind Kind { get; }

    /// <summary>How it gets its first values.</summary>
    public Initializer Initializer { get; }

    /// <summary>Stands in <see cref="DeclaredShape"/> for a dimension that takes the size of each call.</summary>
    public const int AnySize = -1;

    /// <summary>The present dimensions, outermost first; empty for a scalar. One of <see cref="AnySize"/> is 0 before the first call.</summary>
    public ReadOnlySpan<int> Shape => _shape;

    /// <summary>The dimensions as declared, with <see cref="AnySize"/> where they follow the calls.</summary>
    public ReadOnlySpan<int> DeclaredShape => _declared;

    /// <summary>The present number of values.</summary>
    public int Length { get; private set; }

    /// <summary>The type of the values as .net source names it: f32, f64, i32, i64, u8 or bool.</summary>
    public abstract string ElementType { get; }

    /// <summary>
    /// Grows whenever what functions keep of the values from call to call, such as packed weights, may be out of date: when a span is handed
    /// out, by <see cref="Touch"/>, by first values and loaded ones. A function that updates variables counts before it runs, and only where
    /// some function keeps what depends on them; it may then also count variables that it leaves as they were. So this number does not tell
    /// how often the values have changed, and of a variable of which nothing is kept, not whether.
    /// </summary>
    public long Version { get; private set; }

    /// <summary>
    /// Tells that the values have changed. Needed only after writing through a span that was taken before the last call of a function, or
    /// through a pointer: nobody notices that.
    /// </summary>
    public void Touch() => Version++;

    /// <summary>
    /// Gives the variable its first values anew. They depend on <paramref name="seed"/> and <see cref="Name"/> only, and are drawn when
    /// somebody first asks for them: what a file replaces before is never drawn.
    /// </summary>
    public abstract void Initialize(ulong seed);

    /// <summary>Tells that the values are now those of a copy in the memory of a device; they are fetched when somebody asks for them here.</summary>
    public void ChangeOn(DeviceCopy copy)
    {
        ArgumentNullException.ThrowIfNull(copy);
        Newer = copy;
        Touch();
    }

    /// <summary>The copy that has newer values than this variable's memory, if one has.</summary>
    private protected DeviceCopy? Newer { get; set; }

    /// <summary>Name, type and shape: c1.weight : f32[20, 1, 5, 5].</summary>
    public override string ToString() => $"{Name} : {ElementType}{(_shape.Length == 0 ? "" : Shapes.Text(_shape))}";

    /// <summary>Whether the variable may have this shape.</summary>
    internal bool Admits(ReadOnlySpan<int> shape)
    {
        if (shape.Length != _declared.Length)
            return false;
        for (int axis = 0; axis < shape.Length; axis++)
        {
            if (_declared[axis] != AnySize && _declared[axis] != shape[axis])
                return false;
        }
        return true;
    }

    /// <summary>Gives the variable another shape that it admits; the values are then undefined. False if it has that shape.</summary>
    internal bool Resize(ReadOnlySpan<int> shape)
    {
        if (shape.SequenceEqual(_shape))
            return false;
        if (!Admits(shape))
            throw new ArgumentException($"{Name} of shape {Shapes.Text(_declared)} cannot take the shape {Shapes.Text(shape)}", nameof(shape));
        int length = Shapes.Length(shape);
        Length = length;
        _shape = shape.ToArray();
        return true;
    }

    /// <summary>Room for values of this shape, for <see cref="Replace"/>.</summary>
    internal abstract PinnedBuffer NewStorage(ReadOnlySpan<int> shape);

    /// <summary>The bytes of the values in <paramref name="storage"/>, which has room for this shape.</summary>
    internal abstract Span<byte> BytesOf(PinnedBuffer storage, ReadOnlySpan<int> shape);

    /// <summary>Takes a shape that it admits and <paramref name="storage"/> with the values for it.</summary>
    internal abstract void Replace(ReadOnlySpan<int> shape, PinnedBuffer storage);

    /// <summary>The type's name in safetensors files.</summary>
    internal abstract string FileElementType { get; }

    /// <summary>The bytes that it holds, which a larger shape may have left.</summary>
    internal abstract long Capacity { get; }

    /// <summary>The values' bytes in memory order.</summary>
    internal abstract ReadOnlySpan<byte> Bytes { get; }

    /// <summary>The generator of this variable's numbers: a stream for each name, by the hash FNV-1a, which is the same on every run.</summary>
    private protected Philox4x32 Random(ulong seed)
    {
        const ulong offsetBasis = 0xCBF29CE484222325, prime = 0x100000001B3;
        var hash = offsetBasis;
        foreach (var octet in System.Text.Encoding.UTF8.GetBytes(Name))
            hash = (hash ^ octet) * prime;
        return new Philox4x32(seed, hash);
    }
}

/// <summary>A variable with elements of type <typeparamref name="T"/>: float, double, int, long, byte or bool.</summary>
/// <typeparam name="T">The element type.</typeparam>
public sealed class Variable<T> : Variable where T : unmanaged
{
    PinnedBuffer? _storage;
    Pointer<T> _pointer;

    // The seed of the first values while they are not drawn.
    ulong? _seed;

    internal Variable(string name, VariableKind kind, Initializer initializer, ReadOnlySpan<int> shape)
        : base(name, kind, initializer, shape)
    {
        ElementType = ElementTypes.Name<T>();
        FileElementType = ElementTypes.FileName<T>();
    }

    /// <summary>The address of the first value, a multiple of 64. It is valid while the variable is alive; another shape and loading a file change it. After writing there, call <see cref="Variable.Touch"/>.</summary>
    public Pointer<T> Pointer
    {
        get
        {
            if (_seed is not null || _storage is null || Newer is not null)
                Draw();
            return _pointer;
        }
    }

    /// <summary>
    /// The values in row-major order; writing to them changes the network. Take the span again after calling a function: what is written
    /// through an older one may go unnoticed (<see cref="Variable.Touch"/>).
    /// </summary>
    public Span<T> Span
    {
        get
        {
            Touch();
            return Values;
        }
    }

    Span<T> Values
    {
        get
        {
            // From here on the span itself, an interior reference into garbage-collected memory, keeps the storage alive.
            var values = Pointer.AsSpan(Length);
            GC.KeepAlive(_storage);
            return values;
        }
    }

    /// <inheritdoc/>
    public override string ElementType { get; }

    /// <inheritdoc/>
    public override void Initialize(ulong seed)
    {
        Initializer.RequireFit(Shape);
        _seed = seed;
        Newer = null;
        Touch();
    }

    void Draw()
    {
        _storage ??= new PinnedBuffer();
        _storage.EnsureCapacity((long)Length * Unsafe.SizeOf<T>());
        _pointer = _storage.At<T>();
        if (_seed is { } seed)
            Initializer.Fill(_pointer.AsSpan(Length), Shape, Random(seed));
        else
            Newer?.Read(MemoryMarshal.AsBytes(_pointer.AsSpan(Length)));
        _seed = null;
        Newer = null;
    }

    internal override PinnedBuffer NewStorage(ReadOnlySpan<int> shape) => new((long)Shapes.Length(shape) * Unsafe.SizeOf<T>());

    internal override Span<byte> BytesOf(PinnedBuffer storage, ReadOnlySpan<int> shape) => MemoryMarshal.AsBytes(storage.At<T>().AsSpan(Shapes.Length(shape)));

    internal override void Replace(ReadOnlySpan<int> shape, PinnedBuffer storage)
    {
        Resize(shape);
        _storage = storage;
        _pointer = storage.At<T>();
        _seed = null;
        Newer = null;
        Touch();
    }

    internal override string FileElementType { get; }

    internal override long Capacity => _storage?.Capacity ?? 0;

    internal override ReadOnlySpan<byte> Bytes => MemoryMarshal.AsBytes(Values);
}
