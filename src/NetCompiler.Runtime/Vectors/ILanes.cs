using System.Numerics;

namespace NetCompiler.Runtime;

/// <summary>
/// A vector of <typeparamref name="T"/>: code written once against this interface is compiled for each width by the JIT.
/// </summary>
/// <remarks>
/// <para>Everything but the horizontal operations gives the same bits per lane at every width (NaNs may differ in their payload), so
/// a loop may treat its tail with a narrower type.</para>
/// <para>Elementary functions on float are within 2 units in the last place (ulp) of the exact value over the whole range, denormal
/// results included, and <see cref="Sigmoid"/> within 2.5; on double they go lane by lane through <see cref="Math"/>: the exact path, not a fast one.</para>
/// </remarks>
/// <typeparam name="TSelf">The implementing type.</typeparam>
/// <typeparam name="T">The element type.</typeparam>
public interface ILanes<TSelf, T> :
    IAdditionOperators<TSelf, TSelf, TSelf>,
    ISubtractionOperators<TSelf, TSelf, TSelf>,
    IMultiplyOperators<TSelf, TSelf, TSelf>,
    IDivisionOperators<TSelf, TSelf, TSelf>,
    IUnaryNegationOperators<TSelf, TSelf>
    where TSelf : struct, ILanes<TSelf, T>
    where T : unmanaged
{
    /// <summary>The number of lanes.</summary>
    static abstract int Count { get; }

    /// <summary><paramref name="value"/> in every lane.</summary>
    static abstract TSelf Splat(T value);

    /// <summary>The elements <paramref name="index"/>, <paramref name="index"/> + 1, …</summary>
    static abstract TSelf Load(Pointer<T> source, nint index);

    /// <summary>The elements <paramref name="index"/>, <paramref name="index"/> + <paramref name="stride"/>, <paramref name="index"/> + 2 <paramref name="stride"/>, …</summary>
    static abstract TSelf LoadStrided(Pointer<T> source, nint index, nint stride);

    /// <summary>Writes the lanes to the elements <paramref name="index"/>, <paramref name="index"/> + 1, …</summary>
    static abstract void Store(Pointer<T> target, nint index, TSelf value);

    /// <summary>Lane i holds <paramref name="start"/> + i, rounded.</summary>
    static abstract TSelf Iota(nint start);

    /// <summary>a · b + c, rounded once.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>The smaller; NaN if either is NaN.</summary>
    static abstract TSelf Min(TSelf a, TSelf b);

    /// <summary>The larger; NaN if either is NaN.</summary>
    static abstract TSelf Max(TSelf a, TSelf b);

    /// <summary>The magnitude.</summary>
    static abstract TSelf Abs(TSelf value);

    /// <summary>The square root, correctly rounded.</summary>
    static abstract TSelf Sqrt(TSelf value);

    /// <summary>The next integer at or below.</summary>
    static abstract TSelf Floor(TSelf value);

    /// <summary>The next integer at or above.</summary>
    static abstract TSelf Ceiling(TSelf value);

    /// <summary>The nearest integer, halves to even.</summary>
    static abstract TSelf Round(TSelf value);

    /// <summary>-1, 0 or 1; zeros keep their sign, NaN stays.</summary>
    static abstract TSelf Sign(TSelf value);

    /// <summary>1/x, correctly rounded.</summary>
    static abstract TSelf Reciprocal(TSelf value);

    /// <summary>All bits set where a = b. The results of comparisons are masks for <see cref="Select"/>.</summary>
    static abstract TSelf Equal(TSelf a, TSelf b);

    /// <summary>The mask of a ≠ b; true for NaN.</summary>
    static abstract TSelf NotEqual(TSelf a, TSelf b);

    /// <summary>The mask of a &lt; b.</summary>
    static abstract TSelf Less(TSelf a, TSelf b);

    /// <summary>The mask of a ≤ b.</summary>
    static abstract TSelf LessOrEqual(TSelf a, TSelf b);

    /// <summary>The mask of a &gt; b.</summary>
    static abstract TSelf Greater(TSelf a, TSelf b);

    /// <summary>The mask of a ≥ b.</summary>
    static abstract TSelf GreaterOrEqual(TSelf a, TSelf b);

    /// <summary>Bitwise and, of masks.</summary>
    static abstract TSelf And(TSelf a, TSelf b);

    /// <summary>Bitwise or, of masks.</summary>
    static abstract TSelf Or(TSelf a, TSelf b);

    /// <summary>Bitwise complement, of a mask.</summary>
    static abstract TSelf Not(TSelf mask);

    /// <summary>Lane by lane <paramref name="a"/> where <paramref name="mask"/> is set, else <paramref name="b"/>.</summary>
    static abstract TSelf Select(TSelf mask, TSelf a, TSelf b);

    /// <summary>The sum of all lanes: the upper half is added to the lower, until one lane is left.</summary>
    static abstract T SumLanes(TSelf value);

    /// <summary>The product of all lanes, in the order of <see cref="SumLanes"/>.</summary>
    static abstract T ProductLanes(TSelf value);

    /// <summary>The largest lane; NaN if any is NaN.</summary>
    static abstract T MaxLanes(TSelf value);

    /// <summary>The smallest lane; NaN if any is NaN.</summary>
    static abstract T MinLanes(TSelf value);

    /// <summary>e^x.</summary>
    static abstract TSelf Exp(TSelf x);

    /// <summary>e^x - 1, accurate near 0.</summary>
    static abstract TSelf Expm1(TSelf x);

    /// <summary>The natural logarithm.</summary>
    static abstract TSelf Log(TSelf x);

    /// <summary>log(1 + x), accurate near 0.</summary>
    static abstract TSelf Log1p(TSelf x);

    /// <summary>The hyperbolic tangent.</summary>
    static abstract TSelf Tanh(TSelf x);

    /// <summary>1 / (1 + e^-x).</summary>
    static abstract TSelf Sigmoid(TSelf x);

    /// <summary>log(1 + e^x), without overflow.</summary>
    static abstract TSelf Softplus(TSelf x);

    /// <summary>The error function.</summary>
    static abstract TSelf Erf(TSelf x);

    /// <summary>The sine of x radians.</summary>
    static abstract TSelf Sin(TSelf x);

    /// <summary>The cosine of x radians.</summary>
    static abstract TSelf Cos(TSelf x);

    /// <summary>x to the power y, with the special cases of <see cref="Math.Pow"/>.</summary>
    static abstract TSelf Pow(TSelf x, TSelf y);
}

/// <summary>A function of one double, as a type, so that lanes can be mapped through it without a delegate.</summary>
interface IScalarFunction
{
    static abstract double Of(double x);
}

/// <summary>A function of two doubles, as a type.</summary>
interface IScalarFunction2
{
    static abstract double Of(double x, double y);
}

/// <summary>What the polynomials of <see cref="ElementaryF32"/> need beyond <see cref="ILanes{TSelf, T}"/>: the bits of floats.</summary>
interface IFloat32Lanes<TSelf> : ILanes<TSelf, float> where TSelf : struct, IFloat32Lanes<TSelf>
{
    /// <summary>The float with these bits, in every lane.</summary>
    static abstract TSelf SplatBits(int bits);

    /// <summary>x · 2^n for an integral |n| ≤ 250, rounded once.</summary>
    static abstract TSelf Scale(TSelf x, TSelf n);

    /// <summary>The sum of the bit patterns as integers.</summary>
    static abstract TSelf AddBits(TSelf a, TSelf b);

    /// <summary>The difference of the bit patterns as integers.</summary>
    static abstract TSelf SubtractBits(TSelf a, TSelf b);

    /// <summary>The bit pattern shifted left.</summary>
    static abstract TSelf ShiftBitsLeft(TSelf value, int count);

    /// <summary>The bit pattern as a signed integer, shifted right.</summary>
    static abstract TSelf ShiftBitsRight(TSelf value, int count);

    /// <summary>The bit pattern, taken for a signed integer, as a number.</summary>
    static abstract TSelf NumberOfBits(TSelf value);

    /// <summary>Whether a lane of the mask is set.</summary>
    static abstract bool Any(TSelf mask);

    /// <summary>The function of every lane, computed in double and rounded.</summary>
    static abstract TSelf Map<TFunction>(TSelf x) where TFunction : IScalarFunction;

    /// <summary>The function of every pair of lanes, computed in double and rounded.</summary>
    static abstract TSelf Map2<TFunction>(TSelf x, TSelf y) where TFunction : IScalarFunction2;
}

/// <summary>What <see cref="ElementaryF64"/> needs beyond <see cref="ILanes{TSelf, T}"/>.</summary>
interface IFloat64Lanes<TSelf> : ILanes<TSelf, double> where TSelf : struct, IFloat64Lanes<TSelf>
{
    /// <summary>The function of every lane.</summary>
    static abstract TSelf Map<TFunction>(TSelf x) where TFunction : IScalarFunction;

    /// <summary>The function of every pair of lanes.</summary>
    static abstract TSelf Map2<TFunction>(TSelf x, TSelf y) where TFunction : IScalarFunction2;
}
