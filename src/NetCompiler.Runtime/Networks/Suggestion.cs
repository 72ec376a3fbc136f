namespace NetCompiler.Runtime;

/// <summary>Finds the name that was probably meant.</summary>
static class Suggestion
{
    /// <summary>"; did you mean 'x'?" with the nearest of the candidates, or nothing where none is near.</summary>
    public static string For(string name, IEnumerable<string> candidates)
    {
        var nearest = candidates
            .Select(candidate => (Name: candidate, Distance: Distance(name, candidate)))
            .OrderBy(candidate => candidate.Distance)
            .FirstOrDefault();
        // A third of the letters may be wrong; with more, the guess would be noise.
        return nearest.Name is not null && nearest.Distance <= Math.Max(1, name.Length / 3) ? $"; did you mean '{nearest.Name}'?" : "";
    }

    /// <summary>Levenshtein's distance, without regard to case.</summary>
    static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
            row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substitution = diagonal + (char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitution, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.Length];
    }
}
