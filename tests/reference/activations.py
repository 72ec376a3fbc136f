import torch
import torch.nn.functional as F
from recorder import *

g = Group("activations")
x = dict(x=X(5, 7, low=-4, high=4))
for name, f in dict(
    relu=F.relu, leaky_relu=lambda x: F.leaky_relu(x, 0.2), elu=lambda x: F.elu(x, 1.5), selu=F.selu,
    gelu=F.gelu, gelu_tanh=lambda x: F.gelu(x, approximate="tanh"), silu=F.silu, mish=F.mish, softplus=F.softplus,
    softsign=F.softsign, relu6=lambda x: F.relu6(2 * x), hard_tanh=F.hardtanh,
    sigmoid=torch.sigmoid, tanh=torch.tanh, log_sigmoid=F.logsigmoid, tanh_shrink=F.tanhshrink, erf=torch.erf,
    soft_shrink=lambda x: F.softshrink(x, 0.5), hard_shrink=lambda x: F.hardshrink(x, 0.5), threshold=lambda x: F.threshold(x, 0.3, -1.0),
    softmax=lambda x: F.softmax(x, -1), softmax_first=lambda x: F.softmax(x, 0), softmin=lambda x: F.softmin(x, -1),
    log_softmax=lambda x: F.log_softmax(x, -1), logsumexp=lambda x: torch.logsumexp(x, -1), glu=lambda x: F.glu(x[:, :6], -1),
).items():
    g.case(name, f, **x)
# hardsigmoid, hardswish and celu of PyTorch 1.13 multiply by 1/6 and 1/alpha as a float32, in float64 too.
g.case("celu", lambda x: torch.where(x > 0, x, 0.7 * torch.expm1(x / 0.7)), **x)
g.case("hard_sigmoid", lambda x: (x / 6 + 0.5).clamp(0, 1), **x)
g.case("hard_swish", lambda x: x * (x / 6 + 0.5).clamp(0, 1), **x)
g.case("softmax_middle", lambda x: F.softmax(x, 1), x=X(3, 4, 5))
g.case("log_softmax_middle", lambda x: F.log_softmax(x, 1), x=X(3, 4, 5))
g.case("log_softmax_large", lambda x: F.log_softmax(100 * x, -1), **x)
g.case("prelu", lambda x, slope: F.prelu(x, slope), x=X(3, 4, 2, 3), slope=P(4))
g.case("prelu_single", lambda x, slope: F.prelu(x, slope.reshape(1)), x=X(3, 4), slope=P())
g.save()
