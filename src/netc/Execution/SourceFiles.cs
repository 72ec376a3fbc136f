using System.Text;
using NetCompiler.Algorithms;
using NetCompiler.CommandLine.Output;
using NetCompiler.Text;

namespace NetCompiler.CommandLine.Execution;

/// <summary>Reads <c>.net</c> files for the compiler, which itself touches no disk, and keeps their texts for diagnostics.</summary>
internal sealed class SourceFiles
{
    // Any real description is far smaller; a weights file given by mistake should not be parsed.
    const long LargestFile = 16 << 20;

    readonly Dictionary<string, SourceText> _texts = new(StringComparer.Ordinal);

    /// <summary>The texts read so far, by path.</summary>
    public IReadOnlyDictionary<string, SourceText> Texts => _texts;

    /// <summary>Compiles a file and those it uses, with the choices of the file's tuning records unless <paramref name="withRecord"/> is false.</summary>
    /// <exception cref="UserErrorException">The file cannot be read.</exception>
    public Compilation Compile(string path, CompilerOptions options, CancellationToken cancellation, bool withRecord = true) =>
        // The compiler joins paths with '/', which every system understands.
        Compilation.Create(Read(path.Replace(Path.DirectorySeparatorChar, '/')), TryRead, TryReadWeights, options with
        {
            Tuning = !withRecord ? null : TryRead(TuningRecord.PathOf(path.Replace(Path.DirectorySeparatorChar, '/'))),
            GpuTuning = !withRecord || options.Gpu == GpuCode.None ? null : TryRead(TuningRecord.PathOf(path.Replace(Path.DirectorySeparatorChar, '/'), onGpu: true)),
            Machine = MachineName.Current,
        }, cancellation);

    /// <summary>Compiles a file, prints what the compiler says about it, and gives up where there are errors.</summary>
    /// <exception cref="UserErrorException">The file cannot be read, or there are errors; those are printed.</exception>
    public static Compilation CompileOrFail(string path, Terminal terminal, CompilerOptions options, CancellationToken cancellation, bool withRecord = true)
    {
        var files = new SourceFiles();
        var compilation = files.Compile(path, options, cancellation, withRecord);
        var printer = new DiagnosticPrinter(terminal.Error, files.Texts);
        foreach (var diagnostic in compilation.Diagnostics)
            printer.Print(diagnostic);
        if (!compilation.HasErrors)
            return compilation;
        terminal.Remark($"{path}: {DiagnosticPrinter.Count(compilation.Diagnostics)}");
        throw new UserErrorException("");
    }

    SourceText Read(string path)
    {
        if (Directory.Exists(path))
            throw new UserErrorException($"{path} is a folder: name a .net file{Near(path)}");
        if (!File.Exists(path))
            throw new UserErrorException($"there is no file {path}{DidYouMean(path)}");
        return Remember(path, new FileInfo(path));
    }

    /// <summary>What a <c>use</c> names, or a tuning record, or null where there is no such file: the compiler knows the place of the mistake.</summary>
    /// <exception cref="UserErrorException">The file is too long, or no UTF-8.</exception>
    public SourceText? TryRead(string path) => File.Exists(path) ? Remember(path, new FileInfo(path)) : null;

    /// <summary>The header of a file of weights, or null where there is no such file; empty, which the compiler refuses, where it is too long.</summary>
    static string? TryReadWeights(string path)
    {
        if (!File.Exists(path))
            return null;
        using var stream = File.OpenRead(path);
        using var reader = new BinaryReader(stream);
        ulong length = stream.Length < sizeof(ulong) ? ulong.MaxValue : reader.ReadUInt64();
        return length <= LargestFile && (long)length <= stream.Length - sizeof(ulong) ? Encoding.UTF8.GetString(reader.ReadBytes((int)length)) : "";
    }

    SourceText Remember(string path, FileInfo file)
    {
        if (file.Length > LargestFile)
            throw new UserErrorException($"{path} has {Quantity.Bytes(file.Length)}: that is no .net file (the largest allowed is {Quantity.Bytes(LargestFile)})");
        try
        {
            using var reader = new StreamReader(path, new UTF8Encoding(false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: true);
            return _texts[path] = new SourceText(path, reader.ReadToEnd());
        }
        catch (DecoderFallbackException)
        {
            throw new UserErrorException($"{path} is not UTF-8 text: save it with that encoding, or name a .net file");
        }
    }

    static string Near(string folder) =>
        Directory.EnumerateFiles(folder, "*.net").Order(StringComparer.Ordinal).FirstOrDefault() is { } file ? $", such as {file}" : "";

    static string DidYouMean(string path)
    {
        var folder = Path.GetDirectoryName(path) ?? "";
        if (!Directory.Exists(folder.Length == 0 ? "." : folder))
            return $", nor the folder {folder}";
        var names = Directory.EnumerateFiles(folder.Length == 0 ? "." : folder, "*.net").Select(file => Path.GetFileName(file)!);
        return Suggestions.Closest(Path.GetFileName(path), names) is { } near ? $"; did you mean {Path.Combine(folder, near)}?" : "";
    }
}
