namespace NetCompiler.Numerics.Tests.Samples;

internal static partial class LibrarySamples
{
    static IEnumerable<Sample> Draws() =>
    [
        Of("random_uniform", "x * random_uniform([3, 4], 1, 2, type: f64)", Rows),
        Of("random_normal", "x * random_normal([3, 4], type: f64)", Rows),
        Of("gumbel", "x * gumbel([3, 4], type: f64)", Rows),
        Of("bernoulli", "bernoulli(x)", Rows.Between(0, 1)).WithoutGradient(),
        Of("stochastic_round", "stochastic_round(x, bf16)", Rows) with { FlowsTo = [], NotCompared = [0] },
        Of("categorical", "categorical(x)", Rows).WithoutGradient(),
        Of("dropout", "dropout(x, 0.3)", Rows),
        Of("spatial_dropout", "spatial_dropout(x)", Operand.F64(3, 4, 2)),
        Of("drop_path", "drop_path(x, 0.4)", Operand.F64(5, 2)),
        Of("gaussian_noise", "gaussian_noise(x)", Rows),
    ];
}
