using NetCompiler.CommandLine.Drawing;
using Shouldly;
using Xunit;

namespace NetCompiler.EndToEnd.Tests;

public sealed class LayeredLayoutTests
{
    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(2, 12, 14)]
    [InlineData(3, 60, 110)]
    [InlineData(4, 200, 260)]
    public void Boxes_lie_apart_and_within_the_drawing_and_arrows_point_down(int seed, int boxes, int edges)
    {
        var random = new Random(seed);
        var sizes = Enumerable.Range(0, boxes).Select(_ => new BoxSize(40 + random.Next(160), 30 + random.Next(30))).ToArray();
        var aside = sizes.Select(_ => random.Next(4) == 0).ToArray();
        var arrows = Enumerable.Range(0, edges)
            .Select(_ => (From: random.Next(boxes - 1), To: 0)).Select(edge => (edge.From, To: random.Next(edge.From + 1, boxes)))
            .Distinct().ToArray();

        var layout = LayeredLayout.Run(sizes, aside, arrows);

        for (int i = 0; i < boxes; i++)
        {
            var (a, size) = (layout.Centers[i], sizes[i]);
            a.X.ShouldBeInRange(size.Width / 2 - 1e-6, layout.Width - size.Width / 2 + 1e-6);
            a.Y.ShouldBeInRange(size.Height / 2 - 1e-6, layout.Height - size.Height / 2 + 1e-6);
            for (int j = 0; j < i; j++)
            {
                var b = layout.Centers[j];
                bool apart = Math.Abs(a.X - b.X) > (size.Width + sizes[j].Width) / 2 || Math.Abs(a.Y - b.Y) > (size.Height + sizes[j].Height) / 2;
                apart.ShouldBeTrue($"box {i} at {a} and box {j} at {b}");
            }
        }
        for (int i = 0; i < arrows.Length; i++)
        {
            layout.Routes[i].Select(point => point.Y).ShouldBeInOrder(SortDirection.Ascending);
            layout.Routes[i][0].X.ShouldBe(layout.Centers[arrows[i].From].X);
            layout.Routes[i][^1].X.ShouldBe(layout.Centers[arrows[i].To].X);
        }
    }

    [Fact]
    public void A_chain_is_straight()
    {
        var layout = LayeredLayout.Run([new(50, 20), new(90, 20), new(70, 20)], [false, false, false], [(0, 1), (1, 2)]);
        layout.Centers.Select(center => center.X).ShouldBe([45, 45, 45], tolerance: 1e-6);
    }

    [Fact]
    public void An_edge_that_closes_a_cycle_goes_up()
    {
        var layout = LayeredLayout.Run([new(50, 20), new(50, 20)], [false, false], [(0, 1), (1, 0)]);
        layout.Routes[0][0].Y.ShouldBeLessThan(layout.Routes[0][^1].Y);
        layout.Routes[1][0].Y.ShouldBeGreaterThan(layout.Routes[1][^1].Y);
    }
}
