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
    [InlineData("check", "check")]
    [InlineData("train x.net --epoch 3", "did you mean '--epochs'?")]
    [InlineData("train x.net --epochs 0", "at least 1")]
    [InlineData("train x.net --epochs many", "--epochs")]
    [InlineData("train x.net --rate -1", "above 0")]
    [InlineData("summary x.net y.net", "y.net")]
    [InlineData("summary x.net --size T", "NAME=N")]
    [InlineData("graph x.net -o x.png", ".svg")]
    [InlineData("eval x.net", "--weights")]
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
