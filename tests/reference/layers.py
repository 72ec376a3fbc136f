import torch
import torch.nn.functional as F
from recorder import *

g = Group("layers")
g.case("dense", lambda x, weight, bias: x @ weight + bias, x=X(5, 7), weight=P(7, 3), bias=P(3))
g.case("dense_sequence", lambda x, weight: x @ weight, x=X(3, 4, 5), weight=P(5, 6))
g.case("global_avg_pool", lambda x: F.adaptive_avg_pool2d(x, 1).flatten(1), x=X(3, 4, 5, 6))
g.case("global_max_pool", lambda x: F.adaptive_max_pool2d(x, 1).flatten(1), x=X(3, 4, 5, 6))
g.case("matmul_batched", lambda x, y: x @ y, x=X(3, 2, 4, 5), y=X(3, 2, 5, 3))
# Without training dropout does nothing.
g.case("dropout_fixed", lambda x: F.dropout(x, 0.4, training=False), x=X(5, 4))
g.case("one_hot", lambda y: F.one_hot(y, 6).double(), y=I(7, below=6))
g.save()
