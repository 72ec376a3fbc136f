using NetCompiler.Graph;
using NetCompiler.Operators;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Operators;

/// <summary>What operands an operator refuses, and in which words.</summary>
public class InferenceTests
{
    static readonly Dim N = Dim.Symbol("N"), M = Dim.Symbol("M");

    [Fact]
    public void Element_wise_operands_must_be_of_equal_shape_for_certain()
    {
        Refuse(new Add(), F(N, 3), F(N, 4)).ShouldBe("needs operands of equal shape, but gets [N, 3] and [N, 4]");
        Refuse(new Add(), F(N, 3), F(M, 3)).ShouldBe("needs [N, 3] and [M, 3] to be equal, which cannot be shown when the network is compiled");
        Infer(new Add(), F(N, 3), F(N, 3)).ShouldBe(F(N, 3));
    }

    [Fact]
    public void Element_types_must_suit_the_operator()
    {
        Refuse(new Add(), F(3), Of(DType.I32, 3)).ShouldBe("needs operands of one element type, but gets f32 and i32");
        Refuse(new Exp(), Of(DType.I32, 3)).ShouldBe("needs f32 or f64, but gets i32");
        Refuse(new Divide(), Of(DType.I32, 3), Of(DType.I32, 3)).ShouldBe("needs f32 or f64, but gets i32");
        Refuse(new Add(), Of(DType.Bool, 3), Of(DType.Bool, 3)).ShouldBe("needs numbers, but gets bool");
        Refuse(new Sum([0]), Of(DType.Bool, 3)).ShouldBe("needs numbers, but gets bool");
        Refuse(new Not(), F(3)).ShouldBe("needs bool, but gets f32");
        Refuse(new Select(), F(3), F(3), F(3)).ShouldBe("needs bool, but gets f32");
        Infer(new Less(), Of(DType.I32, 3), Of(DType.I32, 3)).ShouldBe(Of(DType.Bool, 3));
        Infer(new Select(), Of(DType.Bool, 3), F(3), F(3)).ShouldBe(F(3));
    }

    [Fact]
    public void Products_need_equal_inner_dimensions()
    {
        Refuse(new MatMul(), F(N, 256), F(400, 10)).ShouldBe("needs equal inner dimensions, but [N, 256] has 256 and [400, 10] has 400");
        Refuse(new MatMul(), F(N, 256), F(256)).ShouldBe("needs two tensors of equal rank and at least 2 axes, but gets [N, 256] and [256]");
        Refuse(new MatMul(), F(2, N, 3), F(4, 3, 5)).ShouldBe("needs equal batch dimensions, but [2, N, 3] has 2 and [4, 3, 5] has 4");
        Infer(new MatMul(), F(2, N, 3), F(2, 3, 5)).ShouldBe(F(2, N, 5));
    }

    [Fact]
    public void A_reshape_keeps_the_number_of_elements()
    {
        Refuse(new Reshape(new(N, 400)), F(N, 16, 4, 4)).ShouldBe("needs the same number of elements, but [N, 16, 4, 4] has 256*N and [N, 400] has 400*N");
        Refuse(new Reshape(new(M, 256)), F(N, 16, 4, 4)).ShouldBe(
            "needs the sizes 256*N of [N, 16, 4, 4] and 256*M of [M, 256] to be equal, which cannot be shown when the network is compiled");
        Infer(new Reshape(new(N, 256)), F(N, 16, 4, 4)).ShouldBe(F(N, 256));
    }

    [Fact]
    public void Convolutions_state_channels_groups_and_extents()
    {
        var unit = ConvolutionWindow.Unit;
        Refuse(new Conv2D(unit), F(N, 3, 8, 8), F(4, 2, 3, 3)).ShouldBe("needs as many channels in the kernel as in the image, but [4, 2, 3, 3] has 2 and [N, 3, 8, 8] has 3");
        Refuse(new Conv2D(unit with { Groups = 3 }), F(N, 3, 8, 8), F(4, 1, 3, 3)).ShouldBe("needs a number of output channels that 3 groups divide, but [4, 1, 3, 3] has 4");
        Refuse(new Conv2D(unit with { PadTop = 1 }), F(N, 3, 3, 8), F(4, 3, 5, 5)).ShouldBe(
            "needs an image at least as large as its kernel, but the kernel reaches over 5 and [N, 3, 3, 8] has 4 along axis 2 with padding");
        Refuse(new Conv2D(unit), F(3, 8, 8), F(4, 3, 5, 5)).ShouldBe("needs a tensor of [N, C, H, W], but gets [3, 8, 8]");
        Infer(new Conv2D(unit with { StrideHeight = 2, DilationWidth = 2 }), F(N, 3, M, 9), F(4, 3, 3, 3)).ShouldBe(F(N, 4, (M - 3).FloorDivide(2) + 1, 5));
        Refuse(new Conv2DBackwardData(unit, new(N, 3, 8, 8)), F(N, 4, 5, 6), F(4, 3, 3, 3)).ShouldBe("needs operands of equal shape, but gets [N, 4, 5, 6] and [N, 4, 6, 6]");
    }

    [Fact]
    public void Pooling_refuses_windows_that_may_see_padding_only()
    {
        Refuse(new AveragePool(new(2, 2, 2, 2, 2, 0, 0, 0)), F(N, 3, 8, 8)).ShouldBe(
            "needs padding of at least 0 and less than the window, but gets kernel=[2, 2] stride=[2, 2] pad=[2, 0, 0, 0]");
        Refuse(new AveragePool(new(3, 3, 1, 1, 0, 0, 0, 0)), F(N, 3, 2, 8)).ShouldBe(
            "needs an image at least as large as its window, but the window takes 3 and [N, 3, 2, 8] has 2 along axis 2");
        Infer(new AveragePool(new(3, 3, 2, 2, 1, 1, 1, 1)), F(N, 3, 8, 7)).ShouldBe(F(N, 3, 4, 4));
    }

    [Fact]
    public void Slices_stay_inside_where_that_can_be_told()
    {
        Refuse(new Slice([3], [3], [1]), F(5)).ShouldBe("reaches position 5 of axis 0, but [5] has 5 there");
        Refuse(new Slice([1], [3], [-1]), F(5)).ShouldBe("reaches position -1 of axis 0, but [5] has 5 there");
        Refuse(new Slice([1], [N], [1]), F(N)).ShouldBe("reaches position N of axis 0, but [N] has N there");
        Refuse(new Slice([0], [1], [0]), F(5)).ShouldBe("needs a step other than 0 along axis 0");
        Infer(new Slice([0], [1], [1]), F(N)).ShouldBe(F(1), "the first of a symbolic number");
        Infer(new Slice([9], [0], [1]), F(5)).ShouldBe(F(0));
    }

    [Fact]
    public void Broadcasts_repeat_extents_of_1_only()
    {
        Refuse(new Broadcast(new(2, 3), [1]), F(2)).ShouldBe("needs an extent of 1 or the target's, but [2] has 2 and [2, 3] has 3");
        Infer(new Broadcast(new(N, 3), [0, 1]), F(1, 3)).ShouldBe(F(N, 3));
    }

    [Fact]
    public void Concatenation_needs_equal_extents_elsewhere()
    {
        Refuse(new Concat(1), F(2, 3), F(4, 3)).ShouldBe("needs equal extents except along axis 1, but [2, 3] has 2 and [4, 3] has 4");
        Infer(new Concat(0), F(N, 3), F(2, 3)).ShouldBe(F(N + 2, 3));
    }

    [Fact]
    public void Axes_must_exist()
    {
        Refuse(new Sum([2]), F(N, 3)).ShouldBe("needs an axis below 2, but gets axis 2 of [N, 3]");
        Refuse(new Transpose([0, 0]), F(N, 3)).ShouldBe("needs each axis of [N, 3] once, but gets [0, 0]");
        Refuse(new ArgMax(0), F(0, 3)).ShouldBe("needs at least one element along axis 0, but [0, 3] has none");
        Infer(new ArgMax(1), F(N, 3)).ShouldBe(Of(DType.I32, N));
    }

    static TensorType F(params Dim[] dims) => Of(DType.F32, dims);

    static TensorType Of(DType element, params Dim[] dims) => new(element, new(dims));

    static TensorType Infer(Operator op, params TensorType[] inputs) => op.Infer([.. inputs]).Type.ShouldNotBeNull();

    static string Refuse(Operator op, params TensorType[] inputs) => op.Infer([.. inputs]).Problem.ShouldNotBeNull().Constraint;
}
