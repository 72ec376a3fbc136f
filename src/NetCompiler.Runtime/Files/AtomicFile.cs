namespace NetCompiler.Runtime;

/// <summary>Files that appear whole or not at all, whatever interrupts their writing.</summary>
public static class AtomicFile
{
    /// <summary>Writes a temporary file in the same folder, flushes it to the disk and gives it the name, replacing what was there.</summary>
    /// <param name="path">The file's name.</param>
    /// <param name="write">Writes the content. If it throws, the file stays as it was.</param>
    /// <exception cref="IOException">The folder does not exist or cannot be written to.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var target = Path.GetFullPath(path);
        // In the same folder, because only within a file system is renaming one step.
        var temporary = Path.Combine(Path.GetDirectoryName(target) ?? "", $".{Path.GetFileName(target)}.{Path.GetRandomFileName()}");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
