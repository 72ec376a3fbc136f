using System.IO.Compression;
using NetCompiler.Training;
using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests.Training;

public sealed class SampleDataTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("netc-");

    public void Dispose() => _folder.Delete(recursive: true);

    static byte[] Records(params byte[] labels) => [.. labels.SelectMany(label => new[] { label }.Concat(Enumerable.Range(0, 3072).Select(i => (byte)(i + label))))];

    string Write(string name, byte[] content)
    {
        var path = Path.Combine(_folder.FullName, name);
        using Stream file = File.Create(path);
        using var stream = name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionLevel.Fastest) : file;
        stream.Write(content);
        return path;
    }

    [Fact]
    public void Cifar_files_are_read_in_the_order_of_their_names_compressed_or_not()
    {
        Write("data_batch_2.bin", Records(7));
        Write("data_batch_1.bin.gz", Records(3, 9));
        Write("test_batch.bin", Records(1));
        Cifar10.IsIn(_folder.FullName).ShouldBeTrue();
        var training = Cifar10.Load(_folder.FullName, Split.Training);
        training.Column<int>("label").Values.ToArray().ShouldBe([3, 9, 7]);
        training.Column<float>("image")[1][2].ShouldBe(11 / 255f);
        Cifar10.Load(_folder.FullName, Split.Test).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3072)]
    [InlineData(3074)]
    public void A_Cifar_file_that_ends_within_a_record_is_refused_with_its_name(int length)
    {
        var path = Write("data_batch_1.bin", Records(1, 2)[..length]);
        Write("test_batch.bin", Records(1));
        Should.Throw<DataFileException>(() => Cifar10.Load(_folder.FullName, Split.Training)).Message.ShouldStartWith(path);
    }

    [Fact]
    public void A_Cifar_label_that_is_no_class_is_refused_with_its_place()
    {
        Write("data_batch_1.bin", Records(1, 10));
        Write("test_batch.bin", Records(1));
        Should.Throw<DataFileException>(() => Cifar10.Load(_folder.FullName, Split.Training)).Offset.ShouldBe(3073);
    }

    [Fact]
    public void Shifting_and_mirroring_keeps_what_stays_inside_and_fills_with_zeros()
    {
        // One pixel of each channel is set: it may leave the image, but never become two.
        var moved = new HashSet<int>();
        for (ulong seed = 1; seed <= 200; seed++)
        {
            var image = new float[2 * 4 * 5];
            image[1 * 5 + 2] = 1;
            image[20 + 3 * 5 + 4] = 2;
            Augmentation.ShiftAndMirror(image, 2, 4, 5, shift: 1, new Philox4x32(seed));
            var places = Enumerable.Range(0, 20).Where(i => image[i] != 0).ToList();
            places.ShouldHaveSingleItem();
            moved.Add(places[0]);
            image.Count(value => value == 2).ShouldBeLessThanOrEqualTo(1);
        }
        // Three rows times columns 1, 2, 3, from the mirrored image the same.
        moved.Order().ShouldBe([1, 2, 3, 6, 7, 8, 11, 12, 13]);
    }

    [Fact]
    public void Shapes_differ_between_splits_and_are_the_same_each_time()
    {
        var (a, b) = (SyntheticShapes.Create(Split.Training, 20), SyntheticShapes.Create(Split.Training, 20));
        a.Column<float>("image").Values.ToArray().ShouldBe(b.Column<float>("image").Values.ToArray());
        a.Column<float>("image").Values.ToArray().ShouldNotBe(SyntheticShapes.Create(Split.Test, 20).Column<float>("image").Values.ToArray());
        a.Column<int>("label").Values.ToArray().ShouldBe([.. Enumerable.Range(0, 20).Select(i => i % 10)]);
    }

    [Fact]
    public void Names_lose_case_and_accents_and_their_languages_are_the_files()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "B.txt"), "Éla\nO'Neill\nABC\nD\nE\nF\n");
        File.WriteAllText(Path.Combine(_folder.FullName, "A.txt"), "Żak\nŻak\n");
        SurnameFiles.Languages(_folder.FullName).ShouldBe(["A", "B"]);
        var training = SurnameFiles.Load(_folder.FullName, Split.Training);
        training.Count.ShouldBe(6);
        var all = new[] { training, SurnameFiles.Load(_folder.FullName, Split.Test) }.SelectMany(part => Enumerable.Range(0, part.Count)
            .Select(i => (Name: string.Concat(part.Column<int>("name")[i].ToArray().Where(letter => letter > 0).Select(letter => SurnameFiles.Alphabet[letter - 1])),
                Length: part.Column<int>("length")[i][0], Label: part.Column<int>("label")[i][0])));
        all.Order().ShouldBe([("abc", 3, 1), ("d", 1, 1), ("e", 1, 1), ("ela", 3, 1), ("f", 1, 1), ("o'neill", 7, 1), ("zak", 3, 0)]);
    }

    [Fact]
    public void Invented_names_are_in_one_split_only()
    {
        var (training, test) = (SampleData.Find(SampleData.SurnameData, null, null).Load(Split.Training), SampleData.Find(SampleData.SurnameData, null, null).Load(Split.Test));
        HashSet<string> Names(Dataset data) => [.. Enumerable.Range(0, data.Count).Select(i => string.Join(",", data.Column<int>("name")[i].ToArray()))];
        Names(training).Overlaps(Names(test)).ShouldBeFalse();
        test.Count.ShouldBeGreaterThan(500);
    }

    [Fact]
    public void Windows_of_a_text_follow_each_other_in_every_stream()
    {
        var text = new CharacterText("abcdefghijklmnopqrstu");
        var windows = text.Windows(0, 21, steps: 3, streams: 2).Select(window => (Text: window.Text.ToArray(), Next: window.Next.ToArray())).ToList();
        windows.Count.ShouldBe(3);
        text.Decode(windows[0].Text).ShouldBe("akblcm");
        text.Decode(windows[0].Next).ShouldBe("blcmdn");
        text.Decode(windows[1].Text).ShouldBe("dneofp");
        text.Windows(0, 3, steps: 5, streams: 1).ShouldBeEmpty();
        Should.Throw<ArgumentException>(() => text.Encode("A")).Message.ShouldContain("U+0041");
    }
}
