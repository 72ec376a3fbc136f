import torch
import torch.nn.functional as F
from recorder import *

g = Group("convolution")


def conv(name, x, channels, kernel, bias=True, **options):
    """A convolution of as many axes as the kernel has."""
    f = [F.conv1d, F.conv2d, F.conv3d][len(kernel) - 1]
    given = dict(x=X(*x), weight=P(channels, x[1] // options.get("groups", 1), *kernel))
    if bias:
        given["bias"] = P(channels)
    g.case(name, lambda x, weight, bias=None: f(x, weight, bias, **options), **given)


conv("conv2d", (3, 2, 7, 6), 4, (3, 3))
conv("conv2d_1x1", (3, 5, 4, 3), 4, (1, 1))
conv("conv2d_no_bias", (2, 3, 5, 5), 4, (2, 3), bias=False)
conv("conv2d_stride", (3, 2, 9, 8), 4, (3, 2), stride=(2, 3))
conv("conv2d_stride_beyond_kernel", (2, 2, 9, 9), 3, (2, 2), stride=3)
conv("conv2d_pad", (3, 2, 5, 6), 4, (3, 3), padding=(1, 2))
conv("conv2d_dilation", (2, 2, 9, 8), 3, (3, 2), dilation=(2, 3))
conv("conv2d_all", (2, 4, 11, 10), 6, (3, 2), stride=(2, 1), padding=(2, 1), dilation=(2, 1), groups=2)
conv("conv2d_groups", (3, 6, 5, 5), 4, (3, 3), groups=2)
conv("conv2d_depthwise", (3, 5, 6, 5), 5, (3, 3), padding=1, groups=5)
conv("conv2d_multiplier", (2, 3, 5, 5), 6, (3, 3), groups=3)
conv("conv2d_large", (2, 3, 19, 17), 18, (5, 5), padding=2)
conv("conv2d_whole_image", (4, 3, 5, 4), 6, (5, 4))
g.case("conv2d_same", lambda x, weight, bias: F.conv2d(x, weight, bias, padding="same"), x=X(2, 2, 5, 6), weight=P(3, 2, 3, 5), bias=P(3))
g.case("conv2d_asymmetric", lambda x, weight, bias: F.conv2d(F.pad(x, (1, 0, 0, 2)), weight, bias),
       x=X(2, 2, 5, 6), weight=P(3, 2, 3, 3), bias=P(3))
conv("conv1d", (3, 4, 11), 5, (3,))
conv("conv1d_all", (2, 4, 13), 6, (3,), stride=2, padding=2, dilation=2, groups=2)
conv("conv3d", (2, 2, 4, 5, 6), 3, (2, 3, 3))
conv("conv3d_all", (2, 2, 6, 5, 7), 4, (2, 3, 2), stride=(2, 1, 2), padding=(1, 1, 0), dilation=(1, 2, 1), groups=2)


def transposed(name, x, channels, kernel, bias=True, **options):
    """The weight is [inputs, outputs / groups, kernel...]."""
    f = [F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d][len(kernel) - 1]
    given = dict(x=X(*x), weight=P(x[1], channels // options.get("groups", 1), *kernel))
    if bias:
        given["bias"] = P(channels)
    g.case(name, lambda x, weight, bias=None: f(x, weight, bias, **options), **given)


transposed("conv2d_transposed", (3, 2, 4, 3), 4, (3, 3))
transposed("conv2d_transposed_stride", (2, 3, 4, 3), 2, (4, 3), stride=2, padding=1)
transposed("conv2d_transposed_all", (2, 4, 4, 3), 6, (3, 2), stride=(2, 3), padding=1, dilation=(2, 1), output_padding=1, groups=2)
transposed("conv1d_transposed", (2, 3, 6), 4, (4,), stride=2, padding=1)
transposed("conv3d_transposed", (2, 2, 3, 2, 3), 3, (2, 3, 2), stride=2)
g.save()
