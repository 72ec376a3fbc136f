using System.Collections.Immutable;

namespace NetCompiler.Numerics.Tests.Reference;

/// <summary>The recorded cases in <c>.net</c>, by the file that they are recorded in: a line for each line of its script.</summary>
internal static class ReferenceCases
{
    public static ImmutableSortedDictionary<string, ImmutableArray<ReferenceCase>> All { get; } =
        new Dictionary<string, ImmutableArray<ReferenceCase>>
        {
            ["activations"] =
            [
                new("relu", "relu(x)"),
                new("leaky_relu", "leaky_relu(x, slope: 0.2)"),
                new("elu", "elu(x, alpha: 1.5)"),
                new("selu", "selu(x)"),
                new("gelu", "gelu(x)"),
                new("silu", "silu(x)"),
                new("mish", "mish(x)"),
                new("softplus", "softplus(x)"),
                new("softsign", "softsign(x)"),
                new("relu6", "relu6(2 * x)"),
                new("hard_sigmoid", "hard_sigmoid(x)"),
                new("sigmoid", "sigmoid(x)"),
                new("tanh", "tanh(x)"),
                new("log_sigmoid", "log(sigmoid(x))"),
                new("tanh_shrink", "x - tanh(x)"),
                new("erf", "erf(x)"),
                new("softmax", "softmax(x)"),
                new("softmax_first", "softmax(x, axis: 0)"),
                new("softmin", "softmax(-x)"),
                new("log_softmax", "log_softmax(x)"),
                new("logsumexp", "logsumexp(x)"),
                new("softmax_middle", "softmax(x, axis: 1)"),
                new("log_softmax_middle", "log_softmax(x, axis: 1)"),
                new("log_softmax_large", "log_softmax(100 * x)"),
            ],
            ["layers"] =
            [
                new("dense", "dense(x, 3)"),
                new("dense_sequence", "dense(x, 6, bias: false)"),
                new("global_avg_pool", "global_avg_pool(x)"),
                new("global_max_pool", "global_max_pool(x)"),
                new("matmul_batched", "x @ y"),
                new("one_hot", "one_hot(y, 6)"),
            ],
            ["normalisation"] =
            [
                new("batch_norm_rows", "batch_norm(x)") { Trains = true },
                new("batch_norm_images", "batch_norm(x)") { Trains = true },
                new("batch_norm_options", "batch_norm(x, momentum: 0.3, epsilon: 0.01)") { Trains = true },
                new("batch_norm_rows_fixed", "batch_norm(x)"),
                new("batch_norm_images_fixed", "batch_norm(x, epsilon: 0.01)"),
                new("layer_norm", "layer_norm(x)"),
                new("layer_norm_epsilon", "layer_norm(x, epsilon: 0.1)"),
            ],
            ["convolution"] =
            [
                new("conv2d", "conv2d(x, 4, kernel: 3)"),
                new("conv2d_1x1", "conv2d(x, 4, kernel: 1)"),
                new("conv2d_no_bias", "conv2d(x, 4, kernel: [2, 3], bias: false)"),
                new("conv2d_stride", "conv2d(x, 4, kernel: [3, 2], stride: [2, 3])"),
                new("conv2d_stride_beyond_kernel", "conv2d(x, 3, kernel: 2, stride: 3)"),
                new("conv2d_pad", "conv2d(x, 4, kernel: 3, pad: [1, 2])"),
                new("conv2d_dilation", "conv2d(x, 3, kernel: [3, 2], dilation: [2, 3])"),
                new("conv2d_all", "conv2d(x, 6, kernel: [3, 2], stride: [2, 1], pad: [2, 1], dilation: [2, 1], groups: 2)"),
                new("conv2d_groups", "conv2d(x, 4, kernel: 3, groups: 2)"),
                new("conv2d_depthwise", "conv2d(x, 5, kernel: 3, pad: 1, groups: 5)"),
                new("conv2d_multiplier", "conv2d(x, 6, kernel: 3, groups: 3)"),
                new("conv2d_large", "conv2d(x, 18, kernel: 5, pad: 2)"),
                new("conv2d_whole_image", "conv2d(x, 6, kernel: [5, 4])"),
                new("conv2d_asymmetric", "conv2d(x, 3, kernel: 3, pad: [0, 1, 2, 0])"),
            ],
            ["pooling"] =
            [
                new("max_pool2d", "max_pool2d(x, 2)"),
                new("max_pool2d_overlapping", "max_pool2d(x, 3, stride: 2)"),
                new("max_pool2d_pad", "max_pool2d(x, [3, 2], stride: [2, 1], pad: [1, 1])"),
                new("avg_pool2d", "avg_pool2d(x, 2)"),
                new("avg_pool2d_overlapping", "avg_pool2d(x, [3, 2], stride: [2, 1])"),
                new("avg_pool2d_pad", "avg_pool2d(x, 3, stride: 2, pad: 1)"),
            ],
            ["losses"] =
            [
                new("cross_entropy", "cross_entropy(x, y)"),
                new("cross_entropies", "cross_entropies(x, y)"),
                new("cross_entropy_sum", "sum(cross_entropies(x, y))"),
                new("cross_entropy_sequence", "cross_entropy(x, y)"),
                new("mse", "mse(x, y)"),
                new("mae", "mae(x, y)"),
                new("mse_sum", "sum((x - y) ** 2)"),
                new("huber", "huber(x, y)"),
                new("huber_delta", "huber(x, y, delta: 0.3)"),
                new("smooth_l1", "2 * huber(x, y, delta: 0.5)"),
                new("kl", "sum(softmax(y) * (log_softmax(y) - log_softmax(x))) / shape(x)[0]"),
                new("binary_cross_entropy", "binary_cross_entropy(x, sigmoid(y))"),
                new("binary_cross_entropy_large", "binary_cross_entropy(100 * x, sigmoid(y))"),
                new("soft_margin", "mean(softplus(-stop_gradient(y) * x))"),
            ],
        }.ToImmutableSortedDictionary(StringComparer.Ordinal);
}
