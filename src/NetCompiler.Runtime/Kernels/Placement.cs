namespace NetCompiler.Runtime;

/// <summary>Puts tensors into parts of larger ones: what joins, pads and gradients of slices are made of.</summary>
public static class Placement
{
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
    /// <c>target[offset + sum of index[axis] * strides[axis]]</c>; strides may be negative.
    /// </summary>
    public static void Copy<T>(Pointer<T> source, ReadOnlySpan<nint> extents, Pointer<T> target, nint offset, ReadOnlySpan<nint> strides) where T : unmanaged
    {
        if (extents.IsEmpty)
        {
            target[offset] = source[0];
            return;
        }
        foreach (nint extent in extents)
        {
            if (extent == 0)
                return;
        }
        CopyAxis(source, extents, target.Offset(offset), strides);
    }

    static Pointer<T> CopyAxis<T>(Pointer<T> source, ReadOnlySpan<nint> extents, Pointer<T> target, ReadOnlySpan<nint> strides) where T : unmanaged
    {
        nint extent = extents[0], stride = strides[0];
        if (extents.Length > 1)
        {
            for (nint i = 0; i < extent; i++)
                source = CopyAxis(source, extents[1..], target.Offset(i * stride), strides[1..]);
            return source;
        }
        if (stride == 1 && extent <= int.MaxValue)
        {
            source.AsSpan((int)extent).CopyTo(target.AsSpan((int)extent));
        }
        else
        {
            for (nint i = 0; i < extent; i++)
                target[i * stride] = source[i];
        }
        return source.Offset(extent);
    }
}
