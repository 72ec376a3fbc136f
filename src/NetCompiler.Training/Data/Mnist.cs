using NetCompiler.Runtime;

namespace NetCompiler.Training;

/// <summary>The two parts of a data set.</summary>
public enum Split
{
    /// <summary>For learning.</summary>
    Training,

    /// <summary>For measuring what was learned.</summary>
    Test,
}

/// <summary>
/// The MNIST database of handwritten digits (LeCun, Cortes and Burges) and sets with the same files, such as Fashion-MNIST.
/// Columns: image, f32[1, 28, 28] in [0, 1], and label, i32 in 0..9.
/// </summary>
public static class Mnist
{
    /// <summary>The number of classes.</summary>
    public const int Classes = 10;

    /// <summary>Whether the folder has the files of both splits.</summary>
    public static bool IsIn(string folder) =>
        Enum.GetValues<Split>().All(split => Find(folder, split, "images", 3) is not null && Find(folder, split, "labels", 1) is not null);

    /// <summary>Reads one split.</summary>
    /// <param name="folder">Has train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, with or without .gz.</param>
    /// <param name="split">Which.</param>
    /// <exception cref="FileNotFoundException">A file is not there.</exception>
    /// <exception cref="DataFileException">A file is damaged, or the two do not belong together.</exception>
    public static Dataset Load(string folder, Split split)
    {
        const string cure = "get the file again";
        var imagePath = Require(folder, split, "images", 3);
        var labelPath = Require(folder, split, "labels", 1);
        var images = IdxFile.Read(imagePath);
        var labels = IdxFile.Read(labelPath);
        if (images.Shape is not [var count, var height, var width])
            throw new DataFileException(imagePath, 3, $"images have 3 axes, not {images.Shape.Count}", cure);
        if (labels.Shape is not [var labelCount])
            throw new DataFileException(labelPath, 3, $"labels have 1 axis, not {labels.Shape.Count}", cure);
        if (labelCount != count)
            throw new DataFileException(labelPath, 4, $"there are {labelCount} labels for the {count} images of {imagePath}", cure);
        if (labels.Values.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)(Classes - 1)) is >= 0 and var wrong)
            throw new DataFileException(labelPath, 8 + wrong, $"the label {labels.Values[wrong]} is not one of 0 to {Classes - 1}", cure);

        var pixels = new float[images.Values.Length];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = images.Values[i] / 255f;
        return new Dataset(
            new Column<float>("image", pixels, 1, height, width),
            new Column<int>("label", Array.ConvertAll(labels.Values, label => (int)label)));
    }

    static string Require(string folder, Split split, string kind, int axes) => Find(folder, split, kind, axes)
        ?? throw new FileNotFoundException($"there is no {FileName(split, kind, axes)}, with or without .gz, in {folder}");

    static string? Find(string folder, Split split, string kind, int axes)
    {
        var path = Path.Combine(folder, FileName(split, kind, axes));
        return File.Exists(path) ? path : File.Exists(path + ".gz") ? path + ".gz" : null;
    }

    static string FileName(Split split, string kind, int axes) => $"{(split == Split.Training ? "train" : "t10k")}-{kind}-idx{axes}-ubyte";
}
