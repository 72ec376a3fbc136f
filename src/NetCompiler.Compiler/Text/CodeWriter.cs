using System;


namespace NetCompiler.Text;

/// <summary>Writes indented C# with <c>\n</c> line ends.</summary>
internal sealed class CodeWriter
{
    readonly System.Text.StringBuilder _text = new();
    int _depth;

    /// <summary>Writes one line; an empty one stays empty.</summary>
    public void Line(string line = "")
    {
        if (line.Length > 0)
            _text.Append(' ', 4 * _depth).Append(line);
        _text.Append('\n');
    }

    /// <summary>Writes a block of lines at the current depth.</summary>
    public void Lines(string block)
    {
        foreach (string line in block.Split('\n'))
            Line(line.TrimEnd('\r'));
    }

    /// <summary>A line at the margin, where preprocessor directives belong.</summary>
    public void Directive(string line) => _text.Append(line).Append('\n');

    /// <summary>Writes <paramref name="header"/> and an opening brace; disposing closes it.</summary>
    public IDisposable Block(string header)
    {
        if (header.Length > 0)
            Line(header);
        Line("{");
        _depth++;
        return new OpenBlock(this);
    }

    /// <summary>Indents what follows until disposed.</summary>
    public IDisposable Indent()
    {
        _depth++;
        return new OpenIndent(this);
    }

    public override string ToString() => _text.ToString();

    sealed class OpenBlock(CodeWriter writer) : IDisposable
    {
        public void Dispose()
        {
            writer._depth--;
            writer.Line("}");
        }
    }

    sealed class OpenIndent(CodeWriter writer) : IDisposable
    {
        public void Dispose() => writer._depth--;
    }
}
