using NetCompiler.CommandLine.Output;
using Shouldly;
using Xunit;

namespace NetCompiler.EndToEnd.Tests;

public sealed class QuantityTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(999, "999")]
    [InlineData(1000, "1.00K")]
    [InlineData(9994, "9.99K")]
    [InlineData(9995, "10.0K")]
    [InlineData(431080, "431K")]
    [InlineData(999_499, "999K")]
    [InlineData(999_500, "1.00M")]
    [InlineData(4_089_284_608, "4.09G")]
    public void Short_numbers_have_three_digits(long value, string text) => Quantity.Short(value).ShouldBe(text);

    [Theory]
    [InlineData(784, "784 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1.00 KiB")]
    [InlineData(1724320, "1.64 MiB")]
    public void Bytes_have_binary_units(long value, string text) => Quantity.Bytes(value).ShouldBe(text);
}
