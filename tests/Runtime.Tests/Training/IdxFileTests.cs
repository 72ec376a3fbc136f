using System.IO.Compression;
using NetCompiler.Training;
using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests.Training;

public sealed class IdxFileTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("netc-");

    static readonly byte[] s_small = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6];

    public void Dispose() => _folder.Delete(recursive: true);

    string Write(byte[] content, string name = "file")
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    static byte[] Compress(byte[] content)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal))
            gzip.Write(content);
        return compressed.ToArray();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Shape_and_values_are_read_compressed_or_not(bool compressed)
    {
        var idx = IdxFile.Read(Write(compressed ? Compress(s_small) : s_small));
        idx.Shape.ShouldBe([2, 3]);
        idx.Values.ShouldBe([1, 2, 3, 4, 5, 6]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_cut_off_anywhere_is_refused_with_its_name_and_the_place(bool compressed)
    {
        var whole = compressed ? Compress(s_small) : s_small;
        for (var length = 0; length < whole.Length; length++)
        {
            var path = Write(whole[..length]);
            var error = Should.Throw<DataFileException>(() => IdxFile.Read(path), $"length {length}");
            error.Message.ShouldStartWith($"{path}, byte {error.Offset}: ");
            if (!compressed)
                error.Offset.ShouldBe(length);
        }
    }

    [Fact]
    public void Damage_to_any_byte_gives_a_clear_error_or_other_values_but_never_a_crash()
    {
        var random = new Philox4x32(4);
        foreach (var whole in new[] { s_small, Compress(s_small) })
        {
            var refused = 0;
            for (var trial = 0; trial < 50 * whole.Length; trial++)
            {
                var damaged = (byte[])whole.Clone();
                damaged[trial % whole.Length] ^= (byte)(1 + random.Next(255));
                try
                {
                    IdxFile.Read(Write(damaged)).Values.Length.ShouldBeGreaterThan(0);
                }
                catch (DataFileException)
                {
                    refused++;
                }
            }
            refused.ShouldBeGreaterThan(0);
        }
    }

    [Theory]
    [InlineData(new byte[] { 1, 0, 8, 1, 0, 0, 0, 1, 7 }, 0, "begins with two zero bytes")]
    [InlineData(new byte[] { 0, 0, 13, 1, 0, 0, 0, 1, 7 }, 2, "the element type is 13")]
    [InlineData(new byte[] { 0, 0, 8, 0 }, 3, "the number of axes is 0")]
    [InlineData(new byte[] { 0, 0, 8, 1, 0, 0, 0, 0 }, 4, "the dimension 0 of axis 0")]
    [InlineData(new byte[] { 0, 0, 8, 1, 255, 255, 255, 255 }, 4, "the dimension 4294967295 of axis 0")]
    [InlineData(new byte[] { 0, 0, 8, 2, 0, 1, 0, 0, 0, 1, 0, 0 }, 8, "makes more than")]
    [InlineData(new byte[] { 0, 0, 8, 1, 0, 0, 0, 1, 7, 7 }, 9, "follow the 1 values")]
    public void A_header_that_breaks_a_rule_is_refused_with_that_rule_and_place(byte[] content, int offset, string rule)
    {
        foreach (var file in new[] { content, Compress(content) })
        {
            var error = Should.Throw<DataFileException>(() => IdxFile.Read(Write(file)));
            error.Offset.ShouldBe(offset);
            error.Message.ShouldContain(rule);
        }
    }

    [Fact]
    public void A_small_compressed_file_that_claims_to_be_huge_does_not_make_the_reader_allocate_that_much()
    {
        var path = Write(Compress([0, 0, 8, 1, 0x70, 0, 0, 0, 1, 2, 3]));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Should.Throw<DataFileException>(() => IdxFile.Read(path)).Offset.ShouldBe(11);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(10_000_000);
    }

    static byte[] Idx(int[] shape, Func<int, byte> value) =>
    [
        0, 0, 8, (byte)shape.Length,
        .. shape.SelectMany(size => new[] { (byte)(size >> 24), (byte)(size >> 16), (byte)(size >> 8), (byte)size }),
        .. Enumerable.Range(0, shape.Aggregate((a, b) => a * b)).Select(value),
    ];

    void WriteMnist(int labels = 3, byte label = 9)
    {
        Write(Idx([3, 28, 28], i => (byte)(i % 256)), "train-images-idx3-ubyte");
        Write(Idx([labels], i => label), "train-labels-idx1-ubyte");
        Write(Compress(Idx([2, 28, 28], i => 255)), "t10k-images-idx3-ubyte.gz");
        Write(Compress(Idx([2], i => (byte)i)), "t10k-labels-idx1-ubyte.gz");
    }

    [Fact]
    public void Mnist_has_pixels_from_0_to_1_and_labels()
    {
        WriteMnist();
        var training = Mnist.Load(_folder.FullName, Split.Training);
        training.Count.ShouldBe(3);
        training.Column<float>("image").SampleShape.ShouldBe([1, 28, 28]);
        training.Column<float>("image")[0][51].ShouldBe(51 / 255f);
        training.Column<int>("label").Values.ToArray().ShouldBe([9, 9, 9]);
        Mnist.Load(_folder.FullName, Split.Test).Column<float>("image").Values.ToArray().ShouldAllBe(pixel => pixel == 1);
    }

    [Fact]
    public void Mnist_files_that_do_not_belong_together_are_refused()
    {
        WriteMnist(labels: 4);
        Should.Throw<DataFileException>(() => Mnist.Load(_folder.FullName, Split.Training)).Message.ShouldContain("there are 4 labels for the 3 images");
        WriteMnist(label: 10);
        Should.Throw<DataFileException>(() => Mnist.Load(_folder.FullName, Split.Training)).Offset.ShouldBe(8);
        File.Delete(Path.Combine(_folder.FullName, "train-labels-idx1-ubyte"));
        Should.Throw<FileNotFoundException>(() => Mnist.Load(_folder.FullName, Split.Training)).Message.ShouldContain("train-labels-idx1-ubyte");
    }

    [Fact]
    public void Digits_come_from_the_option_else_the_environment_else_are_synthetic_and_say_so()
    {
        WriteMnist();
        var (folder, empty) = (_folder.FullName, _folder.CreateSubdirectory("empty").FullName);
        SampleData.Find(SampleData.DigitFiles, folder, environment: empty).Source.ShouldBe($"the files in {folder}");
        SampleData.Find(SampleData.DigitFiles, null, folder).Source.ShouldBe($"the files in {folder} (NETC_DATA)");
        SampleData.Find(SampleData.DigitFiles, null, folder).Load(Split.Test).Count.ShouldBe(2);
        SampleData.Find(SampleData.DigitFiles, null, empty).Source.ShouldContain($"NETC_DATA names {empty}, which has no MNIST files");
        SampleData.Find(SampleData.DigitFiles, null, null).IsSynthetic.ShouldBeTrue();
        Should.Throw<DirectoryNotFoundException>(() => SampleData.Find(SampleData.DigitFiles, empty, folder)).Message.ShouldContain(empty);

        var parent = _folder.CreateSubdirectory("data");
        var mnist = parent.CreateSubdirectory("mnist").FullName;
        foreach (var file in _folder.GetFiles())
            file.CopyTo(Path.Combine(mnist, file.Name));
        SampleData.Find(SampleData.DigitFiles, parent.FullName, null).Source.ShouldBe($"the files in {mnist}");
    }

    [SkippableFact]
    public void The_real_MNIST_files_hold_60000_and_10000_digits()
    {
        var folder = Environment.GetEnvironmentVariable("NETC_DATA");
        Skip.If(string.IsNullOrEmpty(folder) || !Directory.Exists(Path.Combine(folder, "mnist")), "NETC_DATA names no folder with mnist");
        var data = SampleData.Mnist(folder);
        var (training, test) = (data.Load(Split.Training), data.Load(Split.Test));
        training.Count.ShouldBe(60_000);
        test.Count.ShouldBe(10_000);
        training.Column<int>("label").Values[..10].ToArray().ShouldBe([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
        // The figures by which everybody normalises MNIST.
        var pixels = training.Column<float>("image").Values;
        double sum = 0, squares = 0;
        foreach (var pixel in pixels)
        {
            sum += pixel;
            squares += (double)pixel * pixel;
        }
        var mean = sum / pixels.Length;
        mean.ShouldBe(0.1307, 0.00005);
        Math.Sqrt(squares / pixels.Length - mean * mean).ShouldBe(0.3081, 0.00005);
    }
}
