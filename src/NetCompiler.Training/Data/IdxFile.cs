using System.Buffers.Binary;
using System.IO.Compression;
using NetCompiler.Runtime;

namespace NetCompiler.Training;

/// <summary>
/// A file of bytes in the idx format of the MNIST database: two zero bytes, the element type, the number of axes, the
/// dimensions as big-endian 32-bit integers, the values. Compressed with gzip or not, as the content shows.
/// </summary>
/// <param name="Shape">The dimensions, outermost first.</param>
/// <param name="Values">The values in row-major order.</param>
public sealed record IdxFile(IReadOnlyList<int> Shape, byte[] Values)
{
    const byte UnsignedByte = 8;
    const string Cure = "the file is damaged or no idx file: get it again";

    /// <summary>Reads a file.</summary>
    /// <exception cref="DataFileException">The file is damaged or holds other values than bytes. Offsets are those after decompression.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IdxFile Read(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> magic = stackalloc byte[2];
        var isGzip = file.ReadAtLeast(magic, 2, throwOnEndOfStream: false) == 2 && magic is [0x1F, 0x8B];
        file.Position = 0;
        if (!isGzip)
            return new Reader(path, file, file.Length).Read();
        using var content = new GZipStream(file, CompressionMode.Decompress, leaveOpen: true);
        var reader = new Reader(path, content, null);
        var idx = reader.Read();
        CheckTrailer(path, file, reader.Offset);
        return idx;
    }

    /// <summary>A gzip file ends with the length of its content. GZipStream does not miss it in a file that was cut off there.</summary>
    static void CheckTrailer(string path, FileStream file, long contentLength)
    {
        Span<byte> trailer = stackalloc byte[sizeof(uint)];
        file.Seek(-trailer.Length, SeekOrigin.End);
        file.ReadExactly(trailer);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(trailer);
        if (length != (uint)contentLength)
            throw new DataFileException(path, contentLength, $"the compressed file ends with the length {length}, but its content has {contentLength} bytes: it was cut off or altered", Cure);
    }

    sealed class Reader(string path, Stream content, long? length)
    {
        const int FirstChunk = 1 << 20;
        long _offset;

        public long Offset => _offset;

        public IdxFile Read()
        {
            var start = ReadBlock(4, "the first four bytes");
            if (start[0] != 0 || start[1] != 0)
                throw Error(0, $"an idx file begins with two zero bytes, not {start[0]}, {start[1]}");
            if (start[2] != UnsignedByte)
                throw Error(2, $"the element type is {start[2]}, and only {UnsignedByte} (unsigned byte) is read");
            if (start[3] == 0)
                throw Error(3, "the number of axes is 0");
            var sizes = ReadBlock(4 * start[3], $"the dimensions of {start[3]} axes");
            var shape = new int[start[3]];
            long count = 1;
            for (var axis = 0; axis < shape.Length; axis++)
            {
                shape[axis] = BinaryPrimitives.ReadInt32BigEndian(sizes.AsSpan(4 * axis));
                count *= shape[axis];
                if (shape[axis] <= 0 || count > Array.MaxLength)
                    throw Error(4 + 4 * axis, $"the dimension {(uint)shape[axis]} of axis {axis} is 0 or makes more than {Array.MaxLength} values");
            }
            if (_offset + count < length)
                throw Error(_offset + count, $"{length - _offset - count} bytes follow the {count} values of [{string.Join(", ", shape)}]");
            var values = ReadBlock((int)count, $"the {count} values of [{string.Join(", ", shape)}]");
            if (TryRead(new byte[1]) != 0)
                throw Error(_offset - 1, $"bytes follow the {count} values of [{string.Join(", ", shape)}]");
            return new IdxFile(shape, values);
        }

        byte[] ReadBlock(int count, string what)
        {
            if (_offset + count > length)
                throw Error(length.Value, $"the file ends within {what}");
            // Of a compressed file nothing tells the true length: memory grows with what is really there.
            var block = new byte[length is null ? Math.Min(count, FirstChunk) : count];
            var filled = 0;
            while (true)
            {
                var read = TryRead(block.AsSpan(filled));
                filled += read;
                if (filled == count)
                    return block;
                if (filled < block.Length)
                    throw Error(_offset, $"the file ends within {what}");
                Array.Resize(ref block, (int)Math.Min(2L * block.Length, count));
            }
        }

        int TryRead(Span<byte> target)
        {
            try
            {
                var read = content.ReadAtLeast(target, target.Length, throwOnEndOfStream: false);
                _offset += read;
                return read;
            }
            catch (InvalidDataException error)
            {
                throw Error(_offset, $"the compressed data is damaged ({error.Message.TrimEnd('.')})");
            }
        }

        DataFileException Error(long offset, string constraint) => new(path, offset, constraint, Cure);
    }
}
