using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// The gradient of filters: a group of threads, or several of them, for each block of 3 x 4 elements of a filter's channel, folded over the
/// images and their positions. The elements of a block share each result's gradient and where it is.
/// </summary>
struct DirectFilterKernel(ConvolutionSizes sizes, ArrayView<float> x, ArrayView<float> dy, ArrayView<float> dw) : IGpuKernel<DirectFilterKernel>, IGpuParts
{
    const int BlockRows = 3, BlockColumns = 4;

    /// <summary>Elements of a block.</summary>
    public const int Sums = BlockRows * BlockColumns;

    readonly ConvolutionSizes _sizes = sizes;
    readonly ArrayView<float> _x = x, _dy = dy, _dw = dw;
    readonly Divisor _outHeight = new(sizes.OutHeight), _outWidth = new(sizes.OutWidth);
    readonly Divisor _down = new((sizes.KernelHeight + BlockRows - 1) / BlockRows), _across = new((sizes.KernelWidth + BlockColumns - 1) / BlockColumns);
    readonly Divisor _inOfGroup = new(sizes.InOfGroup), _outOfGroup = new(sizes.OutOfGroup);

    public GpuParts Parts { readonly get; set; }

    /// <summary>The blocks, which are rows to a launch.</summary>
    public readonly long Blocks => (long)_sizes.OutChannels * _sizes.InOfGroup * _down.Value * _across.Value;

    public static void Run(DirectFilterKernel kernel)
    {
        int number = GpuRow.Number;
        var parts = kernel.Parts;
        // The block's channel, and its first row and column there.
        var block = new PlanePosition(number, kernel._down, kernel._across);
        int row = block.Row * BlockRows, column = block.Column * BlockColumns;
        int rows = kernel._sizes.KernelHeight - row, columns = kernel._sizes.KernelWidth - column;
        Float4 first = default, second = default, third = default;
        if (parts.Does(0))
        {
            var s = kernel._sizes;
            int outChannel = kernel._inOfGroup.Quotient(block.Plane);
            int inChannel = kernel._outOfGroup.Quotient(outChannel) * kernel._inOfGroup.Value + (block.Plane - outChannel * kernel._inOfGroup.Value);
            int top = row * s.DilationHeight - s.PadTop, left = column * s.DilationWidth - s.PadLeft, toNext = s.DilationHeight * s.InWidth;
            int positions = s.Images * s.OutPositions, outPlane = s.OutPositions, step = GpuRow.Step(parts);
            for (int position = GpuRow.First; position < positions; position += step)
            {
                var result = new PlanePosition(position, kernel._outHeight, kernel._outWidth);
                float gradient = kernel._dy[position + (result.Plane * (s.OutChannels - 1) + outChannel) * outPlane];
                int y = result.Row * s.StrideHeight + top, x = result.Column * s.StrideWidth + left;
                int at = ((result.Plane * s.InChannels + inChannel) * s.InHeight + y) * s.InWidth + x;
                first = kernel.Add(first, gradient, at, y, x, columns);
                if (rows > 1)
                    second = kernel.Add(second, gradient, at + toNext, y + s.DilationHeight, x, columns);
                if (rows > 2)
                    third = kernel.Add(third, gradient, at + 2 * toNext, y + 2 * s.DilationHeight, x, columns);
            }
        }
        else
        {
            for (int part = GpuRow.FirstKept; part < parts.Count; part += GpuRow.StepOfKept)
            {
                first = AddKept(first, parts, 0, number, part, columns);
                if (rows > 1)
                    second = AddKept(second, parts, BlockColumns, number, part, columns);
                if (rows > 2)
                    third = AddKept(third, parts, 2 * BlockColumns, number, part, columns);
            }
        }
        int element = (block.Plane * kernel._sizes.KernelHeight + row) * kernel._sizes.KernelWidth + column;
        kernel.End(first, 0, number, element, columns);
        if (rows > 1)
            kernel.End(second, BlockColumns, number, element + kernel._sizes.KernelWidth, columns);
        if (rows > 2)
            kernel.End(third, 2 * BlockColumns, number, element + 2 * kernel._sizes.KernelWidth, columns);
    }

    /// <summary>Adds what a result's gradient makes of a row of a block, of which the filter has so many columns.</summary>
    readonly Float4 Add(Float4 sums, float gradient, int at, int y, int x, int columns)
    {
        if ((uint)y >= (uint)_sizes.InHeight)
            return sums;
        int dilation = _sizes.DilationWidth;
        sums.X += gradient * At(at, x);
        if (columns > 1)
            sums.Y += gradient * At(at + dilation, x + dilation);
        if (columns > 2)
            sums.Z += gradient * At(at + 2 * dilation, x + 2 * dilation);
        if (columns > 3)
            sums.W += gradient * At(at + 3 * dilation, x + 3 * dilation);
        return sums;
    }

    readonly float At(int place, int column)
    {
        float value = 0f;
        if ((uint)column < (uint)_sizes.InWidth)
            value = _x[place];
        return value;
    }

    static Float4 AddKept(Float4 sums, GpuParts parts, int sum, int number, int part, int columns)
    {
        sums.X += parts.Kept(sum, number, part);
        if (columns > 1)
            sums.Y += parts.Kept(sum + 1, number, part);
        if (columns > 2)
            sums.Z += parts.Kept(sum + 2, number, part);
        if (columns > 3)
            sums.W += parts.Kept(sum + 3, number, part);
        return sums;
    }

    /// <summary>Folds a row of a block and stores it, or keeps it for the launch that adds the parts.</summary>
    readonly void End(Float4 sums, int sum, int number, int element, int columns)
    {
        End(sums.X, sum, number, element);
        if (columns > 1)
            End(sums.Y, sum + 1, number, element + 1);
        if (columns > 2)
            End(sums.Z, sum + 2, number, element + 2);
        if (columns > 3)
            End(sums.W, sum + 3, number, element + 3);
    }

    readonly void End(float value, int sum, int number, int element)
    {
        value = GpuRow.Sum(value);
        if (!GpuRow.IsFirst)
            return;
        if (Parts.Keeps(0))
            Parts.Keep(sum, number, value);
        else
            _dw[element] = value;
    }
}
