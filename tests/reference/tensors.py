import torch
import torch.nn.functional as F
from recorder import *

g = Group("tensors")
table = dict(x=X(5, 7))
for name, f in dict(
    variance=lambda x: x.var(1, unbiased=False), variance_unbiased=lambda x: x.var(1), deviation=lambda x: x.std(0, unbiased=False),
    product=lambda x: x.prod(1), norm=lambda x: x.norm(dim=1), norm_one=lambda x: x.norm(p=1, dim=1), norm_three=lambda x: x.norm(p=3, dim=1),
    norm_infinite=lambda x: x.norm(p=float("inf"), dim=1), cumsum=lambda x: x.cumsum(1), cumsum_first=lambda x: x.cumsum(0),
    sort=lambda x: x.sort(1).values, sort_descending=lambda x: x.sort(0, descending=True).values, topk=lambda x: x.topk(3, 1),
    argsort=lambda x: x.argsort(1), argmax=lambda x: x.argmax(1), argmin=lambda x: x.argmin(0), max=lambda x: x.amax(1), min=lambda x: x.amin(0),
    tril=lambda x: x.tril(), triu=lambda x: x.triu(1), tril_below=lambda x: x.tril(-2), roll=lambda x: x.roll(2, 1), flip=lambda x: x.flip(0),
    tile=lambda x: x.tile(2, 3), transpose=lambda x: x.T, slice=lambda x: x[1:4, ::2], concat=lambda x: torch.cat([x, 2 * x], 1),
    stack=lambda x: torch.stack([x, x * x], 1), split=lambda x: tuple(x[:, :6].chunk(2, 1)), clip=lambda x: x.clamp(-1, 0.5),
    pow=lambda x: (x.abs() + 0.5) ** 1.7, log1p=lambda x: torch.log1p(x * x), expm1=torch.expm1, remainder=lambda x: x.remainder(0.75),
    diff=lambda x: x.diff(dim=1), cumprod=lambda x: x.cumprod(1),
).items():
    g.case(name, f, **table)
rows = dict(x=X(6, 3), i=I(4, below=6))
g.case("gather_rows", lambda x, i: x[i], **rows)
g.case("gather_matrix", lambda x, i: x[i], x=X(6, 3), i=I(4, 2, below=6))
g.case("take_along", lambda x, i: x.gather(1, i), x=X(5, 4), i=I(5, 3, below=4))
g.case("scatter_add", lambda x, i: torch.zeros(5, 3).index_add(0, i, x), x=X(6, 3), i=I(6, below=5))
g.case("embedding", lambda i, weight: F.embedding(i, weight), i=I(4, 3, below=6), weight=P(6, 5))
g.case("where", lambda x, y: torch.where(x > y, x, 2 * y), x=X(5, 4), y=X(5, 4))
g.case("einsum_product", lambda x, y: torch.einsum("ij,kj->ik", x, y), x=X(4, 3), y=X(5, 3))
g.case("einsum_heads", lambda x, y: torch.einsum("bqhd,bkhd->bhqk", x, y), x=X(2, 3, 2, 4), y=X(2, 5, 2, 4))
g.case("einsum_three", lambda x, y: torch.einsum("abc,cd,d->ab", x, y, y[0]), x=X(2, 3, 4), y=X(4, 5))
g.case("outer", lambda x, y: torch.outer(x, y), x=X(4), y=X(5))
g.save()
