using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace NetCompiler.Graph;

/// <summary>
/// Names of one scope for the values of a network, whose own names are paths: <c>stage2.block15.x.h</c> becomes
/// <c>x_h_31</c>. Long paths are known by their ends and numbers; nobody reads thirty letters a thousand times.
/// </summary>
internal sealed class ShortNames
{
    const int Long = 16;
    const int Short = 8;

    readonly HashSet<string> _used = new(StringComparer.Ordinal);
    readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

    /// <summary>A name of letters, digits and underscores that no other value of the scope has.</summary>
    public string Add(string path, string prefix = "")
    {
        string identifier = prefix + new string([.. Shorten(path).Select(c => char.IsLetterOrDigit(c) ? c : '_')]);
        _numbers.TryGetValue(identifier, out int number);
        string name = identifier;
        while (!_used.Add(name))
        {
            number = Math.Max(2, number + 1);
            name = identifier + "_" + number.ToString(CultureInfo.InvariantCulture);
        }
        _numbers[identifier] = number;
        return name;
    }

    static string Shorten(string path)
    {
        if (path.Length <= Long)
            return path;
        int start = path.LastIndexOf('.') + 1;
        while (start > 1 && path.LastIndexOf('.', start - 2) + 1 is var earlier && path.Length - earlier <= Short)
            start = earlier;
        return path.Substring(start);
    }
}
