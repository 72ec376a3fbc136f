using System.Globalization;
using NetCompiler.Graph;
using NetCompiler.Operators;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Binding;

/// <summary>What expressions mean, by the reference evaluator. In all of them x is [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]], N = 3.</summary>
public class ExpressionTests
{
    [Theory]
    // Arithmetic of compile time: whole where the result is whole.
    [InlineData("y = 6 / 2 + 0 * sum(x);", "3")]
    [InlineData("y = 7 / 2 + 0 * sum(x);", "3.5")]
    [InlineData("y = 2 ** 10 - 1 + 0 * sum(x);", "1023")]
    [InlineData("y = 2 ** -1 + 0 * sum(x);", "0.5")]
    [InlineData("y = -7 % 4 + 0 * sum(x);", "1")]
    [InlineData("y = floor(7 / 2) * (if is_list([floor(3.5)]) then 1 else 2) + 0 * sum(x);", "3")]
    [InlineData("a = [1, 2] + [3]; y = a[-1] + length(a[1:]) + 0 * sum(x);", "5")]
    [InlineData("y = (if \"a\" + \"b\" == \"ab\" and not (1 > 2 or 2.5 <= 1) then 1 else 2) + 0 * sum(x);", "1")]
    [InlineData("y = (if dtype(x) == f32 then 1 else 2) + 0 * sum(x);", "1")]
    [InlineData("y = (if shape(x)[1] == 4 and rank(x) == 2 and channels(x) > 3 then 1 else 2) + 0 * sum(x);", "1")]
    // Tensors: broadcasting, promotion, numbers that adapt.
    [InlineData("y = x[0] * 2 + 1;", "3 5 7 9")]
    [InlineData("y = 1 / x[0];", "1 0.5 0.3333333333333333 0.25")]
    [InlineData("y = x[:, 0] - mean(x, axis: 1);", "-1.5 -1.5 -1.5")]
    [InlineData("y = sum(x - mean(x, axis: 1, keep: true), axis: 0);", "-4.5 -1.5 1.5 4.5")]
    [InlineData("y = expand_dims(x[0, :2], 1) * expand_dims(x[1, :2], 0);", "5 6 10 12")]
    [InlineData("y = i32(x[0]) / 2;", "0.5 1 1.5 2")]
    [InlineData("y = i32(x[0]) * 2;", "2 4 6 8")]
    [InlineData("y = i32(x[0]) * 0.5;", "0.5 1 1.5 2")]
    [InlineData("y = x[0] ** 2 - x[0] % 3;", "0 2 9 15")]
    [InlineData("y = x[0] > 2 and not (x[0] == 4);", "0 0 1 0")]
    [InlineData("y = 2 < x[0];", "0 0 1 1")]
    [InlineData("y = 2 >= x[0];", "1 1 0 0")]
    [InlineData("y = where(x[0] > 2, x[0], 0);", "0 0 3 4")]
    [InlineData("y = maximum(x[0], 2) + minimum(1, x[0]);", "3 3 4 5")]
    [InlineData("y = mean(x[0] > 1);", "0.75")]
    [InlineData("y = sum(x > 4);", "8")]
    [InlineData("y = -x[0] + +x[1];", "4 4 4 4")]
    // Products.
    [InlineData("y = x @ transpose(x);", "30 70 110 70 174 278 110 278 446")]
    [InlineData("y = x @ x[0];", "30 70 110")]
    [InlineData("y = x[0] @ x[1];", "70")]
    [InlineData("y = x[:, 0] @ x;", "107 122 137 152")]
    [InlineData("y = sum(reshape(x, [N, 2, 2]) @ ones([2, 1]), axis: 0);", "33 45")]
    [InlineData("y = sum(reshape(x, [N, 2, 2]) @ reshape(x, [N, 2, 2]), axis: [1, 2]);", "54 342 886")]
    // Indexing.
    [InlineData("y = x[0, 1:3];", "2 3")]
    [InlineData("y = x[-1, ::-1];", "12 11 10 9")]
    [InlineData("y = x[1, ::2];", "5 7")]
    [InlineData("y = x[1, 3:0:-2];", "8 6")]
    [InlineData("y = x[..., -1];", "4 8 12")]
    [InlineData("y = x[::-1, 0];", "9 5 1")]
    [InlineData("y = x[1:, 0];", "5 9")]
    [InlineData("y = x[:-1, 0];", "1 5")]
    [InlineData("y = x[0, 1:-1];", "2 3")]
    // Shapes.
    [InlineData("y = reshape(x, [-1])[4:6];", "5 6")]
    [InlineData("y = sum(x) / N;", "26")]
    [InlineData("y = sum(x) * (1 / N);", "26")]
    [InlineData("y = x[0] + size(x) - shape(x)[0] * 4;", "1 2 3 4")]
    [InlineData("y = concat([x[0], x[1, :2]]);", "1 2 3 4 5 6")]
    [InlineData("y = stack([x[0, :2], x[1, :2]], axis: 1);", "1 5 2 6")]
    [InlineData("a = split(x, 2, axis: 1); y = a[1][:, 0];", "3 7 11")]
    [InlineData("y = pad(x[0, :2], [[1, 2]]);", "0 1 2 0 0")]
    [InlineData("y = pad(x[0, :2], [[1, 2]], value: 7);", "7 1 2 7 7")]
    [InlineData("y = broadcast_to(x[0, :1], [3]);", "1 1 1")]
    [InlineData("y = squeeze(x[:1], 0);", "1 2 3 4")]
    [InlineData("y = iota(4) + i32(x[0]);", "1 3 5 7")]
    [InlineData("y = one_hot(i32(x[0, :2]), 3);", "0 1 0 0 0 1")]
    [InlineData("y = zeros_like(x[0]) * x[0] + ones([4]) + full([4], 2);", "3 3 3 3")]
    // Reductions.
    [InlineData("y = max(x, axis: 0) - min(x, axis: 0);", "8 8 8 8")]
    [InlineData("y = argmax(x) + argmin(x, axis: -1);", "3 3 3")]
    [InlineData("y = product(x[0]);", "24")]
    [InlineData("y = any(x > 11, axis: 1) and not all(x > 11, axis: 1);", "0 0 1")]
    // Control.
    [InlineData("y = x[0]; for i in 0 .. 3 { y = y + i; }", "4 5 6 7")]
    [InlineData("y = x[0]; for i in [10, 20] { if i > 15 { y = y + i; } else { y = y - 1; } }", "20 21 22 23")]
    [InlineData("y = if training then x[0] else 2 * x[0];", "2 4 6 8")]
    [InlineData("a = x[0]; y = vjp(a * a, a, ones([4]));", "2 4 6 8")]
    [InlineData("a = x[0]; y = grad(grad(sum(a ** 3), a)[0] + sum(a), a);", "7 1 1 1")]
    [InlineData("a = x[0]; b = x[1]; g = grad(sum(a * b), [a, b]); y = g[0] - g[1];", "4 4 4 4")]
    [InlineData("a = x[0]; y = grad(sum(a * stop_gradient(a)), a);", "1 2 3 4")]
    // Layers as values.
    [InlineData("f = relu; y = f(x[0] - 2);", "0 0 1 2")]
    [InlineData("y = sequential(x[0] - 2, [relu, leaky_relu(slope: 0.5), exp, log]);", "0 0 1 2")]
    [InlineData("act = [tanh, relu][1]; y = x[0] - 3 |> act;", "0 0 0 1")]
    [InlineData("y = x[0] |> (if N == N then relu else tanh);", "1 2 3 4")]
    public void The_value_is(string statements, string expected)
    {
        var numbers = expected.Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        var actual = Evaluate(Bind.Value(statements));
        actual.Length.ShouldBe(numbers.Length);
        for (int i = 0; i < numbers.Length; i++)
            actual[i].ShouldBe(numbers[i], 1e-12 * (1 + Math.Abs(numbers[i])), $"element {i} of {string.Join(" ", actual)}");
    }

    static double[] Evaluate(Node value)
    {
        var supplied = new Dictionary<Node, ReferenceTensor>();
        foreach (var node in Node.Reachable([value]))
        {
            if (node.Operator is FunctionArgument { Argument: "x" })
                supplied[node] = new ReferenceTensor([3, 4], [.. Enumerable.Range(1, 12).Select(i => (double)i)]);
            else if (node.Operator is TrainingFlag)
                supplied[node] = new ReferenceTensor([], [0.0]);
        }
        return ReferenceEvaluator.Evaluate([value], new Dictionary<string, long> { ["N"] = 3 }, supplied)[0].Data;
    }

    [Theory]
    [InlineData("y = x @ zeros([4, 5]);", "f32[N, 5]")]
    [InlineData("y = f64(x) + x;", "f64[N, 4]")]
    [InlineData("y = u8(x) + i64(x);", "i64[N, 4]")]
    [InlineData("y = u8(x) / 255;", "f32[N, 4]")]
    [InlineData("y = f64(x) * 0.5;", "f64[N, 4]")]
    [InlineData("y = x == 1;", "bool[N, 4]")]
    [InlineData("y = argmax(x);", "i32[N]")]
    [InlineData("y = concat([x, x, x]);", "f32[3*N, 4]")]
    [InlineData("y = concat([x, i32(x)], axis: 1);", "f32[N, 8]")]
    [InlineData("y = x[1:];", "f32[N - 1, 4]")]
    [InlineData("y = x[::2];", "f32[((N + 1) / 2), 4]")]
    [InlineData("y = reshape(x, [2 * N, -1]);", "f32[2*N, 2]")]
    [InlineData("y = reshape(x, [floor_divide(8, 3), -1, N]);", "f32[2, 2, N]")]
    [InlineData("y = conv2d(reshape(x, [N, 1, 2, 2]), 3, kernel: 2, pad: 1, stride: [1, 2]);", "f32[N, 3, 3, 2]")]
    [InlineData("y = avg_pool2d(zeros([N, 3, 9, 9]) + sum(x), 3, stride: 2, pad: [0, 1]);", "f32[N, 3, 4, 5]")]
    [InlineData("y = global_avg_pool(zeros([N, 3, 9, 9]) + sum(x));", "f32[N, 3]")]
    [InlineData("y = flatten(zeros([N, 3, 9, 9]) + sum(x));", "f32[N, 243]")]
    [InlineData("y = dense(reshape(x, [N, 2, 2]), 7);", "f32[N, 2, 7]")]
    public void The_type_is(string statements, string expected) => Bind.Value(statements).Type.ToString().ShouldBe(expected);
}
