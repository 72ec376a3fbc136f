namespace NetCompiler.Runtime;

/// <summary>Saves a network's variables and loads them again.</summary>
static class NetworkFile
{
    public static void Save(Network network, string path, IEnumerable<Variable> variables)
    {
        RequireLittleEndian();
        AtomicFile.Write(path, stream => SafetensorsFile.Write(stream, variables, [("format", "netcompiler"), ("network", network.Name)]));
    }

    public static LoadReport Load(Network network, string path, LoadMode mode)
    {
        RequireLittleEndian();
        using var file = SafetensorsFile.Open(path);
        var (matches, report) = Compare(network, file);
        if (mode == LoadMode.Exact && !report.IsExact)
            throw new LoadException(report);
        if (mode == LoadMode.Parameters && (report.Mismatched.Count > 0 || network.Parameters.Any(parameter => report.Missing.Contains(parameter.Name))))
            throw new LoadException(report);
        // All is read before the first variable changes: a disk that fails half-way must not leave a mixture.
        var contents = new List<(Variable Variable, int[] Shape, PinnedBuffer Storage)>(matches.Count);
        foreach (var (variable, tensor) in matches)
        {
            int[] shape = [.. tensor.Shape.Select(dimension => (int)dimension)];
            var storage = variable.NewStorage(shape);
            file.Read(tensor, variable.BytesOf(storage, shape));
            contents.Add((variable, shape, storage));
        }
        foreach (var (variable, shape, storage) in contents)
            variable.Replace(shape, storage);
        return report;
    }

    static (List<(Variable Variable, SafetensorsEntry Tensor)> Matches, LoadReport Report) Compare(Network network, SafetensorsFile file)
    {
        var matches = new List<(Variable, SafetensorsEntry)>();
        var missing = new List<string>();
        var mismatched = new List<MismatchedTensor>();
        var unclaimed = file.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        foreach (var variable in network.Variables)
        {
            if (!unclaimed.Remove(variable.Name, out var tensor))
                missing.Add(variable.Name);
            else if (!Fits(variable, tensor))
                mismatched.Add(new MismatchedTensor(variable.Name, variable.FileElementType + Shapes.Text(variable.DeclaredShape), tensor.ToString()));
            else
                matches.Add((variable, tensor));
        }
        var unexpected = file.Tensors.Select(tensor => tensor.Name).Where(unclaimed.ContainsKey);
        return (matches, new LoadReport(file.Path, network.Name, [.. matches.Select(match => match.Item1.Name)], missing, [.. unexpected], mismatched));
    }

    static bool Fits(Variable variable, SafetensorsEntry tensor) =>
        tensor.ElementType == variable.FileElementType
        && tensor.End - tensor.Begin <= Array.MaxLength
        && tensor.Shape.All(dimension => dimension is >= 0 and <= int.MaxValue)
        && variable.Admits([.. tensor.Shape.Select(dimension => (int)dimension)]);

    static void RequireLittleEndian()
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("the safetensors format is little-endian, this machine is not");
    }
}
