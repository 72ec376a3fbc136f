import torch
import torch.nn.functional as F
from recorder import *

g = Group("pooling")
image = dict(x=X(2, 3, 8, 7))
for name, f in dict(
    max_pool2d=lambda x: F.max_pool2d(x, 2),
    max_pool2d_overlapping=lambda x: F.max_pool2d(x, 3, 2),
    max_pool2d_pad=lambda x: F.max_pool2d(x, (3, 2), (2, 1), padding=(1, 1)),
    max_pool2d_ceil=lambda x: F.max_pool2d(x, 3, 2, ceil_mode=True),
    max_pool2d_dilation=lambda x: F.max_pool2d(x, (3, 2), (1, 2), dilation=(2, 3)),
    avg_pool2d=lambda x: F.avg_pool2d(x, 2),
    avg_pool2d_overlapping=lambda x: F.avg_pool2d(x, (3, 2), (2, 1)),
    avg_pool2d_pad=lambda x: F.avg_pool2d(x, 3, 2, padding=1),
    avg_pool2d_exclude_pad=lambda x: F.avg_pool2d(x, 3, 2, padding=1, count_include_pad=False),
    avg_pool2d_ceil=lambda x: F.avg_pool2d(x, 3, 2, ceil_mode=True),
    avg_pool2d_ceil_pad=lambda x: F.avg_pool2d(x, 3, 2, padding=1, ceil_mode=True, count_include_pad=False),
    adaptive_avg_pool2d=lambda x: F.adaptive_avg_pool2d(x, (3, 4)),
    adaptive_max_pool2d=lambda x: F.adaptive_max_pool2d(x, (3, 4)),
    upsample_nearest=lambda x: F.interpolate(x, scale_factor=2, mode="nearest"),
    upsample_bilinear=lambda x: F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False),
    upsample_bilinear_corners=lambda x: F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True),
    pixel_shuffle=lambda x: F.pixel_shuffle(torch.cat([x, x[:, :1]], 1), 2),
    pad_reflect=lambda x: F.pad(x, (2, 1, 1, 3), mode="reflect"),
    pad_replicate=lambda x: F.pad(x, (2, 1, 1, 3), mode="replicate"),
    pad_circular=lambda x: F.pad(x, (2, 1, 1, 3), mode="circular"),
).items():
    g.case(name, f, **image)
positive = dict(x=X(2, 3, 8, 7, low=0.1))
g.case("lp_pool2d", lambda x: F.lp_pool2d(x, 3.0, 3, 2), **positive)
g.case("lp_pool2d_two", lambda x: F.lp_pool2d(x, 2.0, 2), **positive)
g.case("max_unpool2d", lambda x: F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2, output_size=(8, 6)), x=X(2, 3, 8, 6))
line, volume = dict(x=X(2, 3, 11)), dict(x=X(2, 2, 5, 6, 7))
g.case("max_pool1d", lambda x: F.max_pool1d(x, 3, 2, padding=1), **line)
g.case("avg_pool1d", lambda x: F.avg_pool1d(x, 3, 2, padding=1), **line)
g.case("max_pool3d", lambda x: F.max_pool3d(x, 2), **volume)
g.case("avg_pool3d", lambda x: F.avg_pool3d(x, (2, 3, 2), (1, 2, 3)), **volume)
g.save()
