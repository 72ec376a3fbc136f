using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Syntax;

public class GrammarTests
{
    [Fact]
    public void The_grammar_is_decided_by_one_token_everywhere()
    {
        var path = Path.Combine(Sources.Folder, "../../../src/NetCompiler.Compiler/Syntax/Generated/NetParser.cs");
        var parser = File.ReadAllText(path);
        parser.ShouldContain("switch (TokenStream.LA(1))");
        // ANTLR emits this call for decisions that need more; error recovery and the single SLL pass rely on there being none.
        parser.ShouldNotContain("AdaptivePredict");
    }

    [Fact]
    public void The_generated_parser_holds_no_path_and_no_public_type()
    {
        foreach (var name in new[] { "NetLexer.cs", "NetParser.cs" })
        {
            var text = File.ReadAllText(Path.Combine(Sources.Folder, "../../../src/NetCompiler.Compiler/Syntax/Generated", name));
            text.ShouldContain("// Generated from grammar/Net.g4 by ANTLR 4.13");
            text.ShouldContain("\ninternal partial class Net");
            text.ShouldNotContain("\npublic ");
        }
    }
}
