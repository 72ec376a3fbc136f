namespace NetCompiler;

/// <summary>One C# file that the compiler wrote.</summary>
/// <param name="Name">The file name, such as <c>LeNet.Train.g.cs</c>.</param>
/// <param name="Text">The C# text with <c>\n</c> line ends.</param>
public sealed record EmittedFile(string Name, string Text);
