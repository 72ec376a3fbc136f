namespace NetCompiler.Runtime;

/// <summary>
/// The elementary functions on single numbers, for kernels of mixed element types. Float results are those of the vector lanes,
/// bit by bit; double ones those of <see cref="Math"/>.
/// </summary>
public static class ScalarMath
{
    static float Value(F32x1 x) => F32x1.SumLanes(x);

    static double Value(F64x1 x) => F64x1.SumLanes(x);

    static F32x1 Lane(float x) => F32x1.Splat(x);

    static F64x1 Lane(double x) => F64x1.Splat(x);

    /// <summary>e^x.</summary>
    public static float Exp(float x) => Value(F32x1.Exp(Lane(x)));

    /// <inheritdoc cref="Exp(float)"/>
    public static double Exp(double x) => Value(F64x1.Exp(Lane(x)));

    /// <summary>e^x - 1, accurate near 0.</summary>
    public static float Expm1(float x) => Value(F32x1.Expm1(Lane(x)));

    /// <inheritdoc cref="Expm1(float)"/>
    public static double Expm1(double x) => Value(F64x1.Expm1(Lane(x)));

    /// <summary>The natural logarithm.</summary>
    public static float Log(float x) => Value(F32x1.Log(Lane(x)));

    /// <inheritdoc cref="Log(float)"/>
    public static double Log(double x) => Value(F64x1.Log(Lane(x)));

    /// <summary>log(1 + x), accurate near 0.</summary>
    public static float Log1p(float x) => Value(F32x1.Log1p(Lane(x)));

    /// <inheritdoc cref="Log1p(float)"/>
    public static double Log1p(double x) => Value(F64x1.Log1p(Lane(x)));

    /// <summary>The hyperbolic tangent.</summary>
    public static float Tanh(float x) => Value(F32x1.Tanh(Lane(x)));

    /// <inheritdoc cref="Tanh(float)"/>
    public static double Tanh(double x) => Value(F64x1.Tanh(Lane(x)));

    /// <summary>1 / (1 + e^-x).</summary>
    public static float Sigmoid(float x) => Value(F32x1.Sigmoid(Lane(x)));

    /// <inheritdoc cref="Sigmoid(float)"/>
    public static double Sigmoid(double x) => Value(F64x1.Sigmoid(Lane(x)));

    /// <summary>log(1 + e^x) without overflow.</summary>
    public static float Softplus(float x) => Value(F32x1.Softplus(Lane(x)));

    /// <inheritdoc cref="Softplus(float)"/>
    public static double Softplus(double x) => Value(F64x1.Softplus(Lane(x)));

    /// <summary>The error function.</summary>
    public static float Erf(float x) => Value(F32x1.Erf(Lane(x)));

    /// <inheritdoc cref="Erf(float)"/>
    public static double Erf(double x) => Value(F64x1.Erf(Lane(x)));

    /// <summary>The sine of an angle in radians.</summary>
    public static float Sin(float x) => Value(F32x1.Sin(Lane(x)));

    /// <inheritdoc cref="Sin(float)"/>
    public static double Sin(double x) => Value(F64x1.Sin(Lane(x)));

    /// <summary>The cosine of an angle in radians.</summary>
    public static float Cos(float x) => Value(F32x1.Cos(Lane(x)));

    /// <inheritdoc cref="Cos(float)"/>
    public static double Cos(double x) => Value(F64x1.Cos(Lane(x)));

    /// <summary>x to the power y.</summary>
    public static float Pow(float x, float y) => Value(F32x1.Pow(Lane(x), Lane(y)));

    /// <inheritdoc cref="Pow(float, float)"/>
    public static double Pow(double x, double y) => Value(F64x1.Pow(Lane(x), Lane(y)));

    /// <summary>The nearest integer, halves to even.</summary>
    public static float Round(float x) => MathF.Round(x);

    /// <inheritdoc cref="Round(float)"/>
    public static double Round(double x) => Math.Round(x);

    /// <summary>The magnitude. That of the smallest integer does not fit its type and wraps to itself, as all integer arithmetic does.</summary>
    public static float Abs(float x) => MathF.Abs(x);

    /// <inheritdoc cref="Abs(float)"/>
    public static double Abs(double x) => Math.Abs(x);

    /// <inheritdoc cref="Abs(float)"/>
    public static int Abs(int x) => x < 0 ? unchecked(-x) : x;

    /// <inheritdoc cref="Abs(float)"/>
    public static long Abs(long x) => x < 0 ? unchecked(-x) : x;

    /// <inheritdoc cref="Abs(float)"/>
    public static byte Abs(byte x) => x;

    /// <summary>-1, 0 or 1; NaN for NaN.</summary>
    public static float Sign(float x) => Value(F32x1.Sign(Lane(x)));

    /// <inheritdoc cref="Sign(float)"/>
    public static double Sign(double x) => Value(F64x1.Sign(Lane(x)));

    /// <summary>-1, 0 or 1.</summary>
    public static int Sign(int x) => Math.Sign(x);

    /// <inheritdoc cref="Sign(int)"/>
    public static long Sign(long x) => Math.Sign(x);

    /// <summary>0 or 1.</summary>
    public static byte Sign(byte x) => x == 0 ? (byte)0 : (byte)1;
}
