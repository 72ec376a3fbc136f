using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>Puts tensors into parts of larger ones: what joins, pads and gradients of slices are made of.</summary>
public static class Placement
{
    // Elements that a thread should have at least.
    const nint MinimumPerThread = 1 << 14;

    /// <summary>Sets <paramref name="count"/> elements to zero.</summary>
    public static void Clear<T>(Pointer<T> target, nint count) where T : unmanaged
    {
        // Spans are limited to int lengths.
        for (nint done = 0; done < count; done += int.MaxValue)
            target.Offset(done).AsSpan((int)Math.Min(count - done, int.MaxValue)).Clear();
    }

    /// <summary>Copies <paramref name="count"/> elements.</summary>
    public static void Copy<T>(Pointer<T> source, Pointer<T> target, nint count) where T : unmanaged
    {
        for (nint done = 0; done < count; done += int.MaxValue)
        {
            int part = (int)Math.Min(count - done, int.MaxValue);
            source.Offset(done).AsSpan(part).CopyTo(target.Offset(done).AsSpan(part));
        }
    }

    /// <summary>
    /// Copies a row-major tensor of shape <paramref name="extents"/> to
    /// <c>target[offset + sum of index[axis] * strides[axis]]</c>; strides may be negative. No two elements may have the same place.
    /// </summary>
    public static unsafe void Copy<T>(WorkerPool pool, Pointer<T> source, ReadOnlySpan<nint> extents, Pointer<T> target, nint offset, ReadOnlySpan<nint> strides)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(pool);
        nint* axes = stackalloc nint[2 * (extents.Length + 1)];
        int rank = Join(extents, strides, axes);
        nint count = 1;
        for (int axis = 0; axis < rank; axis++)
            count *= axes[2 * axis];
        pool.Run(new CopyKernel<T>(source, target.Offset(offset), axes, rank), count, MinimumPerThread);
    }

    // Pairs of extent and stride of as few axes as do, at least one: neighbours that lie in the target as in the source are one axis.
    static unsafe int Join(ReadOnlySpan<nint> extents, ReadOnlySpan<nint> strides, nint* axes)
    {
        int last = 0;
        (axes[0], axes[1]) = (1, 1);
        for (int axis = 0; axis < extents.Length; axis++)
        {
            if (extents[axis] == 1)
                continue;
            if (axes[2 * last] == 1 || axes[2 * last + 1] == extents[axis] * strides[axis])
                axes[2 * last] *= extents[axis];
            else
                axes[2 * ++last] = extents[axis];
            axes[2 * last + 1] = strides[axis];
        }
        return last + 1;
    }

    /// <summary>Copies elements begin to end of the source, a part of a row at a time.</summary>
    readonly unsafe struct CopyKernel<T>(Pointer<T> source, Pointer<T> target, nint* axes, int rank) : IRangeKernel where T : unmanaged
    {
        [MethodImpl(Simd.Optimised)]
        public void Run(nint begin, nint end)
        {
            nint length = axes[2 * rank - 2], stride = axes[2 * rank - 1];
            while (begin < end)
            {
                nint row = begin / length, first = begin - row * length, count = Math.Min(length - first, end - begin);
                var to = target.Offset(first * stride);
                for (int axis = rank - 2; axis >= 0; axis--)
                {
                    nint above = row / axes[2 * axis];
                    to = to.Offset((row - above * axes[2 * axis]) * axes[2 * axis + 1]);
                    row = above;
                }
                if (stride == 1)
                {
                    Copy(source.Offset(begin), to, count);
                }
                else
                {
                    for (nint i = 0; i < count; i++)
                        to[i * stride] = source[begin + i];
                }
                begin += count;
            }
        }
    }
}
