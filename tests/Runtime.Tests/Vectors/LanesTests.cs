using System.Numerics;
using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests;

public class LanesTests
{
    static readonly double[] Values =
        [0, -0.0, 1, -1, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 1e-40, -1e-40, 1e30, -1e30, 8388609, double.PositiveInfinity, double.NegativeInfinity, double.NaN];

    [Fact]
    public void Float_lanes_compute_what_one_float_does()
    {
        CheckScalar<F32x1, float>();
        if (Simd.Has256)
            CheckSame<F32x8, F32x1, float>();
        if (Simd.Has512)
            CheckSame<F32x16, F32x1, float>();
    }

    [Fact]
    public void Double_lanes_compute_what_one_double_does()
    {
        CheckScalar<F64x1, double>();
        if (Simd.Has256)
            CheckSame<F64x4, F64x1, double>();
        if (Simd.Has512)
            CheckSame<F64x8, F64x1, double>();
    }

    [Fact]
    public void Lanes_reduce_all_their_elements()
    {
        Check<F32x1, float>();
        Check<F32x8, float>();
        Check<F32x16, float>();
        Check<F64x1, double>();
        Check<F64x4, double>();
        Check<F64x8, double>();

        static void Check<TLanes, T>() where TLanes : struct, ILanes<TLanes, T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            if (!Supported<TLanes>())
                return;
            int count = TLanes.Count;
            for (int special = 0; special < count; special++)
            {
                // 1, 1, …, 3 at the special lane: sum, product, largest; then -3; then NaN.
                var values = Enumerable.Repeat(T.One, count).ToArray();
                values[special] = T.CreateChecked(3);
                TLanes.SumLanes(Of<TLanes, T>(values)).ShouldBe(T.CreateChecked(count + 2));
                TLanes.ProductLanes(Of<TLanes, T>(values)).ShouldBe(T.CreateChecked(3));
                TLanes.MaxLanes(Of<TLanes, T>(values)).ShouldBe(T.CreateChecked(3));
                TLanes.MinLanes(Of<TLanes, T>(values)).ShouldBe(T.CreateChecked(count == 1 ? 3 : 1));
                values[special] = T.CreateChecked(-3);
                TLanes.MinLanes(Of<TLanes, T>(values)).ShouldBe(T.CreateChecked(-3));
                values[special] = T.NaN;
                T.IsNaN(TLanes.MinLanes(Of<TLanes, T>(values))).ShouldBeTrue();
                T.IsNaN(TLanes.MaxLanes(Of<TLanes, T>(values))).ShouldBeTrue();
            }
        }
    }

    [Fact]
    public void Lane_i_of_an_iota_is_the_rounded_integer()
    {
        Check<F32x1, float>();
        Check<F32x8, float>();
        Check<F32x16, float>();
        Check<F64x4, double>();
        Check<F64x8, double>();

        static void Check<TLanes, T>() where TLanes : struct, ILanes<TLanes, T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            if (!Supported<TLanes>())
                return;
            foreach (nint start in new nint[] { 0, 5, -3, 16777215, 16777217, 123456789, (1 << 23) - 1, ((nint)1 << 53) + 1 })
            {
                var actual = Elements<TLanes, T>(TLanes.Iota(start));
                for (int i = 0; i < actual.Length; i++)
                    actual[i].ShouldBe(T.CreateChecked(start + i));
            }
        }
    }

    [Fact]
    public void Loads_and_stores_touch_only_their_elements()
    {
        Check<F32x1, float>();
        Check<F32x8, float>();
        Check<F32x16, float>();
        Check<F64x1, double>();
        Check<F64x4, double>();
        Check<F64x8, double>();

        static void Check<TLanes, T>() where TLanes : struct, ILanes<TLanes, T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            if (!Supported<TLanes>())
                return;
            int count = TLanes.Count;
            foreach (int stride in new[] { 1, 3, -2 })
            {
                int span = (count - 1) * Math.Abs(stride) + 1;
                using var buffer = new GuardedBuffer<T>(span, guardStart: stride < 0);
                for (int i = 0; i < span; i++)
                    buffer.Span[i] = T.CreateChecked(i);
                int first = stride < 0 ? span - 1 : 0;
                var actual = Elements<TLanes, T>(TLanes.LoadStrided(buffer.Pointer, first, stride));
                for (int i = 0; i < count; i++)
                    actual[i].ShouldBe(T.CreateChecked(first + i * stride));
            }

            foreach (bool guardStart in new[] { false, true })
            {
                using var exact = new GuardedBuffer<T>(count + 2, guardStart);
                TLanes.Store(exact.Pointer, 1, TLanes.Splat(T.One));
                exact.Span.ToArray().ShouldBe([T.Zero, .. Enumerable.Repeat(T.One, count), T.Zero]);
                TLanes.Store(exact.Pointer, 2, TLanes.Load(exact.Pointer, 0));
                exact.Span[1..3].ToArray().ShouldBe([T.One, T.Zero]);
            }
        }
    }

    // One lane against the definitions.
    static void CheckScalar<TLanes, T>() where TLanes : struct, ILanes<TLanes, T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (T x in Values.Select(T.CreateSaturating))
        {
            var a = TLanes.Splat(x);
            ShouldBe(TLanes.Floor(a), T.Floor(x));
            ShouldBe(TLanes.Ceiling(a), T.Ceiling(x));
            ShouldBe(TLanes.Round(a), T.Round(x, MidpointRounding.ToEven));
            ShouldBe(TLanes.Abs(a), T.Abs(x));
            ShouldBe(TLanes.Sqrt(a), T.Sqrt(x));
            ShouldBe(TLanes.Sign(a), T.IsNaN(x) || x == T.Zero ? x : T.CreateChecked(T.Sign(x)));
            foreach (T y in Values.Select(T.CreateSaturating))
            {
                var b = TLanes.Splat(y);
                bool nan = T.IsNaN(x) || T.IsNaN(y);
                ShouldEqual(TLanes.Max(a, b), nan ? T.NaN : x > y ? x : y);
                ShouldEqual(TLanes.Min(a, b), nan ? T.NaN : x < y ? x : y);
                ShouldBe(TLanes.MultiplyAdd(a, b, a), T.FusedMultiplyAdd(x, y, x));
                Mask(TLanes.Equal(a, b)).ShouldBe(x == y);
                Mask(TLanes.NotEqual(a, b)).ShouldBe(x != y);
                Mask(TLanes.Less(a, b)).ShouldBe(x < y);
                Mask(TLanes.LessOrEqual(a, b)).ShouldBe(x <= y);
                Mask(TLanes.Greater(a, b)).ShouldBe(x > y);
                Mask(TLanes.GreaterOrEqual(a, b)).ShouldBe(x >= y);
                Mask(TLanes.Not(TLanes.Less(a, b))).ShouldBe(!(x < y));
                Mask(TLanes.And(TLanes.Less(a, b), TLanes.Less(a, a))).ShouldBeFalse();
                Mask(TLanes.Or(TLanes.Less(a, b), TLanes.Less(a, a))).ShouldBe(x < y);
            }
        }

        static void ShouldBe(TLanes actual, T expected) => Bits(Elements<TLanes, T>(actual)[0]).ShouldBe(Bits(expected));

        // Of two zeros either may be the larger.
        static void ShouldEqual(TLanes actual, T expected) => Elements<TLanes, T>(actual)[0].ShouldBe(expected);

        static bool Mask(TLanes mask) => Elements<TLanes, T>(TLanes.Select(mask, TLanes.Splat(T.One), TLanes.Splat(T.Zero)))[0] == T.One;
    }

    // Every operation, lane by lane the same bits as one lane alone.
    static void CheckSame<TLanes, TOne, T>()
        where TLanes : struct, ILanes<TLanes, T>
        where TOne : struct, ILanes<TOne, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new System.Random(7);
        T[] pool = [.. Values.Select(T.CreateSaturating), .. Enumerable.Range(0, 30).Select(_ => T.CreateChecked((random.NextDouble() - 0.5) * Math.Exp(random.Next(-80, 80))))];
        for (int trial = 0; trial < 500; trial++)
        {
            var operands = Enumerable.Range(0, 3).Select(_ => Enumerable.Range(0, TLanes.Count).Select(_ => pool[random.Next(pool.Length)]).ToArray()).ToArray();
            var results = All<TLanes, T>(operands.Select(Of<TLanes, T>).ToArray()).Select(Elements<TLanes, T>).ToArray();
            for (int lane = 0; lane < TLanes.Count; lane++)
            {
                var alone = All<TOne, T>(operands.Select(o => TOne.Splat(o[lane])).ToArray()).Select(r => Elements<TOne, T>(r)[0]).ToArray();
                for (int operation = 0; operation < alone.Length; operation++)
                    Bits(results[operation][lane]).ShouldBe(
                        Bits(alone[operation]), $"{typeof(TLanes).Name} operation {operation} of {operands[0][lane]}, {operands[1][lane]}, {operands[2][lane]}");
            }
        }

        static TLanes2[] All<TLanes2, T2>(TLanes2[] operands) where TLanes2 : struct, ILanes<TLanes2, T2> where T2 : unmanaged
        {
            var (a, b, c) = (operands[0], operands[1], operands[2]);
            return
            [
                a + b, a - b, a * b, a / b, -a, TLanes2.MultiplyAdd(a, b, c), TLanes2.Min(a, b), TLanes2.Max(a, b), TLanes2.Abs(a), TLanes2.Sqrt(a),
                TLanes2.Floor(a), TLanes2.Ceiling(a), TLanes2.Round(a), TLanes2.Sign(a), TLanes2.Reciprocal(a),
                TLanes2.Select(TLanes2.Equal(a, b), a, c), TLanes2.Select(TLanes2.NotEqual(a, b), a, c), TLanes2.Select(TLanes2.Less(a, b), a, c),
                TLanes2.Select(TLanes2.LessOrEqual(a, b), a, c), TLanes2.Select(TLanes2.Greater(a, b), a, c), TLanes2.Select(TLanes2.GreaterOrEqual(a, b), a, c),
                TLanes2.Select(TLanes2.And(TLanes2.Less(a, b), TLanes2.Not(TLanes2.Less(b, c))), a, c), TLanes2.Select(TLanes2.Or(TLanes2.Less(a, b), TLanes2.Less(b, c)), a, c),
            ];
        }
    }

    static bool Supported<TLanes>() where TLanes : struct =>
        System.Runtime.CompilerServices.Unsafe.SizeOf<TLanes>() switch { 64 => Simd.Has512, 32 => Simd.Has256, _ => true };

    // NaNs count as one value.
    static Int128 Bits<T>(T value) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        T.IsNaN(value) ? -1 : value is float f ? BitConverter.SingleToUInt32Bits(f) : BitConverter.DoubleToUInt64Bits(double.CreateChecked(value));

    static unsafe TLanes Of<TLanes, T>(T[] values) where TLanes : struct, ILanes<TLanes, T> where T : unmanaged
    {
        fixed (T* pointer = values)
            return TLanes.Load(new Pointer<T>((nint)pointer), 0);
    }

    static unsafe T[] Elements<TLanes, T>(TLanes lanes) where TLanes : struct, ILanes<TLanes, T> where T : unmanaged
    {
        var values = new T[TLanes.Count];
        fixed (T* pointer = values)
            TLanes.Store(new Pointer<T>((nint)pointer), 0, lanes);
        return values;
    }
}
