using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Shouldly;
using Xunit;

namespace NetCompiler.EndToEnd.Tests;

public sealed class ReportTests : IDisposable
{
    readonly Netc _netc = new();

    public ReportTests() => _netc.Write("lenet.net", Programs.LeNet);

    public void Dispose() => _netc.Dispose();

    [Fact]
    public void Build_writes_the_files_it_names_and_leaves_unchanged_ones_alone()
    {
        var first = _netc.Run("build", "lenet.net", "-o", "out/cs");
        first.ExitCode.ShouldBe(0, first.All);
        var named = first.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split("  ")[0]).ToList();
        named.ShouldNotBeEmpty();
        named.ShouldAllBe(path => File.Exists(Path.Combine(_netc.Folder, path)));
        Directory.EnumerateFiles(Path.Combine(_netc.Folder, "out/cs")).Count().ShouldBe(named.Count, "nothing but the named files, no temporary ones");
        string.Concat(named.Select(_netc.Read)).ShouldContain("namespace Examples.Digits");

        var second = _netc.Run("build", "lenet.net", "-o", "out/cs");
        second.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldAllBe(line => line.EndsWith("unchanged"));
    }

    [Fact]
    public void Build_gives_the_namespace_to_networks_whose_file_names_none()
    {
        _netc.Write("mlp.net", Programs.Mlp);
        var result = _netc.Run("build", "mlp.net", "-o", "out", "--namespace", "My.Nets");
        result.ExitCode.ShouldBe(0, result.All);
        string.Concat(Directory.EnumerateFiles(Path.Combine(_netc.Folder, "out")).Select(File.ReadAllText)).ShouldContain("namespace My.Nets");
    }

    [Fact]
    public void Build_refuses_a_file_in_place_of_its_folder()
    {
        var result = _netc.Run("build", "lenet.net", "-o", "lenet.net");
        result.ExitCode.ShouldBe(1, result.All);
        result.Error.ShouldContain("is a file");
        _netc.Read("lenet.net").ShouldBe(Programs.LeNet);
    }

    /// <summary>
    /// c1: 20·5·5 weights and 20 biases, 24·24·20·25 MACs; c2: 50·20·25 + 50, 8·8·50·500 MACs; h: 800·500 + 500; logits: 500·10 + 10.
    /// </summary>
    [Fact]
    public void Summary_counts_LeNet_as_by_hand()
    {
        var result = _netc.Run("summary", "lenet.net", "--exact");
        result.ExitCode.ShouldBe(0, result.All);
        Row(result, "c1").ShouldBe(["520", "288,000"]);
        Row(result, "c2").ShouldBe(["25,050", "1,600,000"]);
        Row(result, "h").ShouldBe(["400,500", "400,000"]);
        Row(result, "logits").ShouldBe(["5,010", "5,000"]);
        Row(result, "total").ShouldBe(["431,080", "2,293,000"]);
        result.Output.ShouldContain("f32[N, 50, 4, 4]");
        result.Output.ShouldContain("431,080 parameters in 1.64 MiB");

        // Name, description and type come before the numbers of a layer, nothing before those of the total.
        static string[] Row(NetcResult result, string name)
        {
            var line = result.Output.Split('\n').Single(line => line.TrimStart().StartsWith(name + " ", StringComparison.Ordinal));
            return Regex.Split(line.Trim(), " {2,}")[^3..^1];
        }
    }

    [Fact]
    public void Reports_of_a_training_function_say_that_they_leave_its_gradients_out()
    {
        const string remark = "forward part only; gradients and updates are not counted\n";
        _netc.Run("summary", "lenet.net", "--function", "train").Output.ShouldEndWith(remark);
        _netc.Run("graph", "lenet.net", "--function", "train", "-o", "x.svg").Output.ShouldEndWith(remark);
        _netc.Run("summary", "lenet.net").Output.ShouldNotContain(remark);
    }

    [Fact]
    public void A_dump_of_several_networks_names_each()
    {
        _netc.Write("two.net", Programs.LeNet + Programs.Mlp);
        var lines = _netc.Run("dump", "two.net", "--after", "simplify").Output.Split('\n');
        lines.Where(line => line.StartsWith("network ", StringComparison.Ordinal)).ShouldBe(["network LeNet", "network Mlp"]);
        lines[0].ShouldBe("network LeNet");
    }

    [Fact]
    public void Only_the_network_asked_for_is_written()
    {
        var compilation = Compilation.Create(new Text.SourceText("two.net", Programs.LeNet + Programs.Mlp), _ => null, new CompilerOptions());
        compilation.Emit("Mlp").ShouldNotBeEmpty();
        compilation.Emit("Mlp").ShouldAllBe(file => !file.Text.Contains("LeNet", StringComparison.Ordinal));
        compilation.Emit().Length.ShouldBe(compilation.Emit("Mlp").Length + compilation.Emit("LeNet").Length);
    }

    [Fact]
    public void Arithmetic_and_memory_grow_with_the_batch_and_parameters_do_not()
    {
        var result = _netc.Run("summary", "lenet.net", "--exact", "--batch", "64");
        result.Output.ShouldContain("N = 64");
        result.Output.ShouldContain((64 * 2_293_000L).ToString("N0", CultureInfo.InvariantCulture));
        result.Output.ShouldContain("431,080");
    }

    [Fact]
    public void What_is_computed_stands_under_the_binding_that_needs_it()
    {
        // Both cross_entropy and softmax begin with the maximum of the logits, which is one node.
        var predict = _netc.Run("summary", "lenet.net");
        predict.Output.Split('\n').Select(line => line.Trim().Split(' ')[0]).ShouldNotContain("loss", predict.All);

        _netc.Write("odd.net", """
            network Odd {
                input x : f32[N, 2];
                param w : f32[2] = zeros;
                s = sigmoid(x @ w);
                function value(x)    -> s;
                function gradient(x) -> grad(sum(s), x);
                function step(x) updates { w = w - 0.1 * grad(sum(s), w); }
            }

            """);
        Names("value").ShouldBe(["x", "s", "total"]);
        Names("gradient").ShouldBe(["x", "s", "grad(s)", "total"]);
        Names("step").ShouldContain("grad(s)", "a function without outputs is shown by its updates");

        List<string> Names(string function) =>
            [.. _netc.Run("summary", "odd.net", "--function", function).Output.Split('\n').Skip(2).Where(line => line.StartsWith("  ")).Select(line => line.Trim().Split(' ')[0])];
    }

    [Fact]
    public void Depth_tells_apart_what_an_inner_loop_binds()
    {
        _netc.Write("deep.net", """
            network Deep {
                input image : f32[N, 784];
                x = image;
                for stage in 0 .. 2 {
                    for block in 0 .. 2 {
                        x = x |> dense(100) |> relu;
                    }
                }
                function predict(image) -> softmax(x);
            }

            """);
        var whole = _netc.Run("summary", "deep.net", "--exact");
        whole.ExitCode.ShouldBe(0, whole.All);
        Lines(whole).ShouldBe(["stage0 88,600", "stage1 20,200"], whole.All); // 784·100 + 100 and 100·100 + 100 each
        var parts = _netc.Run("summary", "deep.net", "--exact", "--depth", "2");
        Lines(parts).ShouldBe(["stage0.block0 78,500", "stage0.block1 10,100", "stage1.block0 10,100", "stage1.block1 10,100"], parts.All);

        static List<string> Lines(NetcResult result) =>
            [.. result.Output.Split('\n').Where(line => line.Contains("stage")).Select(line => Regex.Split(line.Trim(), " {2,}")).Select(cells => $"{cells[0]} {cells[^3]}")];
    }

    [Theory]
    [InlineData()]
    [InlineData("--detail")]
    [InlineData("--function", "train")]
    public void Graph_draws_well_formed_SVG_with_all_boxes_apart(params string[] options)
    {
        var result = _netc.Run(["graph", "lenet.net", "-o", "lenet.svg", .. options]);
        result.ExitCode.ShouldBe(0, result.All);
        var svg = XDocument.Parse(_netc.Read("lenet.svg"));
        var boxes = svg.Descendants().Where(element => element.Attribute("class")?.Value == "node").ToList();
        boxes.Count.ShouldBeGreaterThan(5);
        var rectangles = boxes.Select(box => box.Elements().Single(element => element.Name.LocalName == "rect"))
            .Select(rect => (X: Number(rect, "x"), Y: Number(rect, "y"), Width: Number(rect, "width"), Height: Number(rect, "height"))).ToList();
        for (int i = 0; i < rectangles.Count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                var (a, b) = (rectangles[i], rectangles[j]);
                bool apart = a.X + a.Width < b.X || b.X + b.Width < a.X || a.Y + a.Height < b.Y || b.Y + b.Height < a.Y;
                apart.ShouldBeTrue($"{a} overlaps {b}");
            }
        }

        static double Number(XElement element, string attribute) => double.Parse(element.Attribute(attribute)!.Value, CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Graph_writes_a_page_that_loads_nothing()
    {
        var result = _netc.Run("graph", "lenet.net", "-o", "lenet.html");
        result.ExitCode.ShouldBe(0, result.All);
        var page = _netc.Read("lenet.html");
        page.ShouldContain("<svg");
        page.ShouldContain(">c1</text>");
        page.Replace("http://www.w3.org/2000/svg", "").ShouldNotContain("http");
        page.ShouldNotContain(" src=");
    }

    [Fact]
    public void Graph_without_a_file_writes_DOT_for_pipes()
    {
        var result = _netc.Run("graph", "lenet.net");
        result.ExitCode.ShouldBe(0, result.All);
        result.Output.ShouldStartWith("digraph \"LeNet\" {\n");
        result.Output.ShouldEndWith("}\n");
        result.Output.Split('\n').Count(line => line.Contains(" -> ")).ShouldBeGreaterThanOrEqualTo(5);
    }

    [Fact]
    public void Dump_lists_passes_and_shows_the_graph_after_each()
    {
        var list = _netc.Run("dump", "lenet.net");
        list.ExitCode.ShouldBe(0, list.All);
        var passes = list.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0]).ToList();
        passes.ShouldNotBeEmpty();
        var dump = _netc.Run("dump", "lenet.net", "--after", passes[^1], "--function", "predict");
        dump.ExitCode.ShouldBe(0, dump.All);
        dump.Output.ShouldContain("conv2d");
        dump.Output.ShouldNotContain("conv2d_backward", customMessage: "predict trains nothing");
    }

    [Fact]
    public void Dump_suggests_the_pass_that_was_meant()
    {
        var result = _netc.Run("dump", "lenet.net", "--after", "simplfy");
        result.ExitCode.ShouldBe(1, result.All);
        result.Error.ShouldContain("did you mean 'simplify'?");
    }
}
