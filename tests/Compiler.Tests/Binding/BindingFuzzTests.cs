using System.Globalization;
using System.Text.RegularExpressions;
using NetCompiler.Compiler.Tests.Syntax;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Binding;

/// <summary>
/// Exchanges words of programs for other words, so that most cases are well formed and wrong in meaning. NETC_FUZZ sets the number of
/// cases; a failure names the seed of its case.
/// </summary>
public partial class BindingFuzzTests
{
    static readonly string[] Words =
    [
        "0", "1", "-1", "2", "3.5", "1e-3", "9223372036854775807", "true", "\"a\"", "[]", "[1, 2]", "x", "w", "b", "N", "M", "label", "image", "loss", "relu",
        "dense", "dense(3)", "sequential", "conv2d", "sum", "mean", "grad", "reshape", "transpose", "concat", "split", "stop_gradient", "training", "zeros", "normal",
        "f32", "f64", "i32", "bool", "shape", "sgd", "adam", "0 .. 3", "...", "::-1", "+", "-", "*", "/", "@", "%", "**", "==", "<", "and", "or", "not", "if", "for", "in",
        "(", ")", "[", "]", "{", "}", ",", ";", ":", "=", "|>", "input", "param", "state", "return", "function", "updates", "minimizing", "over", "with", "clipping", "scaling", "undefined",
    ];

    [Fact]
    public void No_mutated_program_makes_the_compiler_fail()
    {
        var count = int.TryParse(Environment.GetEnvironmentVariable("NETC_FUZZ"), CultureInfo.InvariantCulture, out var given) ? given : 600;
        string[] programs =
        [
            .. Sources.Programs.Select(name => Sources.Read(name).Text),
            .. ErrorFileTests.Names.Cast<object[]>().Select(row => (string)row[0]).Where(name => name != "limits").Select(name => ErrorFileTests.Read(name + ".net")),
        ];
        for (var seed = 0; seed < count; seed++)
        {
            var text = Mutate(programs, new Random(seed));
            try
            {
                var compilation = Bind.Text(text);
                Bind.ThroughAllStages(compilation, seed);
                foreach (var diagnostic in compilation.Diagnostics)
                {
                    diagnostic.Message.ShouldNotBeEmpty();
                    if (diagnostic.Location.Path == "test.net")
                        diagnostic.Location.Span.End.ShouldBeLessThanOrEqualTo(text.Length);
                }
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}:\n{text}", e);
            }
        }
    }

    static string Mutate(string[] programs, Random random)
    {
        var words = Word().Matches(Comment().Replace(programs[random.Next(programs.Length)], "")).Select(match => match.Value).ToList();
        for (var edits = random.Next(1, 5); edits > 0; edits--)
        {
            int at = random.Next(words.Count), other = random.Next(words.Count);
            switch (random.Next(6))
            {
                case 0 or 1:
                    words[at] = Words[random.Next(Words.Length)];
                    break;
                case 2:
                    words[at] = words[other];
                    break;
                case 3:
                    words.RemoveAt(at);
                    break;
                case 4:
                    words.Insert(at, Words[random.Next(Words.Length)]);
                    break;
                default:
                    (words[at], words[other]) = (words[other], words[at]);
                    break;
            }
        }
        return string.Join(" ", words);
    }

    // A line comment would swallow what follows it: the words are joined to one line.
    [GeneratedRegex("//[^\\n]*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"""[^""\n]*""|[A-Za-z_]\w*|\d[\w.]*|\|>|->|\.\.\.|\.\.|\*\*|[<>=!]=|\S")]
    private static partial Regex Word();
}
