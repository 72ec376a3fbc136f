using System.Text.Json;
using Shouldly;
using Xunit;

namespace NetCompiler.EndToEnd.Tests;

public sealed class CommandLineTests : IDisposable
{
    readonly Netc _netc = new();

    public void Dispose() => _netc.Dispose();

    [Theory]
    [InlineData("check")]
    [InlineData("build")]
    [InlineData("summary")]
    [InlineData("graph")]
    [InlineData("dump")]
    [InlineData("bench")]
    [InlineData("profile")]
    [InlineData("verify")]
    [InlineData("explain")]
    [InlineData("tune")]
    [InlineData("train")]
    [InlineData("eval")]
    [InlineData("predict")]
    public void Every_commands_help_shows_an_example(string command)
    {
        var result = _netc.Run(command, "--help");
        result.ExitCode.ShouldBe(0, result.All);
        result.Output.ShouldContain($"Examples:\n  netc {command} ");
        result.Error.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("trian x.net", "did you mean 'train'?")]
    [InlineData("check", "check needs a file: netc check FILE")]
    [InlineData("check x.net --format xml", "--format takes text or json, not 'xml'")]
    [InlineData("train x.net --epoch 3", "did you mean '--epochs'?")]
    [InlineData("train x.net --epochs 0", "at least 1")]
    [InlineData("train x.net --epochs many", "--epochs takes a whole number, not 'many'")]
    [InlineData("train x.net --epochs 9999999999", "at most 2147483647")]
    [InlineData("train x.net --epochs", "--epochs needs a value: --epochs N")]
    [InlineData("train x.net --epochs 1 --epochs 2", "--epochs is given more than once")]
    [InlineData("train x.net --seed -1", "--seed takes a whole number")]
    [InlineData("train x.net --rate fast", "--rate takes a number above 0, not 'fast'")]
    [InlineData("train x.net --rate -1", "above 0")]
    [InlineData("summary x.net y.net", "y.net")]
    [InlineData("summary x.net --size T", "NAME=N")]
    [InlineData("bench x.net --threads 1,two", "--threads takes numbers from 1 to 1024 with commas between them, not '1,two'")]
    [InlineData("bench x.net --seconds 0", "--seconds takes a number above 0")]
    [InlineData("tune x.net --budget soon", "--budget takes a time such as 30s or 5m, not 'soon'")]
    [InlineData("profile x.net --size N=0", "--size takes NAME=N with N at least 1")]
    [InlineData("graph x.net -o x.png", ".svg")]
    [InlineData("eval x.net", "eval needs --weights FILE")]
    [InlineData("", "command")]
    public void A_wrong_command_line_ends_with_2_and_says_why_on_the_error_stream(string line, string explanation)
    {
        var result = _netc.Run(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        result.ExitCode.ShouldBe(2, result.All);
        result.Output.ShouldBeEmpty();
        result.Error.ShouldContain(explanation);
        result.Error.ShouldContain("--help");
    }

    [Fact]
    public void Check_shows_place_line_and_mark_of_a_mistake()
    {
        var file = _netc.Write("wrong.net", Programs.Misspelt);
        var result = _netc.Run("check", file);
        result.ExitCode.ShouldBe(1, result.All);
        result.Output.ShouldContain("wrong.net(4,14): error NETC");
        result.Output.ShouldContain("did you mean 'image'?");
        result.Output.ShouldContain("    4 |     logits = imgae |> dense(10);\n      |              ^~~~~\n");
        result.Output.ShouldEndWith("wrong.net: 1 error\n");
    }

    [Fact]
    public void Check_gives_programs_the_same_places_as_json()
    {
        var file = _netc.Write("wrong.net", Programs.Misspelt);
        var result = _netc.Run("check", file, "--format", "json");
        result.ExitCode.ShouldBe(1, result.All);
        var diagnostic = JsonDocument.Parse(result.Output).RootElement.EnumerateArray().ShouldHaveSingleItem();
        diagnostic.GetProperty("severity").GetString().ShouldBe("error");
        var location = diagnostic.GetProperty("location");
        location.GetProperty("line").GetInt32().ShouldBe(4);
        location.GetProperty("column").GetInt32().ShouldBe(14);
        location.GetProperty("endColumn").GetInt32().ShouldBe(19);
    }

    [Fact]
    public void Check_of_correct_files_ends_with_0()
    {
        var result = _netc.Run("check", _netc.Write("lenet.net", Programs.LeNet), _netc.Write("mlp.net", Programs.Mlp));
        result.ExitCode.ShouldBe(0, result.All);
        result.Output.ShouldBe("2 files: no mistakes found\n");
    }

    [Theory]
    [InlineData("", "file.net declares no network")]
    [InlineData("layer once(x) { return x; } layer twice(x) { return x + x; }", "file.net declares 2 layers, no network")]
    [InlineData("network Wide(width) { input x : f32[N, 3]; y = x |> dense(width); function f(x) -> y; }", "file.net declares 1 template of a network, no network")]
    public void A_file_without_a_network_can_be_checked_but_not_built(string text, string explanation)
    {
        _netc.Write("file.net", text);
        var check = _netc.Run("check", "file.net");
        check.ExitCode.ShouldBe(0, check.All);
        check.Output.ShouldStartWith(explanation + "\n");
        var build = _netc.Run("build", "file.net", "-o", "out");
        build.ExitCode.ShouldBe(1, build.All);
        build.Error.ShouldBe($"error: {explanation}: nothing to build\n");
        Directory.Exists(Path.Combine(_netc.Folder, "out")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("graph lenet.net -o nodir/lenet.svg")]
    [InlineData("train lenet.net -o nodir/lenet.safetensors")]
    public void A_missing_folder_is_the_users_error(string line)
    {
        _netc.Write("lenet.net", Programs.LeNet);
        var result = _netc.Run(line.Split(' '));
        result.ExitCode.ShouldBe(1, result.All);
        result.Error.ShouldBe("error: there is no folder 'nodir': make it first\n");
    }

    [Fact]
    public void Weights_of_another_format_are_named_so()
    {
        _netc.Write("mlp.net", Programs.Mlp);
        var result = _netc.Run("eval", "mlp.net", "-w", "mlp.net");
        result.ExitCode.ShouldBe(1, result.All);
        result.Error.ShouldStartWith("error: mlp.net is not a safetensors file (byte 0: ");
    }

    [Fact]
    public void A_used_file_is_found_beside_the_file_that_uses_it()
    {
        Directory.CreateDirectory(Path.Combine(_netc.Folder, "nets"));
        _netc.Write("nets/blocks.net", "layer twice(x) { return x + x; }\n");
        _netc.Write("nets/main.net", "use \"blocks.net\";\nnetwork A { input x : f32[N]; y = twice(x); function f(x) -> y; }\n");
        var result = _netc.Run("check", "nets/main.net");
        result.ExitCode.ShouldBe(0, result.All);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("summary")]
    [InlineData("train")]
    public void A_missing_file_is_the_users_error_with_a_suggestion(string command)
    {
        _netc.Write("lenet.net", Programs.LeNet);
        var result = _netc.Run(command, "lent.net");
        result.ExitCode.ShouldBe(1, result.All);
        result.Error.ShouldBe("error: there is no file lent.net; did you mean lenet.net?\n");
        result.Output.ShouldBeEmpty();
    }

    [Fact]
    public void A_folder_in_place_of_a_file_is_the_users_error()
    {
        _netc.Write("lenet.net", Programs.LeNet);
        var result = _netc.Run("check", ".");
        result.ExitCode.ShouldBe(1, result.All);
        result.Error.ShouldContain(". is a folder: name a .net file, such as ./lenet.net");
    }

    [Fact]
    public void A_file_that_is_no_text_is_the_users_error()
    {
        File.WriteAllBytes(Path.Combine(_netc.Folder, "weights.net"), [0xff, 0xfe, 0xfd, 0x80, 0x00, 0xd8, 0xd8]);
        var result = _netc.Run("check", "weights.net");
        result.ExitCode.ShouldBe(1, result.All);
    }

    [Theory]
    [InlineData("build", "-o", "out")]
    [InlineData("summary")]
    [InlineData("graph")]
    [InlineData("dump")]
    [InlineData("bench")]
    [InlineData("profile")]
    [InlineData("verify")]
    [InlineData("explain")]
    [InlineData("tune")]
    [InlineData("train")]
    public void Every_command_prints_the_mistakes_of_its_file_and_ends_with_1(params string[] command)
    {
        var file = _netc.Write("wrong.net", Programs.Misspelt);
        var result = _netc.Run([command[0], file, .. command[1..]]);
        result.ExitCode.ShouldBe(1, result.All);
        result.Error.ShouldContain("wrong.net(4,14): error NETC");
        result.Output.ShouldBeEmpty();
        Directory.Exists(Path.Combine(_netc.Folder, "out")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("--network LeNets", "did you mean 'LeNet'?")]
    [InlineData("--function evalute", "did you mean 'evaluate'?")]
    [InlineData("--size T=3", "no symbolic dimension 'T'")]
    public void An_unknown_name_is_the_users_error_with_a_suggestion(string option, string explanation)
    {
        var file = _netc.Write("lenet.net", Programs.LeNet);
        var result = _netc.Run(["summary", file, .. option.Split(' ')]);
        result.ExitCode.ShouldBe(1, result.All);
        result.Error.ShouldContain(explanation);
    }
}
