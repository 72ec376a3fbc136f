using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>
/// The Fourier transform of square tiles (Mathieu, Henaff and LeCun, 2013) as real products: a complex product is three of them (Gauss), and of
/// the spectrum of real numbers only one of each conjugate pair is kept.
/// </summary>
/// <remarks>
/// Rows are transformed in pairs, one as the real and one as the imaginary part, and so are the two columns whose spectra are those
/// of real numbers, 0 and size / 2. Slots: the four real numbers at (0, 0), (0, size/2), (size/2, 0), (size/2, size/2); then three for
/// each complex number of column 0, of column size / 2 (rows 1 to size/2 - 1) and of the columns between (all rows).
/// </remarks>
readonly unsafe struct FftTransform : ITileTransform
{
    static readonly PinnedBuffer?[] RootsOfSizes = new PinnedBuffer?[65];

    readonly int _size;
    readonly nint _kernelHeight, _kernelWidth;
    readonly PinnedBuffer _roots;

    /// <summary>Tiles of <paramref name="size"/> (8, 16, 32, 64) by as many, at least as large as the filter.</summary>
    public FftTransform(int size, nint kernelHeight, nint kernelWidth)
    {
        (_size, _kernelHeight, _kernelWidth) = (size, kernelHeight, kernelWidth);
        if (RootsOfSizes[size] is not { } roots)
        {
            roots = new PinnedBuffer(2 * size * sizeof(float));
            Fft.Roots(size).CopyTo(roots.At<float>().AsSpan(2 * size));
            RootsOfSizes[size] = roots;
        }
        _roots = roots;
    }

    /// <summary>The real products of a tile of this size.</summary>
    public static nint SlotsOf(int size) => 4 + 3 * ((size / 2 - 1) * size + size - 2);

    public nint Slots => SlotsOf(_size);

    public nint Extent => _size;

    public nint StepHeight => _size - _kernelHeight + 1;

    public nint StepWidth => _size - _kernelWidth + 1;

    // The half spectrum [size / 2 columns, size rows, 2, 16], a line before and after a transform, and what that needs.
    public nint ScratchLength => _size * _size * 16 + 2 * _size * 32 + Fft.ScratchLength(_size);

    [MethodImpl(Simd.Optimised)]
    public void Input<TOperations, TVector>(float* x, nint rowStride, float* v, nint slotStride, float* scratch)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        int half = _size / 2;
        for (int lane = 0; lane < 16; lane += TOperations.Lanes)
        {
            Spectrum<TOperations, TVector>(x + lane, rowStride, 16, _size, scratch);
            float* slot = v + lane;
            for (int k = 0; k <= half; k += half, slot += 2 * slotStride)
            {
                TOperations.Store(slot, TOperations.Load(scratch + k * 32));
                TOperations.Store(slot + slotStride, TOperations.Load(scratch + k * 32 + 16));
            }
            for (int part = 0; part < 2; part++)
                for (int k = 1; k < half; k++, slot += 3 * slotStride)
                {
                    Separate<TOperations, TVector>(scratch + k * 32, scratch + (_size - k) * 32, part, out var re, out var im);
                    StoreInput<TOperations, TVector>(slot, slotStride, re, im);
                }
            for (float* number = scratch + _size * 32, end = scratch + half * _size * 32; number < end; number += 32, slot += 3 * slotStride)
                StoreInput<TOperations, TVector>(slot, slotStride, TOperations.Load(number), TOperations.Load(number + 16));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void StoreInput<TOperations, TVector>(float* slot, nint slotStride, TVector re, TVector im)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        TOperations.Store(slot, re);
        TOperations.Store(slot + slotStride, im);
        TOperations.Store(slot + 2 * slotStride, TOperations.Add(re, im));
    }

    // With U the filter's conjugate spectrum, the slots' factors are Ui - Ur, Ur + Ui, Ur: V U = (third - second) + i (third + first).
    public void Filter<TOperations, TVector>(float* w, float* u, nint slotStride, float* scratch)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        float* padded = (float*)Scratch.Get<float>(ScratchUse.PaddedImage, _size * _size * 16).Address;
        new Span<float>(padded, _size * _size * 16).Clear();
        for (nint i = 0; i < _kernelHeight; i++)
            new Span<float>(w + i * _kernelWidth * 16, (int)_kernelWidth * 16).CopyTo(new Span<float>(padded + i * _size * 16, (int)_kernelWidth * 16));
        int half = _size / 2;
        TVector minus = TOperations.Splat(-1f), zero = default, scale = TOperations.Splat(1f / (_size * _size));
        for (int lane = 0; lane < 16; lane += TOperations.Lanes)
        {
            Spectrum<TOperations, TVector>(padded + lane, _size * 16, 16, (int)_kernelHeight, scratch);
            float* slot = u + lane;
            for (int k = 0; k <= half; k += half, slot += 2 * slotStride)
            {
                TOperations.Store(slot, TOperations.MultiplyAdd(scale, TOperations.Load(scratch + k * 32), zero));
                TOperations.Store(slot + slotStride, TOperations.MultiplyAdd(scale, TOperations.Load(scratch + k * 32 + 16), zero));
            }
            for (int part = 0; part < 2; part++)
                for (int k = 1; k < half; k++, slot += 3 * slotStride)
                {
                    Separate<TOperations, TVector>(scratch + k * 32, scratch + (_size - k) * 32, part, out var re, out var im);
                    StoreFilter(slot, re, im);
                }
            for (float* number = scratch + _size * 32, end = scratch + half * _size * 32; number < end; number += 32, slot += 3 * slotStride)
                StoreFilter(slot, TOperations.Load(number), TOperations.Load(number + 16));
        }

        void StoreFilter(float* slot, TVector re, TVector im)
        {
            re = TOperations.MultiplyAdd(scale, re, zero);
            im = TOperations.MultiplyAdd(scale, im, zero);
            TOperations.Store(slot, TOperations.MultiplyAdd(minus, TOperations.Add(re, im), zero));
            TOperations.Store(slot + slotStride, TOperations.MultiplyAdd(minus, im, re));
            TOperations.Store(slot + 2 * slotStride, re);
        }
    }

    [MethodImpl(Simd.Optimised)]
    public void Output<TOperations, TVector>(float* m, nint slotStride, float* y, nint rowStride, float* scratch)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        int size = _size, half = size / 2, rows = (int)StepHeight, columns = (int)StepWidth;
        var roots = (float*)_roots.Start;
        float* line = scratch + size * size * 16, result = line + size * 32, work = result + size * 32;
        TVector minus = TOperations.Splat(-1f);
        for (int lane = 0; lane < 16; lane += TOperations.Lanes)
        {
            // Columns, each into its place in the half spectrum; column 0 holds those of real numbers as real and imaginary parts.
            float* slot = m + lane;
            for (int k = 0; k <= half; k += half, slot += 2 * slotStride)
            {
                TOperations.Store(line + k * 32, TOperations.Load(slot));
                TOperations.Store(line + k * 32 + 16, TOperations.Load(slot + slotStride));
            }
            for (int k = 1; k < half; k++, slot += 3 * slotStride)
            {
                LoadProduct<TOperations, TVector>(slot, slotStride, out var re, out var im);
                LoadProduct<TOperations, TVector>(slot + (half - 1) * 3 * slotStride, slotStride, out var otherRe, out var otherIm);
                Join<TOperations, TVector>(line, k, size - k, re, im, otherRe, otherIm);
            }
            slot += (half - 1) * 3 * slotStride;
            for (int column = 0; column < half; column++)
            {
                if (column > 0)
                    for (int k = 0; k < size; k++, slot += 3 * slotStride)
                    {
                        LoadProduct<TOperations, TVector>(slot, slotStride, out var re, out var im);
                        TOperations.Store(line + k * 32, re);
                        TOperations.Store(line + k * 32 + 16, im);
                    }
                float* target = scratch + column * size * 32;
                Fft.Run<TOperations, TVector>(size, roots, line + 16, line, 32, target + 16, target, 32, work);
            }

            // Pairs of rows; of those beyond the output's none is needed.
            for (int row = 0; row < rows; row += 2)
            {
                float* first = scratch + row * 32, second = first + 32;
                TOperations.Store(line, TOperations.Load(first));
                TOperations.Store(line + 16, TOperations.Load(second));
                TOperations.Store(line + half * 32, TOperations.Load(first + 16));
                TOperations.Store(line + half * 32 + 16, TOperations.Load(second + 16));
                for (int k = 1; k < half; k++)
                {
                    nint offset = k * size * 32;
                    Join<TOperations, TVector>(
                        line, k, size - k, TOperations.Load(first + offset), TOperations.Load(first + offset + 16), TOperations.Load(second + offset), TOperations.Load(second + offset + 16));
                }
                // To a line, not to the output: it may have fewer columns, and one row.
                Fft.Run<TOperations, TVector>(size, roots, line + 16, line, 32, result + 16, result, 32, work);
                for (int j = 0; j < columns; j++)
                {
                    TOperations.Store(y + lane + row * rowStride + j * 16, TOperations.Load(result + j * 32));
                    if (row + 1 < rows)
                        TOperations.Store(y + lane + (row + 1) * rowStride + j * 16, TOperations.Load(result + j * 32 + 16));
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void LoadProduct<TOperations, TVector>(float* slot, nint slotStride, out TVector re, out TVector im)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        TVector third = TOperations.Load(slot + 2 * slotStride);
        re = TOperations.MultiplyAdd(TOperations.Splat(-1f), TOperations.Load(slot + slotStride), third);
        im = TOperations.Add(third, TOperations.Load(slot));
    }

    // Numbers k and size - k of the spectrum of a + i b, from number k of the spectra of the real a and b.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Join<TOperations, TVector>(float* line, int k, int mirrored, TVector aRe, TVector aIm, TVector bRe, TVector bIm)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        TVector minus = TOperations.Splat(-1f);
        TOperations.Store(line + k * 32, TOperations.MultiplyAdd(minus, bIm, aRe));
        TOperations.Store(line + k * 32 + 16, TOperations.Add(aIm, bRe));
        TOperations.Store(line + mirrored * 32, TOperations.Add(aRe, bIm));
        TOperations.Store(line + mirrored * 32 + 16, TOperations.MultiplyAdd(minus, aIm, bRe));
    }

    // Number k of the spectrum of the real part (part 0) or the imaginary part (1) of what the line is the spectrum of.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Separate<TOperations, TVector>(float* number, float* mirrored, int part, out TVector re, out TVector im)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        TVector half = TOperations.Splat(0.5f), less = TOperations.Splat(-0.5f), zero = default;
        TVector zr = TOperations.Load(number), zi = TOperations.Load(number + 16), mr = TOperations.Load(mirrored), mi = TOperations.Load(mirrored + 16);
        re = part == 0 ? TOperations.MultiplyAdd(half, zr, TOperations.MultiplyAdd(half, mr, zero)) : TOperations.MultiplyAdd(half, zi, TOperations.MultiplyAdd(half, mi, zero));
        im = part == 0 ? TOperations.MultiplyAdd(half, zi, TOperations.MultiplyAdd(less, mi, zero)) : TOperations.MultiplyAdd(half, mr, TOperations.MultiplyAdd(less, zr, zero));
    }

    // The half spectrum [size / 2 columns, size rows, 2, 16] of a real tile of which only some rows are not zero.
    [MethodImpl(Simd.Optimised)]
    void Spectrum<TOperations, TVector>(float* x, nint rowStride, nint columnStride, int rows, float* spectrum)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        int size = _size, half = size / 2;
        var roots = (float*)_roots.Start;
        float* line = spectrum + size * size * 16, work = line + size * 32;
        TVector zero = default;
        for (int row = 0; row < size; row += 2)
        {
            float* first = spectrum + row * 32, second = first + 32;
            if (row >= rows)
            {
                for (int k = 0; k < half; k++)
                {
                    TOperations.Store(first + k * size * 32, zero);
                    TOperations.Store(first + k * size * 32 + 16, zero);
                    TOperations.Store(second + k * size * 32, zero);
                    TOperations.Store(second + k * size * 32 + 16, zero);
                }
                continue;
            }
            Fft.Run<TOperations, TVector>(size, roots, x + row * rowStride, x + (row + 1) * rowStride, columnStride, line, line + 16, 32, work);
            TOperations.Store(first, TOperations.Load(line));
            TOperations.Store(second, TOperations.Load(line + 16));
            TOperations.Store(first + 16, TOperations.Load(line + half * 32));
            TOperations.Store(second + 16, TOperations.Load(line + half * 32 + 16));
            for (int k = 1; k < half; k++)
                for (int part = 0; part < 2; part++)
                {
                    Separate<TOperations, TVector>(line + k * 32, line + (size - k) * 32, part, out var re, out var im);
                    TOperations.Store(first + k * size * 32 + part * 32, re);
                    TOperations.Store(first + k * size * 32 + part * 32 + 16, im);
                }
        }
        for (int column = 0; column < half; column++)
        {
            float* numbers = spectrum + column * size * 32;
            Buffer.MemoryCopy(numbers, line, size * 32 * sizeof(float), size * 32 * sizeof(float));
            Fft.Run<TOperations, TVector>(size, roots, line, line + 16, 32, numbers, numbers + 16, 32, work);
        }
    }
}
