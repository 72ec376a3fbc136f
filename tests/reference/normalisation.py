import torch
import torch.nn.functional as F
from recorder import *

g = Group("normalisation")


def batch_norm(name, shape, training, **options):
    c = shape[1]

    def f(x, weight, bias, running_mean, running_var):
        y = F.batch_norm(x, running_mean, running_var, weight, bias, training=training, **options)
        return (y, dict(running_mean=running_mean, running_var=running_var)) if training else y

    g.case(name, f, x=X(*shape), weight=P(c), bias=P(c), running_mean=S(c), running_var=S(c, low=0.5, high=2))


batch_norm("batch_norm_rows", (6, 4), True)
batch_norm("batch_norm_images", (3, 4, 3, 2), True)
batch_norm("batch_norm_options", (5, 3, 4), True, momentum=0.3, eps=0.01)
batch_norm("batch_norm_rows_fixed", (6, 4), False)
batch_norm("batch_norm_images_fixed", (3, 4, 3, 2), False, eps=0.01)
norm = dict(weight=P(6), bias=P(6))
g.case("layer_norm", lambda x, w, b: F.layer_norm(x, [6], w, b), x=X(4, 3, 6), **norm)
g.case("layer_norm_epsilon", lambda x, w, b: F.layer_norm(x, [6], w, b, 0.1), x=X(5, 6), **norm)
g.case("group_norm", lambda x, w, b: F.group_norm(x, 2, w, b), x=X(3, 6, 4, 3), **norm)
g.case("group_norm_rows", lambda x, w, b: F.group_norm(x, 3, w, b, 0.01), x=X(5, 6), **norm)
g.case("instance_norm", lambda x, w, b: F.instance_norm(x, None, None, w, b), x=X(3, 6, 3, 2), **norm)
g.case("instance_norm_plain", lambda x: F.instance_norm(x), x=X(3, 4, 3, 2))
g.case("local_response_norm", lambda x: F.local_response_norm(x, 5), x=X(2, 7, 3, 4))
g.case("local_response_norm_options", lambda x: F.local_response_norm(x, 3, alpha=0.1, beta=0.5, k=2.0), x=X(2, 4, 3, 2))
# Zhang and Sennrich 2019; PyTorch 1.13 has none.
g.case("rms_norm", lambda x, w: x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt() * w, x=X(4, 3, 6), weight=P(6))
g.case("l2_normalize", lambda x: F.normalize(x, dim=-1), x=X(4, 5))
g.save()
