using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Graph;

public class GraphPrinterTests
{
    static Origin At(string path, int line) => new(new SourceLocation(path, default, new LinePosition(line - 1, 0), default), "");

    [Fact]
    public void A_function_prints_one_node_a_line_with_dense_numbers_and_origins()
    {
        var graph = new GraphBuilder();
        var type = new TensorType(DType.F32, new Shape(Dim.Symbol("N"), 1, 28, 28));
        var argument = new Argument("image", type, At("/home/me/lenet.net", 3));
        var weight = new Variable("c1.weight", new(DType.F32, new(20, 1, 5, 5)), VariableKind.Parameter, new Initializer.Constant(0), Origin.None);
        var unused = graph.Make(new FunctionArgument("unused", type));
        graph.Origin = At("/home/me/lenet.net", 8) with { Name = "c1" };
        var image = graph.Make(new FunctionArgument("image", type));
        graph.Exp(unused);
        var read = graph.Make(new VariableRead(weight));
        var convolution = graph.Make(new Conv2D(ConvolutionWindow.Unit with { StrideHeight = 2, StrideWidth = 2 }), image, read);
        var function = new FunctionModel("predict", [argument], [new Output("y", convolution)], [new Update(weight, graph.Multiply(read, 0.5))],
            [new DimCheck(Dim.Symbol("N"), 4, "")], Trains: true, At("lenet.net", 5), "");

        GraphPrinter.Print(function).ShouldBe("""
            function predict(image: f32[N, 1, 28, 28]) trains  // (lenet.net:5)
              check N == 4
              %0 = argument "image" : f32[N, 1, 28, 28]  // c1 (lenet.net:8)
              %1 = variable "c1.weight" : f32[20, 1, 5, 5]  // c1 (lenet.net:8)
              %2 = conv2d %0, %1 stride=[2, 2] : f32[N, 20, 12, 12]  // c1 (lenet.net:8)
              %3 = constant 0.5 : f32[20, 1, 5, 5]  // c1 (lenet.net:8)
              %4 = multiply %1, %3 : f32[20, 1, 5, 5]  // c1 (lenet.net:8)
              output y = %2
              update c1.weight = %4

            """, StringCompareShould.IgnoreLineEndings);
    }
}
