using System;
using System.Collections.Generic;

namespace NetCompiler.Generator;

/// <summary>Paths as plain text: the same answers on every operating system, and no file system asked.</summary>
internal static class SourcePath
{
    /// <summary>The path with <c>/</c> between its parts and <c>.</c> and <c>..</c> taken out, so that equal files have equal paths.</summary>
    public static string Normalize(string path)
    {
        var slashed = path.Replace('\\', '/');
        // Two slashes at the start name a host: //server/share.
        var root = slashed.StartsWith("//", StringComparison.Ordinal) ? "//" : slashed.StartsWith("/", StringComparison.Ordinal) ? "/" : "";
        var parts = new List<string>();
        foreach (var part in slashed.Split('/'))
        {
            if (part is "" or ".")
                continue;
            if (part == ".." && parts.Count > 0 && parts[parts.Count - 1] != "..")
                parts.RemoveAt(parts.Count - 1);
            else if (part != ".." || root.Length == 0)
                parts.Add(part);
        }
        return root + string.Join("/", parts);
    }

    /// <summary>
    /// Where the files generated from <paramref name="path"/> go: its place in the project without the extension, in the
    /// characters that the compiler allows in the names of generated files. A file outside the project goes by its name.
    /// </summary>
    public static string OutputFolder(string path, string projectDirectory)
    {
        var file = Normalize(path);
        var project = Normalize(projectDirectory) + "/";
        var inside = project.Length > 1 && file.StartsWith(project, StringComparison.OrdinalIgnoreCase);
        var relative = inside ? file.Substring(project.Length) : file.Substring(file.LastIndexOf('/') + 1);
        var dot = relative.LastIndexOf('.');
        var characters = (dot > 0 ? relative.Substring(0, dot) : relative).ToCharArray();
        for (var i = 0; i < characters.Length; i++)
        {
            if (!char.IsLetterOrDigit(characters[i]) && "/.,-_ ()[]{}".IndexOf(characters[i]) < 0)
                characters[i] = '_';
        }
        return new string(characters);
    }
}
