using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Binding;

public class AxisTests
{
    /// <summary>The type of a value made of x : f32[batch: N, channels: 3, height: 4, width: 5] and w : f32[rows: 5, columns: 6].</summary>
    static string TypeOf(string value, string layers = "") => Bind.Network($$"""
        {{layers}}
        network Test {
            input x : f32[batch: N, channels: 3, height: 4, width: 5];
            param w : f32[rows: 5, columns: 6] = zeros;
            y = {{value}};
            function f(x) -> (y, sum(w) + sum(x));
        }
        """).Functions[0].Outputs[0].Value.Type.ToString();

    [Theory]
    [InlineData("sum(x, axis: channels)", "f32[N, 4, 5]")]
    [InlineData("mean(x, axis: [height, width])", "f32[N, 3]")]
    [InlineData("max(x, axis: \"width\", keep: true)", "f32[N, 3, 4, 1]")]
    [InlineData("argmax(x, axis: channels)", "i32[N, 4, 5]")]
    [InlineData("softmax(x, axis: channels)", "f32[N, 3, 4, 5]")]
    [InlineData("concat([x, x], axis: height)", "f32[N, 3, 8, 5]")]
    [InlineData("split(x, 2, axis: height)[0]", "f32[N, 3, 2, 5]")]
    [InlineData("transpose(x, axes: [batch, height, width, channels])", "f32[N, 4, 5, 3]")]
    public void An_axis_is_named_where_its_number_may_stand(string value, string type) => TypeOf(value).ShouldBe(type);

    [Theory]
    [InlineData("sum(exp(x) * 2 + x, axis: channels)", "f32[N, 4, 5]")]
    [InlineData("sum(mean(x, axis: width), axis: height)", "f32[N, 3]")]
    [InlineData("sum(transpose(x, [0, 2, 3, 1]), axis: channels)", "f32[N, 4, 5]")]
    [InlineData("sum(x[:, 0:2, ::2], axis: channels)", "f32[N, 2, 5]")]
    [InlineData("sum(x[0], axis: channels)", "f32[4, 5]")]
    [InlineData("sum(x @ w, axis: columns)", "f32[N, 3, 4]")]
    [InlineData("sum(x @ w, axis: height)", "f32[N, 3, 6]")]
    [InlineData("sum(x |> conv2d(7, kernel: 3), axis: channels)", "f32[N, 2, 3]")]
    [InlineData("sum(x |> max_pool2d(2), axis: width)", "f32[N, 3, 2]")]
    [InlineData("sum(reshape(x, [N, 3, 20]), axis: channels)", "f32[N, 20]")]
    [InlineData("sum(expand_dims(x, 1), axis: width)", "f32[N, 1, 3, 4]")]
    [InlineData("sum(x - mean(x, axis: channels, keep: true), axis: channels)", "f32[N, 4, 5]")]
    [InlineData("sum(where(x > 0, x, 1), axis: batch)", "f32[3, 4, 5]")]
    public void Names_go_along_with_their_axes(string value, string type) => TypeOf(value).ShouldBe(type);

    [Fact]
    public void Layers_take_names_name_axes_themselves_and_hand_them_on() =>
        TypeOf("normalized(x, axis: channels)", """
            layer total(v : float[..., feature: C], axis) { return sum(v, axis: feature, keep: true) + sum(v, axis: axis, keep: true); }
            layer normalized(v, axis) { check v : float[first: _, ...]; return sum(v - mean(v, axis: first), axis: axis) + 0 * sum(total(v, axis), axis: channels); }
            """).ShouldBe("f32[N, 4, 5]");

    [Theory]
    [InlineData("sum(x, axis: chanels)", "no axis of f32[N, 3, 4, 5] is called 'chanels'; did you mean 'channels'?; known are batch (0), channels (1), height (2), width (3)")]
    [InlineData("sum(reshape(x, [N, 60]), axis: channels)", "known are batch (0)")]
    [InlineData("sum(reshape(x, [-1]), axis: channels)", "its axes have no names here")]
    public void An_unknown_name_is_an_error_that_lists_the_known_ones(string value, string message) =>
        Bind.Errors($"network T {{ input x : f32[batch: N, channels: 3, height: 4, width: 5]; param w : f32[rows: 5, columns: 6] = zeros; y = {value}; function f(x) -> y; }}").ShouldContain(message);
}
