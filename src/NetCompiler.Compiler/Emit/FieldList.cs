using System.Collections.Generic;
using NetCompiler.Text;

namespace NetCompiler.Emit;

/// <summary>Declares fields of one type, several in a line.</summary>
internal static class FieldList
{
    const int LineLength = 120;

    public static void Write(CodeWriter writer, string type, IEnumerable<string> names, string comment = "")
    {
        var line = new List<string>();
        int length = 0;
        foreach (string name in names)
        {
            if (line.Count > 0 && type.Length + length + name.Length > LineLength)
                Flush();
            line.Add(name);
            length += name.Length + 2;
        }
        if (line.Count > 0)
            Flush();

        void Flush()
        {
            writer.Line($"{type} {string.Join(", ", line)};{comment}");
            line.Clear();
            length = 0;
        }
    }
}
