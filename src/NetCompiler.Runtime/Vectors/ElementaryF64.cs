namespace NetCompiler.Runtime;

/// <summary>
/// The elementary functions on double, lane by lane through <see cref="Math"/> where it has them: the path for checking, not for
/// speed. Each is within a few ulp.
/// </summary>
static class ElementaryF64
{
    public static L Exp<L>(L x) where L : struct, IFloat64Lanes<L> => L.Map<ExpFunction>(x);

    public static L Expm1<L>(L x) where L : struct, IFloat64Lanes<L> => L.Map<Expm1Function>(x);

    public static L Log<L>(L x) where L : struct, IFloat64Lanes<L> => L.Map<LogFunction>(x);

    public static L Log1p<L>(L x) where L : struct, IFloat64Lanes<L> => L.Map<Log1pFunction>(x);

    public static L Tanh<L>(L x) where L : struct, IFloat64Lanes<L> => L.Map<TanhFunction>(x);

    public static L Sigmoid<L>(L x) where L : struct, IFloat64Lanes<L> => L.Map<SigmoidFunction>(x);

    public static L Softplus<L>(L x) where L : struct, IFloat64Lanes<L> => L.Map<SoftplusFunction>(x);

    public static L Erf<L>(L x) where L : struct, IFloat64Lanes<L> => L.Map<ErfFunction>(x);

    public static L Sin<L>(L x) where L : struct, IFloat64Lanes<L> => L.Map<SinFunction>(x);

    public static L Cos<L>(L x) where L : struct, IFloat64Lanes<L> => L.Map<CosFunction>(x);

    public static L Pow<L>(L x, L y) where L : struct, IFloat64Lanes<L> => L.Map2<PowFunction>(x, y);

    public readonly struct ExpFunction : IScalarFunction
    {
        public static double Of(double x) => Math.Exp(x);
    }

    /// <summary>Kahan's quotient: the errors of exp and log cancel.</summary>
    public readonly struct Expm1Function : IScalarFunction
    {
        public static double Of(double x)
        {
            double e = Math.Exp(x), difference = e - 1;
            return e == 1 ? x : difference == -1 || double.IsPositiveInfinity(e) ? difference : difference * x / Math.Log(e);
        }
    }

    public readonly struct LogFunction : IScalarFunction
    {
        public static double Of(double x) => Math.Log(x);
    }

    /// <summary>Kahan's quotient: the rounding of 1 + x cancels.</summary>
    public readonly struct Log1pFunction : IScalarFunction
    {
        public static double Of(double x)
        {
            double sum = 1 + x;
            return sum == 1 ? x : double.IsPositiveInfinity(sum) ? sum : Math.Log(sum) * x / (sum - 1);
        }
    }

    public readonly struct TanhFunction : IScalarFunction
    {
        public static double Of(double x) => Math.Tanh(x);
    }

    public readonly struct SigmoidFunction : IScalarFunction
    {
        public static double Of(double x)
        {
            double e = Math.Exp(-Math.Abs(x));
            return (x < 0 ? e : 1) / (1 + e);
        }
    }

    public readonly struct SoftplusFunction : IScalarFunction
    {
        public static double Of(double x) => Math.Max(x, 0) + Log1pFunction.Of(Math.Exp(-Math.Abs(x)));
    }

    /// <summary>Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.6 and 7.1.14.</summary>
    public readonly struct ErfFunction : IScalarFunction
    {
        public static double Of(double x)
        {
            double a = Math.Abs(x);
            if (double.IsNaN(x) || a == 0)
                return x;
            if (a >= 6)
                return Math.CopySign(1, x);
            return Math.CopySign(a < 2.5 ? Series(a) : 1 - ComplementByFraction(a), x);
        }

        // 2/sqrt(pi) exp(-a^2) sum of 2^n a^(2n+1) / (1 3 5 ... (2n+1)): all terms positive, so nothing cancels
        static double Series(double a)
        {
            double term = a, sum = a;
            for (int n = 1; term > sum * 1e-17; n++)
            {
                term *= 2 * a * a / (2 * n + 1);
                sum += term;
            }
            return 2 / Math.Sqrt(Math.PI) * Math.Exp(-a * a) * sum;
        }

        // exp(-a^2)/sqrt(pi) * 1/(a + (1/2)/(a + 1/(a + (3/2)/(a + ...)))), from the inside out
        static double ComplementByFraction(double a)
        {
            double fraction = a;
            for (int n = 60; n > 0; n--)
                fraction = a + n / 2.0 / fraction;
            return Math.Exp(-a * a) / (Math.Sqrt(Math.PI) * fraction);
        }
    }

    public readonly struct SinFunction : IScalarFunction
    {
        public static double Of(double x) => Math.Sin(x);
    }

    public readonly struct CosFunction : IScalarFunction
    {
        public static double Of(double x) => Math.Cos(x);
    }

    public readonly struct PowFunction : IScalarFunction2
    {
        public static double Of(double x, double y) => Math.Pow(x, y);
    }
}
