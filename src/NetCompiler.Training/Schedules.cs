namespace NetCompiler.Training;

/// <summary>Learning rates as functions of the step, which counts batches from 0 over all epochs.</summary>
public static class Schedules
{
    /// <summary>Always <paramref name="rate"/>.</summary>
    public static Func<int, float> Constant(float rate) => _ => rate;

    /// <summary><paramref name="rate"/>, multiplied by <paramref name="factor"/> after every <paramref name="every"/> steps.</summary>
    public static Func<int, float> Step(float rate, int every, float factor)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(every);
        return step => rate * MathF.Pow(factor, step / every);
    }

    /// <summary>Half a cosine from <paramref name="rate"/> down to <paramref name="final"/> in <paramref name="steps"/> steps, then constant (Loshchilov and Hutter, "SGDR", 2017).</summary>
    public static Func<int, float> Cosine(float rate, int steps, float final = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        return step => (float)(final + (rate - (double)final) * (1 + Math.Cos(Math.PI * Math.Min(step, steps) / steps)) / 2);
    }

    /// <summary>A straight rise to the first value of <paramref name="then"/> in <paramref name="steps"/> steps, then that schedule from its start.</summary>
    public static Func<int, float> Warmup(int steps, Func<int, float> then)
    {
        ArgumentNullException.ThrowIfNull(then);
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        return step => step < steps ? then(0) * (step + 1) / steps : then(step - steps);
    }
}
