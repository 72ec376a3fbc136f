import torch
import torch.nn.functional as F
from recorder import *

g = Group("losses")
classes = dict(x=X(5, 4, low=-4, high=4), y=I(5, below=4))
pair = dict(x=X(5, 4), y=X(5, 4))
one_hot = lambda y: F.one_hot(y, 4).double()
for name, f in dict(
    cross_entropy=F.cross_entropy,
    cross_entropies=lambda x, y: F.cross_entropy(x, y, reduction="none"),
    cross_entropy_sum=lambda x, y: F.cross_entropy(x, y, reduction="sum"),
    cross_entropy_smoothing=lambda x, y: F.cross_entropy(x, y, label_smoothing=0.1),
    cross_entropy_ignore=lambda x, y: F.cross_entropy(x, y, ignore_index=2),
    nll=lambda x, y: F.nll_loss(x, y),
    multi_class_hinge=lambda x, y: F.multi_margin_loss(x, y),
    multi_class_hinge_sum=lambda x, y: F.multi_margin_loss(x, y, reduction="sum"),
    multi_class_hinge_squared=lambda x, y: F.multi_margin_loss(x, y, p=2, margin=0.5),
).items():
    g.case(name, f, **classes)
weights = dict(w=V([0.5, 2, 1, 0.25]))
g.case("cross_entropy_weights", lambda x, y, w: F.cross_entropy(x, y, w.detach()), **classes, **weights)
g.case("cross_entropy_everything", lambda x, y, w: F.cross_entropy(x, y, w.detach(), ignore_index=1, label_smoothing=0.2), **classes, **weights)
g.case("nll_weights", lambda x, y, w: F.nll_loss(x, y, w.detach()), **classes, **weights)
g.case("cross_entropy_sequence", lambda x, y: F.cross_entropy(x.reshape(-1, 4), y.reshape(-1)), x=X(3, 5, 4), y=I(3, 5, below=4))
g.case("cross_entropy_probabilities", lambda x, y: F.cross_entropy(x, torch.softmax(y, -1)), **pair)
for name, f in dict(
    mse=F.mse_loss, mae=F.l1_loss,
    mse_sum=lambda x, y: F.mse_loss(x, y, reduction="sum"),
    huber=F.huber_loss, huber_delta=lambda x, y: F.huber_loss(x, y, delta=0.3),
    smooth_l1=lambda x, y: F.smooth_l1_loss(x, y, beta=0.5),
    binary_nll=lambda x, y: F.binary_cross_entropy(torch.sigmoid(x), torch.sigmoid(y)),
    gaussian_nll=lambda x, y: F.gaussian_nll_loss(x, y, torch.full_like(x, 0.7)),
    poisson_nll=lambda x, y: F.poisson_nll_loss(x, y.detach().abs()),
    kl=lambda x, y: F.kl_div(F.log_softmax(x, -1), F.softmax(y, -1), reduction="batchmean"),
    cosine_similarity=lambda x, y: F.cosine_similarity(x, y),
    pairwise_distance=lambda x, y: F.pairwise_distance(x, y),
    binary_cross_entropy=lambda x, y: F.binary_cross_entropy_with_logits(x, torch.sigmoid(y)),
    binary_cross_entropy_large=lambda x, y: F.binary_cross_entropy_with_logits(100 * x, torch.sigmoid(y)),
    binary_cross_entropy_weight=lambda x, y: F.binary_cross_entropy_with_logits(x, torch.sigmoid(y), pos_weight=torch.tensor(3.0)),
).items():
    g.case(name, f, **pair)
signs = V([1, -1, 1, 1, -1])
g.case("soft_margin", lambda x, y: F.soft_margin_loss(x, y.detach()), x=X(5), y=signs)
# cosine_embedding_loss adds 1e-12 to the squares, cosine_similarity does not.
cosine = F.cosine_similarity
g.case("cosine_embedding", lambda x, y, z: torch.where(z > 0, 1 - cosine(x, y), (cosine(x, y) - 0.2).clamp(min=0)).mean(), **pair, z=signs)
g.case("margin_ranking", lambda x, y, z: F.margin_ranking_loss(x, y, z.detach(), margin=0.5), x=X(5), y=X(5), z=signs)
triple = dict(x=X(5, 4), y=X(5, 4), z=X(5, 4))
g.case("triplet", lambda x, y, z: F.triplet_margin_loss(x, y, z, margin=2.0), **triple)
g.case("triplet_p", lambda x, y, z: F.triplet_margin_loss(x, y, z, margin=2.0, p=1), **triple)
g.case("multi_label_soft_margin", lambda x, y: F.multilabel_soft_margin_loss(x, torch.sigmoid(y)), **pair)
# Labels repeat; lengths of inputs and labels differ, and one row has no label at all.
g.case("ctc", lambda x, y: F.ctc_loss(F.log_softmax(x, -1), y, torch.tensor([7, 7, 7]), torch.tensor([3, 3, 3]), reduction="none"),
       x=X(7, 3, 5), y=V([[1, 2, 3], [2, 2, 4], [1, 1, 1]], integers=True))
g.case("ctc_lengths", lambda x, y, n, m: F.ctc_loss(F.log_softmax(x, -1), y, n, m, reduction="none"),
       x=X(7, 3, 5), y=V([[1, 2, 3], [2, 2, 0], [0, 0, 0]], integers=True), n=V([7, 5, 6], integers=True), m=V([3, 2, 0], integers=True))
g.save()
