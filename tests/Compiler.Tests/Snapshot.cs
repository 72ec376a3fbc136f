using System.Runtime.CompilerServices;
using Shouldly;

namespace NetCompiler.Compiler.Tests;

/// <summary>
/// Compares text with a file beside the test, <c>Name.verified.txt</c>, as Verify names it. A difference fails the test and
/// leaves <c>Name.received.txt</c>; renaming that to verified accepts it.
/// </summary>
internal static class Snapshot
{
    public static void Match(string text, string name, string extension = "txt", [CallerFilePath] string testFile = "")
    {
        var folder = Path.GetDirectoryName(testFile)!;
        var ending = text.EndsWith('\n') ? "" : "\n";
        (text.ReplaceLineEndings("\n") + ending).ShouldMatchApproved(options => options
            .NoDiff()
            .WithFileExtension(extension)
            .WithFilenameGenerator((_, _, kind, _) => Path.Combine(folder, $"{name}.{(kind == "approved" ? "verified" : kind)}.{extension}")));
    }
}
