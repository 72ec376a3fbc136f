using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>
/// How a variable gets its first values. They depend on the seed and the variable's name alone (not on the other variables
/// of the network), so that adding a layer leaves the values of all others as they were.
/// </summary>
public abstract record Initializer
{
    /// <summary>Every value is <paramref name="value"/>.</summary>
    public static Initializer Constant(double value) => new ConstantInitializer(value);

    /// <summary>Uniform in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public static Initializer Uniform(double low, double high) => new UniformInitializer(low, high);

    /// <summary>Normal.</summary>
    public static Initializer Normal(double mean, double deviation) => new NormalInitializer(mean, deviation);

    /// <summary>Normal, drawn anew where further than two <paramref name="deviation"/>s from <paramref name="mean"/>.</summary>
    public static Initializer TruncatedNormal(double mean, double deviation) => new TruncatedNormalInitializer(mean, deviation);

    /// <summary>
    /// <paramref name="gain"/> times a random matrix [shape[0], product of the rest] with orthonormal rows, or columns where it
    /// has more rows than columns (Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep
    /// linear neural networks", ICLR 2014). Shapes with less than two axes throw <see cref="ArgumentException"/>.
    /// </summary>
    public static Initializer Orthogonal(double gain) => new OrthogonalInitializer(gain);

    /// <summary>Random bits for i64, which depend on the seed: the first key of the network's random numbers.</summary>
    public static Initializer Seed() => new SeedInitializer();

    private protected Initializer() { }

    // A thread draws so many values at once; each pair takes one block of the generator.
    const int ValuesAtOnce = 1 << 14;

    /// <summary>Refuses shapes that the initializer has no values for.</summary>
    internal virtual void RequireFit(ReadOnlySpan<int> shape)
    {
    }

    /// <summary>Fills a variable's values.</summary>
    internal virtual unsafe void Fill<T>(Span<T> values, ReadOnlySpan<int> shape, Philox4x32 random) where T : unmanaged
    {
        if (!HasBlockPerPair || values.Length <= ValuesAtOnce)
        {
            Fill(values, random);
            return;
        }
        // Block i of the stream is the same wherever it is drawn, so any number of threads give the same values. They are those of .NET:
        // variables do not know the pool of their network.
        fixed (T* first = values)
        {
            var (start, length) = ((nint)first, values.Length);
            Parallel.For(0, (length + ValuesAtOnce - 1) / ValuesAtOnce, part =>
            {
                int begin = part * ValuesAtOnce;
                Fill(new Span<T>((T*)start + begin, Math.Min(ValuesAtOnce, length - begin)), random.At((ulong)begin / 2));
            });
        }
    }

    void Fill<T>(Span<T> values, Philox4x32 random) where T : unmanaged
    {
        foreach (ref var value in values)
            value = Convert<T>(Next(random));
    }

    /// <summary>Whether <see cref="Next"/> takes exactly one block of the generator for two values.</summary>
    private protected virtual bool HasBlockPerPair => false;

    private protected abstract double Next(Philox4x32 random);

    /// <summary>The nearest value of type T; numbers beyond an integer type's range give its limit.</summary>
    private protected static T Convert<T>(double value) where T : unmanaged
    {
        if (typeof(T) == typeof(float)) return As<float, T>((float)value);
        if (typeof(T) == typeof(double)) return As<double, T>(value);
        if (typeof(T) == typeof(int)) return As<int, T>(int.CreateSaturating(Math.Round(value)));
        if (typeof(T) == typeof(long)) return As<long, T>(long.CreateSaturating(Math.Round(value)));
        if (typeof(T) == typeof(byte)) return As<byte, T>(byte.CreateSaturating(Math.Round(value)));
        if (typeof(T) == typeof(bool)) return As<bool, T>(value != 0);
        if (typeof(T) == typeof(Half)) return As<Half, T>((Half)value);
        if (typeof(T) == typeof(BFloat16)) return As<BFloat16, T>((BFloat16)value);
        throw new NotSupportedException($"no initial values for elements of type {typeof(T).Name}");
    }

    static T As<TFrom, T>(TFrom value) where TFrom : unmanaged where T : unmanaged => Unsafe.As<TFrom, T>(ref value);
}

sealed record ConstantInitializer(double Value) : Initializer
{
    internal override void Fill<T>(Span<T> values, ReadOnlySpan<int> shape, Philox4x32 random) => values.Fill(Convert<T>(Value));

    private protected override double Next(Philox4x32 random) => Value;
}

sealed record SeedInitializer : Initializer
{
    internal override void Fill<T>(Span<T> values, ReadOnlySpan<int> shape, Philox4x32 random)
    {
        if (typeof(T) != typeof(long))
            throw new NotSupportedException($"keys are i64, not {typeof(T).Name}");
        foreach (ref var value in System.Runtime.InteropServices.MemoryMarshal.Cast<T, ulong>(values))
            value = random.NextUInt64();
    }

    private protected override double Next(Philox4x32 random) => throw new InvalidOperationException("keys are no numbers to compute with");
}

sealed record UniformInitializer(double Low, double High) : Initializer
{
    private protected override bool HasBlockPerPair => true;

    private protected override double Next(Philox4x32 random) => Low + (High - Low) * random.NextDouble();
}

sealed record NormalInitializer(double Mean, double Deviation) : Initializer
{
    private protected override bool HasBlockPerPair => true;

    private protected override double Next(Philox4x32 random) => Mean + Deviation * random.NextNormal();
}

sealed record TruncatedNormalInitializer(double Mean, double Deviation) : Initializer
{
    private protected override double Next(Philox4x32 random)
    {
        double normal;
        do
            normal = random.NextNormal();
        while (Math.Abs(normal) > 2);
        return Mean + Deviation * normal;
    }
}

sealed record OrthogonalInitializer(double Gain) : Initializer
{
    internal override void RequireFit(ReadOnlySpan<int> shape)
    {
        if (shape.Length < 2)
            throw new ArgumentException($"an orthogonal initializer needs a shape of at least two axes, not {Shapes.Text(shape)}");
    }

    internal override void Fill<T>(Span<T> values, ReadOnlySpan<int> shape, Philox4x32 random)
    {
        if (values.IsEmpty)
            return;
        int rows = shape[0], columns = values.Length / rows;
        var vectors = OrthonormalVectors.Draw(Math.Min(rows, columns), Math.Max(rows, columns), random);
        for (var row = 0; row < rows; row++)
            for (var column = 0; column < columns; column++)
                values[row * columns + column] = Convert<T>(Gain * (rows <= columns ? vectors[row][column] : vectors[column][row]));
    }

    private protected override double Next(Philox4x32 random) => throw new InvalidOperationException("orthogonal values are not drawn one by one");
}
