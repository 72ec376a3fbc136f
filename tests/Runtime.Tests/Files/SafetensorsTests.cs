using System.Buffers.Binary;
using System.Text;
using NetCompiler.Runtime.Tests.Networks;
using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests.Files;

public sealed class SafetensorsTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("netc-");

    public void Dispose() => _folder.Delete(recursive: true);

    string PathOf(string name) => Path.Combine(_folder.FullName, name);

    string Write(string header, int dataBytes, string name = "test.safetensors")
    {
        var json = Encoding.UTF8.GetBytes(header);
        var file = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(file, json.Length);
        json.CopyTo(file, 8);
        File.WriteAllBytes(PathOf(name), file);
        return PathOf(name);
    }

    static byte[][] Contents(Network network) => [.. network.Variables.Select(variable => variable.Bytes.ToArray())];

    [Fact]
    public void What_is_saved_is_loaded_again_bit_by_bit()
    {
        var (saved, loaded) = (new TestNetwork(seed: 1), new TestNetwork(seed: 2));
        saved.Weight.Span[0] = float.NaN;
        saved.Weight.Span[1] = -0f;
        saved.Save(PathOf("a"));
        var report = loaded.Load(PathOf("a"));
        report.IsExact.ShouldBeTrue();
        report.ToString().ShouldEndWith("7 of 7 variables of TestNetwork match");
        Contents(loaded).ShouldBe(Contents(saved));
    }

    [Fact]
    public void A_state_that_follows_the_calls_is_saved_with_its_present_size_and_takes_that_of_the_file()
    {
        var (saved, loaded) = (new SizedNetwork(), new SizedNetwork());
        saved.Call(4);
        saved.Hidden.Span[11] = 42;
        saved.Save(PathOf("a"));
        loaded.Call(1);
        loaded.Load(PathOf("a")).IsExact.ShouldBeTrue();
        loaded.Hidden.ToString().ShouldBe("hidden : f32[4, 3]");
        loaded.Hidden.Span[11].ShouldBe(42);
        loaded.Call(4);
        loaded.Hidden.Span[11].ShouldBe(42);

        new SizedNetwork().Save(PathOf("b"));
        loaded.Load(PathOf("b"));
        loaded.Hidden.Length.ShouldBe(0);

        var file = Write("""{"hidden":{"dtype":"F32","shape":[2,4],"data_offsets":[0,32]}}""", 32);
        loaded.Load(file, LoadMode.Matching).Mismatched.Select(tensor => tensor.ToString()).ShouldBe(["hidden: F32[_, 3] in the network, F32[2, 4] in the file"]);
    }

    [Fact]
    public void Saving_twice_gives_the_same_bytes_and_leaves_nothing_else_in_the_folder()
    {
        new TestNetwork().Save(PathOf("a"));
        new TestNetwork().Save(PathOf("b"));
        File.ReadAllBytes(PathOf("b")).ShouldBe(File.ReadAllBytes(PathOf("a")));
        _folder.GetFiles().Select(file => file.Name).Order().ShouldBe(["a", "b"]);
    }

    [Fact]
    public void Tensors_are_aligned_in_the_file_and_metadata_names_the_network()
    {
        new TestNetwork().Save(PathOf("a"));
        using var file = SafetensorsFile.Open(PathOf("a"));
        file.Metadata["format"].ShouldBe("netcompiler");
        file.Metadata["network"].ShouldBe("TestNetwork");
        (BinaryPrimitives.ReadInt64LittleEndian(File.ReadAllBytes(PathOf("a"))) % 8).ShouldBe(0);
        file.Tensors.ShouldAllBe(tensor => tensor.Begin % SafetensorsFile.BytesPerElement(tensor.ElementType) == 0);
        file.Tensors.Single(tensor => tensor.Name == "dense.weight").ToString().ShouldBe("F32[5, 7]");
    }

    [Fact]
    public void A_file_cut_off_anywhere_is_refused_with_its_name_and_the_place_and_changes_nothing()
    {
        new TestNetwork(seed: 1).Save(PathOf("whole"));
        var whole = File.ReadAllBytes(PathOf("whole"));
        var network = new TestNetwork(seed: 2);
        var before = Contents(network);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(PathOf("cut"), whole[..length]);
            var error = Should.Throw<DataFileException>(() => network.Load(PathOf("cut"), LoadMode.Matching), $"length {length}");
            error.Offset.ShouldBe(length);
            error.Message.ShouldStartWith($"{PathOf("cut")}, byte {length}: ");
        }
        Contents(network).ShouldBe(before);
    }

    [Fact]
    public void Damage_to_any_byte_of_the_header_never_ends_in_anything_but_a_clear_error_or_a_valid_file()
    {
        new TestNetwork(seed: 1).Save(PathOf("whole"));
        var whole = File.ReadAllBytes(PathOf("whole"));
        var headerEnd = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(whole);
        var refused = 0;
        var random = new Philox4x32(3);
        for (var at = 0; at < headerEnd; at++)
        {
            var damaged = (byte[])whole.Clone();
            damaged[at] ^= (byte)(1 + random.Next(255));
            File.WriteAllBytes(PathOf("damaged"), damaged);
            try
            {
                new TestNetwork().Load(PathOf("damaged"), LoadMode.Matching);
            }
            catch (DataFileException)
            {
                refused++;
            }
        }
        refused.ShouldBeGreaterThan(headerEnd / 2);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "'a' occurs twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "overlaps")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}""", 16, "gap of 4 bytes before the data of 'b'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 9, "1 bytes belong to no tensor")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7, "after the end of the file")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "'a' has 8 bytes of data but F32[3] needs 12")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "needs 9223372036854775807")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,0]}}""", 0, "integers of at least 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1e99],"data_offsets":[0,0]}}""", 0, "integers of at least 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[8,0]}}""", 8, "before it begins")]
    [InlineData("""{"a":{"dtype":"F33","shape":[0],"data_offsets":[0,0]}}""", 0, "unknown dtype 'F33'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[0]}}""", 0, "two data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0],"shape":[0],"data_offsets":[0,0]}}""", 0, "repeated property 'shape'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0]}}""", 0, "must have dtype, shape and two data_offsets")]
    [InlineData("""{"a":5}""", 0, "'a' must be a JSON object")]
    [InlineData("""{"__metadata__":{"x":1}}""", 0, "must be a JSON string")]
    [InlineData("""[]""", 0, "the header must be a JSON object")]
    [InlineData("""{} {}""", 0, "well-formed")]
    [InlineData("""{"a":""", 0, "well-formed")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", 0, "well-formed")]
    [InlineData("", 0, "well-formed")]
    public void A_header_that_breaks_a_rule_is_refused_with_that_rule(string header, int dataBytes, string rule)
    {
        var path = Write(header, dataBytes);
        var error = Should.Throw<DataFileException>(() => SafetensorsFile.Open(path));
        error.Message.ShouldStartWith(path);
        error.Message.ShouldContain(rule);
        error.Message.ShouldContain("get it again");
    }

    [Fact]
    public void A_header_length_beyond_the_limit_is_refused_without_allocating_it()
    {
        var file = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(file, ulong.MaxValue);
        File.WriteAllBytes(PathOf("huge"), file);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Should.Throw<DataFileException>(() => SafetensorsFile.Open(PathOf("huge"))).Message.ShouldContain("exceeds the limit");
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000_000);
    }

    [Fact]
    public void Truth_values_other_than_0_and_1_are_refused()
    {
        var network = new TestNetwork();
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(network.Values<bool>("flag"))[0] = 2;
        network.Save(PathOf("a"));
        Should.Throw<DataFileException>(() => new TestNetwork().Load(PathOf("a"))).Message.ShouldContain("'flag' has the truth value 2");
    }

    [Fact]
    public void A_file_that_differs_changes_nothing_and_the_error_lists_every_difference()
    {
        var path = Write("""{"dense.bias":{"dtype":"F32","shape":[7],"data_offsets":[0,28]},"steps":{"dtype":"I64","shape":[],"data_offsets":[28,36]},"new":{"dtype":"BF16","shape":[2],"data_offsets":[36,40]}}""", 40);
        var network = new TestNetwork();
        var before = Contents(network);
        var error = Should.Throw<LoadException>(() => network.Load(path));
        error.Report.Matched.ShouldBe(["dense.bias"]);
        error.Report.Missing.ShouldBe(["dense.weight", "flag", "octets", "wide", "long"]);
        error.Report.Unexpected.ShouldBe(["new"]);
        error.Report.Mismatched.ShouldBe([new MismatchedTensor("steps", "I32[]", "I64[]")]);
        error.Message.ShouldBe($"""
            {path}: 1 of 7 variables of TestNetwork match
              5 missing from the file:
                dense.weight
                flag
                octets
                wide
                long
              1 unexpected in the file:
                new
              1 of another type or shape:
                steps: I32[] in the network, I64[] in the file
            nothing was changed; load what matches with LoadMode.Matching
            """);
        Contents(network).ShouldBe(before);

        network.Load(path, LoadMode.Matching).Matched.ShouldBe(["dense.bias"]);
        network["dense.bias"].Bytes.ToArray().ShouldAllBe(octet => octet == 0);
        network["dense.weight"].Bytes.ToArray().ShouldBe(before[0]);
    }

    [Fact]
    public void A_write_that_fails_leaves_the_old_file_and_no_other()
    {
        File.WriteAllText(PathOf("a"), "old");
        Should.Throw<InvalidOperationException>(() => AtomicFile.Write(PathOf("a"), stream =>
        {
            stream.WriteByte(1);
            throw new InvalidOperationException();
        }));
        File.ReadAllText(PathOf("a")).ShouldBe("old");
        _folder.GetFiles().Length.ShouldBe(1);
    }

    [Fact]
    public void Saving_into_a_folder_that_does_not_exist_is_an_io_error() =>
        Should.Throw<IOException>(() => new TestNetwork().Save(PathOf("none/a")));
}
