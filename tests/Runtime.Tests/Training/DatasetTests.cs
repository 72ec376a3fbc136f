using NetCompiler.Training;
using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests.Training;

public class DatasetTests
{
    static Dataset Numbers(int count) => new(
        new Column<int>("number", [.. Enumerable.Range(0, count)]),
        new Column<float>("pair", [.. Enumerable.Range(0, 2 * count).Select(i => i / 2f)], 2));

    [Theory]
    [InlineData(10, 3, false)]
    [InlineData(10, 3, true)]
    [InlineData(10, 5, true)]
    [InlineData(10, 100, true)]
    [InlineData(1, 1, true)]
    public void Batches_hold_every_sample_once_with_the_columns_side_by_side(int count, int size, bool shuffle)
    {
        var data = Numbers(count);
        var seen = new List<int>();
        var sizes = new List<int>();
        foreach (var batch in data.Batches(size, seed: 3, shuffle))
        {
            var numbers = batch.Values<int>("number");
            numbers.Length.ShouldBe(batch.Count);
            batch.Values<float>("pair").ShouldBe(numbers.SelectMany(number => new[] { number, number + 0.5f }));
            batch["number"].ShouldBeSameAs(numbers);
            batch.Samples.ToArray().ShouldBe(numbers);
            seen.AddRange(numbers);
            sizes.Add(batch.Count);
        }
        seen.Order().ShouldBe(Enumerable.Range(0, count));
        sizes.Count.ShouldBe(data.BatchCount(size));
        sizes.SkipLast(1).ShouldAllBe(samples => samples == size);
        if (!shuffle)
            seen.ShouldBe(Enumerable.Range(0, count));
    }

    [Fact]
    public void The_order_is_a_function_of_the_seed()
    {
        int[] Order(ulong seed) => [.. Numbers(100).Batches(7, seed, shuffle: true).SelectMany(batch => batch.Values<int>("number").ToArray())];
        Order(1).ShouldBe(Order(1));
        Order(1).ShouldNotBe(Order(2));
    }

    [Fact]
    public void Full_batches_share_their_arrays()
    {
        var arrays = Numbers(10).Batches(3).Select(batch => batch.Values<int>("number")).ToList();
        arrays[1].ShouldBeSameAs(arrays[0]);
        arrays[2].ShouldBeSameAs(arrays[0]);
        arrays[3].Length.ShouldBe(1);
    }

    [Fact]
    public void Part_of_the_samples_is_a_data_set_too()
    {
        Numbers(10).Take(4, 3).Column<int>("number").Values.ToArray().ShouldBe([4, 5, 6]);
        Numbers(10).Take(4, 3).Column<float>("pair")[1].ToArray().ShouldBe([5f, 5.5f]);
        Should.Throw<ArgumentOutOfRangeException>(() => Numbers(10).Take(8, 3));
    }

    [Fact]
    public void Columns_that_do_not_fit_are_refused_with_their_numbers()
    {
        Should.Throw<ArgumentException>(() => new Dataset(new Column<int>("a", [1]), new Column<int>("b", [1, 2]))).Message
            .ShouldBe("column 'b' has 2 samples but 'a' has 1");
        Should.Throw<ArgumentException>(() => new Dataset(new Column<int>("a", [1]), new Column<int>("a", [1]))).Message.ShouldContain("occurs twice");
        Should.Throw<ArgumentException>(() => new Column<int>("a", [1, 2, 3], 2)).Message.ShouldBe("column 'a' has 3 values, which is not a multiple of the 2 of a sample");
        Should.Throw<KeyNotFoundException>(() => Numbers(1).Column<int>("c")).Message.ShouldBe("there is no column 'c': there are 'number', 'pair'");
        Should.Throw<KeyNotFoundException>(() => Numbers(1).Column<float>("number")).Message.ShouldBe("column 'number' does not hold Single values");
    }
}
