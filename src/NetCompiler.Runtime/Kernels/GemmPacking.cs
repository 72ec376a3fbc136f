using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NetCompiler.Runtime;

/// <summary>
/// Copies blocks of the operands into panels that the micro-kernel reads front to back: a panel holds, for each step of the
/// depth, the elements of all its rows (of A) or columns (of B).
/// </summary>
static unsafe class GemmPacking
{
    /// <summary>
    /// Elements that may be written past a panel, since whole vectors are stored. So panels are packed in ascending order, each
    /// overwriting what its predecessor wrote too much, and a buffer has this much room at its end.
    /// </summary>
    public const int Slack = 16;

    /// <summary>
    /// panel[p · width + i] = source[i · ld + p] for i &lt; rows; 0 for rows ≤ i &lt; width.
    /// The operand's memory runs along the depth.
    /// </summary>
    [MethodImpl(Simd.Optimised)]
    public static void Transpose<T>(T* source, nint ld, int rows, int width, nint depth, T* panel) where T : unmanaged
    {
        nint done = 0;
        // Of a panel of several vectors and a part, the part's stores would reach into what the next step's first vector wrote.
        if (typeof(T) == typeof(float) && Simd.Has512 && (width <= 16 || width % 16 == 0))
        {
            for (; done + 16 <= depth; done += 16)
                for (int i = 0; i < width; i += 16)
                    Transpose16((float*)source + i * ld + done, ld, Math.Min(16, rows - i), (float*)panel + done * width + i, width);
        }
        for (; done < depth; done++)
            for (int i = 0; i < width; i++)
                panel[done * width + i] = i < rows ? source[i * ld + done] : default;
    }

    /// <summary>
    /// panel[p · width + j] = source[p · ld + j] for j &lt; columns; 0 for columns ≤ j &lt; width.
    /// The operand's memory runs across the depth.
    /// </summary>
    [MethodImpl(Simd.Optimised)]
    public static void Copy<T>(T* source, nint ld, int columns, int width, nint depth, T* panel) where T : unmanaged
    {
        if (typeof(T) == typeof(float) && Simd.Has512)
        {
            CopySingle((float*)source, ld, columns, width, depth, (float*)panel);
            return;
        }
        for (nint p = 0; p < depth; p++, source += ld, panel += width)
        {
            int j = 0;
            if (Simd.Has512)
                for (; j + 64 / sizeof(T) <= columns; j += 64 / sizeof(T))
                    Vector512.Load((byte*)(source + j)).Store((byte*)(panel + j));
            for (; j + 16 / sizeof(T) <= columns; j += 16 / sizeof(T))
                Vector128.Load((byte*)(source + j)).Store((byte*)(panel + j));
            for (; j < columns; j++)
                panel[j] = source[j];
            for (; j < width; j++)
                panel[j] = default;
        }
    }

    [MethodImpl(Simd.Optimised)]
    static void CopySingle(float* source, nint ld, int columns, int width, nint depth, float* panel)
    {
        if (columns == width && width is (32 or 48))
        {
            // Whole panels of the usual tiles, without a loop over their vectors.
            for (nint p = 0; p < depth; p++, source += ld, panel += width)
            {
                Vector512.Load(source).Store(panel);
                Vector512.Load(source + 16).Store(panel + 16);
                if (width > 32)
                    Vector512.Load(source + 32).Store(panel + 32);
            }
            return;
        }

        int whole = columns / 16 * 16;
        var loaded = FirstLanes(columns - whole);
        var stored = FirstLanes(Math.Min(16, width - whole));
        for (nint p = 0; p < depth; p++, source += ld, panel += width)
        {
            for (int j = 0; j < whole; j += 16)
                Vector512.Load(source + j).Store(panel + j);
            if (whole < width)
                Masked512.Store(panel + whole, stored, Masked512.Load(source + whole, loaded));
            for (int j = whole + 16; j < width; j++)
                panel[j] = 0;
        }
    }

    static Vector512<float> FirstLanes(int count) => Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle();

    // target[p · width + i] = source[i · ld + p] for 16 steps p and 16 rows i, of which those from `rows` on are 0
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Transpose16(float* source, nint ld, int rows, float* target, nint width)
    {
        var zero = Vector512<float>.Zero;
        var r0 = Vector512.Load(source);
        var r1 = rows > 1 ? Vector512.Load(source + ld) : zero;
        var r2 = rows > 2 ? Vector512.Load(source + 2 * ld) : zero;
        var r3 = rows > 3 ? Vector512.Load(source + 3 * ld) : zero;
        var r4 = rows > 4 ? Vector512.Load(source + 4 * ld) : zero;
        var r5 = rows > 5 ? Vector512.Load(source + 5 * ld) : zero;
        var r6 = rows > 6 ? Vector512.Load(source + 6 * ld) : zero;
        var r7 = rows > 7 ? Vector512.Load(source + 7 * ld) : zero;
        var r8 = rows > 8 ? Vector512.Load(source + 8 * ld) : zero;
        var r9 = rows > 9 ? Vector512.Load(source + 9 * ld) : zero;
        var r10 = rows > 10 ? Vector512.Load(source + 10 * ld) : zero;
        var r11 = rows > 11 ? Vector512.Load(source + 11 * ld) : zero;
        var r12 = rows > 12 ? Vector512.Load(source + 12 * ld) : zero;
        var r13 = rows > 13 ? Vector512.Load(source + 13 * ld) : zero;
        var r14 = rows > 14 ? Vector512.Load(source + 14 * ld) : zero;
        var r15 = rows > 15 ? Vector512.Load(source + 15 * ld) : zero;

        // Each 4x4 block within its 128-bit quarter, then the blocks among the quarters.
        Transpose4(ref r0, ref r1, ref r2, ref r3);
        Transpose4(ref r4, ref r5, ref r6, ref r7);
        Transpose4(ref r8, ref r9, ref r10, ref r11);
        Transpose4(ref r12, ref r13, ref r14, ref r15);
        TransposeQuarters(ref r0, ref r4, ref r8, ref r12);
        TransposeQuarters(ref r1, ref r5, ref r9, ref r13);
        TransposeQuarters(ref r2, ref r6, ref r10, ref r14);
        TransposeQuarters(ref r3, ref r7, ref r11, ref r15);

        // In ascending order: a store reaches into the following steps when the panel is narrower than a vector.
        r0.Store(target);
        r1.Store(target + width);
        r2.Store(target + 2 * width);
        r3.Store(target + 3 * width);
        r4.Store(target + 4 * width);
        r5.Store(target + 5 * width);
        r6.Store(target + 6 * width);
        r7.Store(target + 7 * width);
        r8.Store(target + 8 * width);
        r9.Store(target + 9 * width);
        r10.Store(target + 10 * width);
        r11.Store(target + 11 * width);
        r12.Store(target + 12 * width);
        r13.Store(target + 13 * width);
        r14.Store(target + 14 * width);
        r15.Store(target + 15 * width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Transpose4(ref Vector512<float> a, ref Vector512<float> b, ref Vector512<float> c, ref Vector512<float> d)
    {
        var lowAB = Avx512F.UnpackLow(a, b).AsDouble();
        var highAB = Avx512F.UnpackHigh(a, b).AsDouble();
        var lowCD = Avx512F.UnpackLow(c, d).AsDouble();
        var highCD = Avx512F.UnpackHigh(c, d).AsDouble();
        a = Avx512F.UnpackLow(lowAB, lowCD).AsSingle();
        b = Avx512F.UnpackHigh(lowAB, lowCD).AsSingle();
        c = Avx512F.UnpackLow(highAB, highCD).AsSingle();
        d = Avx512F.UnpackHigh(highAB, highCD).AsSingle();
    }

    // Quarter q of argument i becomes quarter i of argument q.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void TransposeQuarters(ref Vector512<float> a, ref Vector512<float> b, ref Vector512<float> c, ref Vector512<float> d)
    {
        var evenAB = Avx512F.Shuffle4x128(a, b, 0x88);
        var oddAB = Avx512F.Shuffle4x128(a, b, 0xdd);
        var evenCD = Avx512F.Shuffle4x128(c, d, 0x88);
        var oddCD = Avx512F.Shuffle4x128(c, d, 0xdd);
        a = Avx512F.Shuffle4x128(evenAB, evenCD, 0x88);
        b = Avx512F.Shuffle4x128(oddAB, oddCD, 0x88);
        c = Avx512F.Shuffle4x128(evenAB, evenCD, 0xdd);
        d = Avx512F.Shuffle4x128(oddAB, oddCD, 0xdd);
    }
}
