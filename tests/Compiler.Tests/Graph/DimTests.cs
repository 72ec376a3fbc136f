using NetCompiler.Graph;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Graph;

public class DimTests
{
    static readonly Dim N = Dim.Symbol("N"), M = Dim.Symbol("M");

    [Fact]
    public void Equal_polynomials_are_equal_values()
    {
        ((N + 1) * (N - 1)).ShouldBe(N * N - 1);
        (N * M - M * N).ShouldBe(Dim.Zero);
        (N + N).ShouldBe(2 * N);
        ((N + M) * 2).GetHashCode().ShouldBe((2 * M + 2 * N).GetHashCode());
    }

    [Fact]
    public void It_prints_as_people_write()
    {
        (2 * N - 1).ToString().ShouldBe("2*N - 1");
        (1 - N).ToString().ShouldBe("-N + 1");
        (N - 5).FloorDivide(2).ToString().ShouldBe("((N + 1) / 2) - 3");
        Dim.Zero.ToString().ShouldBe("0");
    }

    [Fact]
    public void What_divides_evenly_leaves_the_quotient()
    {
        (4 * N + 6).FloorDivide(2).ShouldBe(2 * N + 3);
        (4 * N + 7).FloorDivide(2).ShouldBe(2 * N + 3);
        (0 - N).FloorDivide(1).ShouldBe(Dim.Zero - N);
        Dim.Of(-7).FloorDivide(2).ShouldBe(Dim.Of(-4));
    }

    [Fact]
    public void Quotients_of_quotients_are_one_quotient()
    {
        N.FloorDivide(2).FloorDivide(2).ShouldBe(N.FloorDivide(4));
        (2 * N + 1).FloorDivide(4).ShouldBe(N.FloorDivide(2));
        ((N + 1).FloorDivide(2) + 1).FloorDivide(3).ShouldBe((N + 3).FloorDivide(6));
    }

    [Fact]
    public void Exact_division_refuses_what_may_leave_a_rest()
    {
        (6 * N * M).DivideExactly(2 * N).ShouldBe(3 * M);
        (6 * N * M + 4 * N).DivideExactly(2 * N).ShouldBe(3 * M + 2);
        (6 * N + 3).DivideExactly(2).ShouldBeNull();
        M.DivideExactly(N).ShouldBeNull();
        (N + 1).DivideExactly(N + 1).ShouldBe(Dim.One);
    }

    [Fact]
    public void Comparison_has_three_answers()
    {
        Dim.Compare(N + 1, 1 + N).ShouldBe(DimRelation.Equal);
        Dim.Compare(N + 1, N).ShouldBe(DimRelation.Unequal);
        Dim.Compare(N + M + 1, M).ShouldBe(DimRelation.Unequal);
        Dim.Compare(N, M).ShouldBe(DimRelation.Unknown);
        Dim.Compare(2 * N, N).ShouldBe(DimRelation.Unknown, "they are equal for N = 0");
        Dim.Compare(N, 4).ShouldBe(DimRelation.Unknown);
    }

    [Fact]
    public void Only_a_lone_symbol_has_a_name()
    {
        N.SymbolName.ShouldBe("N");
        (2 * N).SymbolName.ShouldBeNull();
        Dim.One.SymbolName.ShouldBeNull();
        (N * M.FloorDivide(2)).Symbols.ShouldBe(["M", "N"]);
    }

    [Fact]
    public void Random_arithmetic_agrees_with_integers()
    {
        var random = new Random(1);
        int equal = 0, unequal = 0;
        for (int round = 0; round < 2000; round++)
        {
            var (a, valueOfA) = Grow(random, 3);
            var (b, valueOfB) = Grow(random, 2);
            var relation = Dim.Compare(a, b);
            var exact = a.DivideExactly(b);
            foreach (var symbols in Assignments(random))
            {
                a.Evaluate(symbols).ShouldBe(valueOfA(symbols), $"{a} with {string.Join(", ", symbols)}");
                if (relation != DimRelation.Unknown)
                    (valueOfA(symbols) == valueOfB(symbols)).ShouldBe(relation == DimRelation.Equal, $"{a} and {b}");
                if (a.IsPositive)
                    valueOfA(symbols).ShouldBeGreaterThan(0, a.ToString());
                exact?.Evaluate(symbols).ShouldBe(valueOfB(symbols) == 0 ? exact.Evaluate(symbols) : valueOfA(symbols) / valueOfB(symbols));
            }
            equal += relation == DimRelation.Equal ? 1 : 0;
            unequal += relation == DimRelation.Unequal ? 1 : 0;
        }
        // The laws above must have had something to bite on.
        equal.ShouldBeGreaterThan(10);
        unequal.ShouldBeGreaterThan(100);
    }

    static (Dim Dim, Func<Dictionary<string, long>, long> Value) Grow(Random random, int depth)
    {
        if (depth == 0 || random.Next(4) == 0)
        {
            if (random.Next(2) == 0)
            {
                long constant = random.Next(-3, 5);
                return (constant, _ => constant);
            }
            string name = random.Next(2) == 0 ? "N" : "M";
            return (Dim.Symbol(name), symbols => symbols[name]);
        }
        var (a, x) = Grow(random, depth - 1);
        if (random.Next(4) == 0)
        {
            int divisor = random.Next(1, 7);
            return (a.FloorDivide(divisor), symbols => (long)Math.Floor((double)x(symbols) / divisor));
        }
        var (b, y) = Grow(random, depth - 1);
        return random.Next(3) switch
        {
            0 => (a + b, symbols => x(symbols) + y(symbols)),
            1 => (a - b, symbols => x(symbols) - y(symbols)),
            _ => (a * b, symbols => x(symbols) * y(symbols)),
        };
    }

    static IEnumerable<Dictionary<string, long>> Assignments(Random random)
    {
        yield return new() { ["N"] = 0, ["M"] = 0 };
        for (int i = 0; i < 5; i++)
            yield return new() { ["N"] = random.Next(0, 20), ["M"] = random.Next(0, 20) };
    }
}
