using System.IO.Compression;
using NetCompiler.Runtime;

namespace NetCompiler.Training;

/// <summary>
/// CIFAR-10 (Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009) in its binary form: records of a label
/// byte and 3072 bytes of pixels. Columns: image, f32[3, 32, 32] in [0, 1], and label, i32 in 0..9.
/// </summary>
public static class Cifar10
{
    /// <summary>The number of classes.</summary>
    public const int Classes = 10;

    const int Channels = 3, Size = 32, Pixels = Channels * Size * Size, Record = 1 + Pixels;

    // The database has 50,000 records for training: a file with more is none of its files.
    const int MostRecords = 50_000;

    /// <summary>Whether the folder has files of both splits.</summary>
    public static bool IsIn(string folder) => Directory.Exists(folder) && Files(folder, Split.Training).Length > 0 && Files(folder, Split.Test).Length > 0;

    /// <summary>Reads one split: data_batch_*.bin for training and test_*.bin for the test, with or without .gz, in the order of their names.</summary>
    /// <param name="folder">Has the files.</param>
    /// <param name="split">Which.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DataFileException">A file is damaged.</exception>
    public static Dataset Load(string folder, Split split)
    {
        var files = Files(folder, split);
        if (files.Length == 0)
            throw new FileNotFoundException($"there is no {Pattern(split)}, with or without .gz, in {folder}");
        var pixels = new List<float>();
        var labels = new List<int>();
        foreach (var file in files)
            Read(file, pixels, labels);
        return new Dataset(new Column<float>("image", [.. pixels], Channels, Size, Size), new Column<int>("label", [.. labels]));
    }

    static void Read(string path, List<float> pixels, List<int> labels)
    {
        const string cure = "get the file again";
        using var file = File.OpenRead(path);
        using Stream content = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        var record = new byte[Record];
        for (var count = 0; ; count++)
        {
            int read;
            try
            {
                read = content.ReadAtLeast(record, Record, throwOnEndOfStream: false);
            }
            catch (InvalidDataException error)
            {
                throw new DataFileException(path, null, $"the compressed data is damaged ({error.Message.TrimEnd('.')})", cure);
            }
            long offset = (long)count * Record;
            if (read == 0 && count > 0)
                return;
            if (read < Record)
                throw new DataFileException(path, offset, $"the file ends after {read} of the {Record} bytes of record {count}", cure);
            if (count == MostRecords)
                throw new DataFileException(path, offset, $"there are more than {MostRecords} records", cure);
            if (record[0] >= Classes)
                throw new DataFileException(path, offset, $"the label {record[0]} is not one of 0 to {Classes - 1}", cure);
            labels.Add(record[0]);
            foreach (var value in record.AsSpan(1))
                pixels.Add(value / 255f);
        }
    }

    static string[] Files(string folder, Split split) =>
        [.. Directory.GetFiles(folder, Pattern(split)).Concat(Directory.GetFiles(folder, Pattern(split) + ".gz")).Order(StringComparer.Ordinal)];

    static string Pattern(Split split) => split == Split.Training ? "data_batch_*.bin" : "test_*.bin";
}
