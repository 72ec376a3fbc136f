using System;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Syntax;

namespace NetCompiler.Binding;

/// <summary>
/// Arithmetic of compile time. Whole numbers stay whole where the result is: <c>6 / 2</c> is 3, a size of a layer, while
/// <c>7 / 2</c> is 3.5, which no size can be, so that a division that does not come out even never rounds silently.
/// Null where the operator does not apply. Throws <see cref="OverflowException"/> beyond 64 bits.
/// </summary>
internal static class ConstantArithmetic
{
    public static Value? Unary(UnaryOperator op, Value operand) => (op, operand) switch
    {
        (UnaryOperator.Not, BooleanValue value) => new BooleanValue(!value.Truth),
        (UnaryOperator.Negate, IntegerValue value) => new IntegerValue(checked(-value.Number)),
        (UnaryOperator.Negate, FloatValue value) => new FloatValue(-value.Number),
        (UnaryOperator.Negate, DimensionValue value) => Value.Whole(Dim.Zero - value.Dim),
        (UnaryOperator.Plus, IntegerValue or FloatValue or DimensionValue) => operand,
        _ => null,
    };

    public static bool IsDivisionByZero(BinaryOperator op, Value right) =>
        op is BinaryOperator.Divide or BinaryOperator.Remainder && right is (IntegerValue { Number: 0 } or FloatValue { Number: 0 });

    public static Value? Binary(BinaryOperator op, Value left, Value right)
    {
        switch (op)
        {
            case BinaryOperator.And when left is BooleanValue a && right is BooleanValue b:
                return new BooleanValue(a.Truth && b.Truth);
            case BinaryOperator.Or when left is BooleanValue a && right is BooleanValue b:
                return new BooleanValue(a.Truth || b.Truth);
            case BinaryOperator.Equal:
                return SameValue(left, right) is { } equal ? new BooleanValue(equal) : null;
            case BinaryOperator.NotEqual:
                return SameValue(left, right) is { } same ? new BooleanValue(!same) : null;
            case BinaryOperator.Add when left is StringValue a && right is StringValue b:
                return new StringValue(a.Text + b.Text);
            case BinaryOperator.Add when left is ListValue a && right is ListValue b:
                return new ListValue(a.Elements.AddRange(b.Elements));
        }
        if (left is IntegerValue x && right is IntegerValue y)
            return OfIntegers(op, x.Number, y.Number);
        if (left.AsDim() is { } m && right.AsDim() is { } n)
            return OfDimensions(op, m, n);
        return left.AsNumber() is { } p && right.AsNumber() is { } q ? OfFloats(op, p, q) : null;
    }

    /// <summary>Whether two values are equal; null where that is not known before run time.</summary>
    static bool? SameValue(Value left, Value right)
    {
        if (left.AsDim() is { } a && right.AsDim() is { } b)
        {
            return Dim.Compare(a, b) switch
            {
                DimRelation.Equal => true,
                DimRelation.Unequal => false,
                _ => null,
            };
        }
        if (left.AsNumber() is { } x && right.AsNumber() is { } y)
            return x == y;
        if (left is DimensionValue || right is DimensionValue)
            return null;
        if (Elements(left) is { } first && Elements(right) is { } second)
        {
            if (first.Length != second.Length)
                return false;
            var results = first.Zip(second, SameValue).ToList();
            return results.Contains(false) ? false : results.Contains(null) ? null : true;
        }
        return left.Equals(right);
    }

    static ImmutableArray<Value>? Elements(Value value) => value is ListValue list ? list.Elements : null;

    static Value? OfIntegers(BinaryOperator op, long a, long b) => op switch
    {
        BinaryOperator.Add => new IntegerValue(checked(a + b)),
        BinaryOperator.Subtract => new IntegerValue(checked(a - b)),
        BinaryOperator.Multiply => new IntegerValue(checked(a * b)),
        BinaryOperator.Divide => b == -1 ? new IntegerValue(checked(-a)) : a % b == 0 ? new IntegerValue(a / b) : new FloatValue((double)a / b),
        BinaryOperator.Remainder => b == -1 ? new IntegerValue(0) : new IntegerValue(FloorRemainder(a, b)),
        BinaryOperator.Power => b >= 0 ? new IntegerValue(Power(a, b)) : new FloatValue(Math.Pow(a, b)),
        _ => Order(op, a.CompareTo(b)),
    };

    // The sign of the divisor, as mathematicians and Python have it: -1 % 4 is 3.
    static long FloorRemainder(long a, long b)
    {
        long remainder = a % b;
        return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
    }

    static long Power(long a, long b)
    {
        if (a is 0 or 1 or -1)
            return b == 0 ? 1 : a == -1 && b % 2 == 0 ? 1 : a;
        if (b > 63)
            throw new OverflowException();
        long result = 1;
        for (long i = 0; i < b; i++)
            result = checked(result * a);
        return result;
    }

    static Value? OfDimensions(BinaryOperator op, Dim a, Dim b) => op switch
    {
        BinaryOperator.Add => Value.Whole(a + b),
        BinaryOperator.Subtract => Value.Whole(a - b),
        BinaryOperator.Multiply => Value.Whole(a * b),
        BinaryOperator.Divide => a.DivideExactly(b) is { } quotient ? Value.Whole(quotient) : null,
        BinaryOperator.Remainder when b.IsConstant && b.Value > 0 => Value.Whole(a - a.FloorDivide(b.Value) * b),
        BinaryOperator.Power when b.IsConstant && b.Value is >= 0 and <= 8 => Value.Whole(Dim.Product(Enumerable.Repeat(a, (int)b.Value))),
        BinaryOperator.Less => Below(a, b),
        BinaryOperator.Greater => Below(b, a),
        BinaryOperator.LessOrEqual => Not(Below(b, a)),
        BinaryOperator.GreaterOrEqual => Not(Below(a, b)),
        _ => null,
    };

    static BooleanValue? Below(Dim a, Dim b) =>
        (b - a).IsPositive ? new BooleanValue(true) : a == b || (a - b).IsNonNegative ? new BooleanValue(false) : null;

    static BooleanValue? Not(BooleanValue? value) => value is null ? null : new BooleanValue(!value.Truth);

    static Value? OfFloats(BinaryOperator op, double a, double b) => op switch
    {
        BinaryOperator.Add => new FloatValue(a + b),
        BinaryOperator.Subtract => new FloatValue(a - b),
        BinaryOperator.Multiply => new FloatValue(a * b),
        BinaryOperator.Divide => new FloatValue(a / b),
        BinaryOperator.Remainder => new FloatValue(a - Math.Floor(a / b) * b),
        BinaryOperator.Power => new FloatValue(Math.Pow(a, b)),
        BinaryOperator.Less => new BooleanValue(a < b),
        BinaryOperator.LessOrEqual => new BooleanValue(a <= b),
        BinaryOperator.Greater => new BooleanValue(a > b),
        BinaryOperator.GreaterOrEqual => new BooleanValue(a >= b),
        _ => null,
    };

    static BooleanValue? Order(BinaryOperator op, int order) => op switch
    {
        BinaryOperator.Less => new BooleanValue(order < 0),
        BinaryOperator.LessOrEqual => new BooleanValue(order <= 0),
        BinaryOperator.Greater => new BooleanValue(order > 0),
        BinaryOperator.GreaterOrEqual => new BooleanValue(order >= 0),
        _ => null,
    };
}
