namespace NetCompiler.Runtime.Tests;

/// <summary>Conversions between planar images [N, C, H, W] and blocked ones [N, C/16, H, W, 16] for tests.</summary>
static class BlockedImages
{
    public static long Length(nint batch, nint channels, nint positions) => batch * ((channels + 15) / 16) * positions * 16;

    /// <summary>Blocked, with NaN in the lanes beyond the channels.</summary>
    public static void Block(ReadOnlySpan<float> planar, Span<float> blocked, nint batch, nint channels, nint positions)
    {
        blocked.Fill(float.NaN);
        for (nint i = 0; i < planar.Length; i++)
            blocked[(int)Index(i, channels, positions)] = planar[(int)i];
    }

    public static float[] Unblock(ReadOnlySpan<float> blocked, nint batch, nint channels, nint positions)
    {
        var planar = new float[batch * channels * positions];
        for (nint i = 0; i < planar.Length; i++)
            planar[i] = blocked[(int)Index(i, channels, positions)];
        return planar;
    }

    /// <summary>Where element <paramref name="planarIndex"/> of a planar image lies in the blocked one.</summary>
    public static nint Index(nint planarIndex, nint channels, nint positions)
    {
        nint position = planarIndex % positions, channel = planarIndex / positions % channels, image = planarIndex / positions / channels;
        return ((image * ((channels + 15) / 16) + channel / 16) * positions + position) * 16 + channel % 16;
    }
}
