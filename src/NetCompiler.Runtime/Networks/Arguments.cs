using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>
/// The checks with which a compiled function begins, before it writes anything. All throw <see cref="ArgumentException"/>
/// naming the input, what was given and the shape that asks for something else.
/// </summary>
public static class Arguments
{
    /// <inheritdoc cref="FloorDivide(long, long)"/>
    public static nint FloorDivide(nint dividend, nint divisor) => dividend >= 0 ? dividend / divisor : (dividend - divisor + 1) / divisor;

    /// <summary>Checks a dimension that the caller gives.</summary>
    /// <exception cref="ArgumentException">It is negative.</exception>
    public static void CheckDimension(string dimension, int value)
    {
        if (value < 0)
            throw new ArgumentException($"the dimension {dimension} must be at least 0, not {value}");
    }

    /// <summary>The quotient rounded towards minus infinity, as shapes are computed; <paramref name="divisor"/> is positive.</summary>
    public static long FloorDivide(long dividend, long divisor) => dividend >= 0 ? dividend / divisor : (dividend - divisor + 1) / divisor;

    /// <summary>The value of the one unknown dimension of an input, from how many values it was given.</summary>
    /// <param name="input">The input's name.</param>
    /// <param name="length">How many values were given.</param>
    /// <param name="elementsPerUnit">The product of the known dimensions.</param>
    /// <param name="shape">The shape in source, such as [N, 1, 28, 28].</param>
    /// <param name="dimension">The unknown dimension's name.</param>
    /// <returns>The dimension; 0 for an empty input, also where another dimension of it is 0 and nothing tells.</returns>
    /// <exception cref="ArgumentException">The length is not a multiple of <paramref name="elementsPerUnit"/>.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SolveDimension(string input, int length, long elementsPerUnit, string shape, string dimension)
    {
        if (length == 0)
            return 0;
        if (elementsPerUnit == 0 || length % elementsPerUnit != 0)
            ThrowUnsolvable(input, length, elementsPerUnit, shape, dimension);
        return (int)(length / elementsPerUnit);
    }

    /// <summary>Checks the number of values of an input whose shape is known by now.</summary>
    /// <param name="input">The input's name.</param>
    /// <param name="length">How many values were given.</param>
    /// <param name="expected">How many the shape holds.</param>
    /// <param name="shape">The shape in source, such as [N, 10].</param>
    /// <param name="actualShape">The shape with the values of this call, such as [64, 10].</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CheckLength(string input, int length, long expected, string shape, string actualShape)
    {
        if (length != expected)
            ThrowLength(input, length, expected, shape, actualShape);
    }

    /// <summary>Checks the number of values of an input whose unknown dimensions were solved from other inputs; makes text only when it fails.</summary>
    /// <param name="input">The input's name.</param>
    /// <param name="length">How many values were given.</param>
    /// <param name="shape">The shape in source, such as [N, 10].</param>
    /// <param name="actualShape">The dimensions in this call.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void CheckLength(string input, int length, string shape, params ReadOnlySpan<int> actualShape)
    {
        long expected = 1;
        foreach (var dimension in actualShape)
            expected *= dimension;
        if (length != expected)
            ThrowLength(input, length, expected, shape, Shapes.Text(actualShape));
    }

    /// <summary>Checks a constraint between dimensions that the compiler could not decide.</summary>
    /// <param name="message">What needs them equal, with {0} and {1} for the two values: "'+' needs N to be equal to M, but these are {0} and {1}".</param>
    /// <param name="left">The left side's value.</param>
    /// <param name="right">The right side's value.</param>
    /// <exception cref="ArgumentException">The sides differ.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CheckEqual(string message, long left, long right)
    {
        if (left != right)
            ThrowUnmet(message, left, right);
    }

    /// <summary>Checks two sizes of which the first must not exceed the second.</summary>
    /// <param name="message">What needs it, with {0} and {1} for the two values.</param>
    /// <param name="low">The size that is at most the other.</param>
    /// <param name="high">The other.</param>
    /// <exception cref="ArgumentException">The first exceeds the second.</exception>
    public static void CheckAtMost(string message, long low, long high)
    {
        if (low > high)
            ThrowUnmet(message, low, high);
    }

    /// <summary>Checks how many arguments a call by name was given.</summary>
    /// <exception cref="ArgumentException">The number is not that of the function's inputs.</exception>
    public static void CheckCount(FunctionSignature function, int count)
    {
        ArgumentNullException.ThrowIfNull(function);
        if (count != function.Inputs.Count)
            throw new ArgumentException($"{function.Name} takes {function.Inputs.Count} arguments ({string.Join(", ", function.Inputs)}) but was given {count}");
    }

    /// <summary>The array that a call by name was given for an input.</summary>
    /// <exception cref="ArgumentException">The argument is something else.</exception>
    public static T[] Array<T>(string input, object argument) where T : unmanaged => argument as T[]
        ?? throw new ArgumentException($"'{input}' takes an array of {ElementTypes.Name<T>()} values ({typeof(T).Name}[]) but was given {Describe(argument)}");

    /// <summary>The scalar that a call by name was given for an input; numbers convert where C# converts them without a cast, and double to float.</summary>
    /// <exception cref="ArgumentException">The argument is something else.</exception>
    public static T Scalar<T>(string input, object argument) where T : unmanaged
    {
        if (argument is T exact)
            return exact;
        object? converted = argument switch
        {
            double number when typeof(T) == typeof(float) => (float)number,
            int number when typeof(T) == typeof(float) => (float)number,
            float number when typeof(T) == typeof(double) => (double)number,
            int number when typeof(T) == typeof(double) => (double)number,
            int number when typeof(T) == typeof(long) => (long)number,
            float number when typeof(T) == typeof(Half) => (Half)number,
            float number when typeof(T) == typeof(BFloat16) => (BFloat16)number,
            _ => null,
        };
        return (T)(converted ?? throw new ArgumentException($"'{input}' takes a value of type {ElementTypes.Name<T>()} ({typeof(T).Name}) but was given {Describe(argument)}"));
    }

    /// <summary>The error for a call of a function that the network does not have.</summary>
    public static ArgumentException UnknownFunction(string name, IReadOnlyList<FunctionSignature> functions)
    {
        ArgumentNullException.ThrowIfNull(functions);
        return new ArgumentException($"there is no function '{name}'{Suggestion.For(name, functions.Select(function => function.Name))}");
    }

    static string Describe(object? argument) => argument switch
    {
        null => "null",
        System.Array array => $"{array.GetType().Name} of {array.Length} values",
        _ => $"{argument} ({argument.GetType().Name})",
    };

    [DoesNotReturn]
    static void ThrowUnsolvable(string input, int length, long elementsPerUnit, string shape, string dimension) => throw new ArgumentException(
        elementsPerUnit == 0 ? $"'{input}' has {length} values but its shape {shape} holds none, whatever {dimension} is"
        : $"'{input}' has {length} values, which is not a multiple of {elementsPerUnit}: its shape is {shape}");

    [DoesNotReturn]
    static void ThrowLength(string input, int length, long expected, string shape, string actualShape) => throw new ArgumentException(
        shape == actualShape
            ? $"'{input}' has {length} values but its shape {shape} holds {expected}"
            : $"'{input}' has {length} values but its shape {shape}, here {actualShape}, holds {expected}");

    // Not string.Format: the message may hold the braces of a file's name.
    [DoesNotReturn]
    static void ThrowUnmet(string message, long first, long second) => throw new ArgumentException(message
        .Replace("{0}", first.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{1}", second.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
}
