"""Whole networks: the loss of each of ten steps on one batch, and all parameters after them, for each optimizer."""
import torch
import torch.nn.functional as F
from recorder import *

STEPS = 10


class Lars(torch.optim.Optimizer):
    """You, Gitman and Ginsburg 2017, algorithm 1."""

    def __init__(self, params, **options):
        super().__init__(params, options)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for w in group["params"]:
                g, state, decay = w.grad, self.state[w], group["decay"]
                local = 1.0
                if w.norm() > 0 and g.norm() > 0:
                    local = group["trust"] * w.norm() / (g.norm() + decay * w.norm())
                v = state["v"] = group["momentum"] * state.get("v", 0) + group["lr"] * local * (g + decay * w)
                w -= v


class Lamb(torch.optim.Optimizer):
    """You et al. 2020, algorithm 2, with the identity for phi."""

    def __init__(self, params, **options):
        super().__init__(params, options)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for w in group["params"]:
                g, state = w.grad, self.state[w]
                t = state["t"] = state.get("t", 0) + 1
                m = state["m"] = 0.9 * state.get("m", 0) + 0.1 * g
                v = state["v"] = 0.999 * state.get("v", 0) + 0.001 * g * g
                r = m / (1 - 0.9**t) / ((v / (1 - 0.999**t)).sqrt() + 1e-6) + group["decay"] * w
                trust = w.norm() / r.norm() if w.norm() > 0 and r.norm() > 0 else 1.0
                w -= group["lr"] * trust * r


class Lion(torch.optim.Optimizer):
    """Chen et al. 2023, algorithm 2."""

    def __init__(self, params, **options):
        super().__init__(params, options)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for w in group["params"]:
                g, state = w.grad, self.state[w]
                m = state.get("m", torch.zeros_like(w))
                w -= group["lr"] * (torch.sign(0.9 * m + 0.1 * g) + group["decay"] * w)
                state["m"] = 0.99 * m + 0.01 * g


# The options of adadelta, adagrad and so on are those of the library where the defaults of PyTorch differ.
OPTIMIZERS = dict(
    sgd=lambda p: torch.optim.SGD(p, lr=0.1),
    momentum=lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9),
    nesterov=lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9, nesterov=True, weight_decay=0.01),
    adagrad=lambda p: torch.optim.Adagrad(p, lr=0.02),
    rmsprop=lambda p: torch.optim.RMSprop(p, lr=0.005, alpha=0.9),
    rmsprop_centred=lambda p: torch.optim.RMSprop(p, lr=0.002, alpha=0.9, centered=True, momentum=0.5, weight_decay=0.01, eps=1e-4),
    adadelta=lambda p: torch.optim.Adadelta(p, lr=1.0),
    adam=lambda p: torch.optim.Adam(p, lr=0.01),
    adam_amsgrad=lambda p: torch.optim.Adam(p, lr=0.01, amsgrad=True, weight_decay=0.01),
    adamw=lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1),
    lars=lambda p: Lars(p, lr=0.5, momentum=0.9, decay=0.01, trust=0.02),
    lamb=lambda p: Lamb(p, lr=0.02, decay=0.01),
    lion=lambda p: Lion(p, lr=0.003, decay=0.1),
)

g = Group("training")


def network(name, loss, inputs, parameters):
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    arrays = {key: drawn.of(rng) for key, drawn in inputs.items()}
    given = {key: torch.tensor(array.astype(np.float64 if array.dtype == np.float32 else np.int64)) for key, array in arrays.items()}
    first = {key: on_grid(drawn.of(rng)) for key, drawn in parameters.items()}
    for key, array in arrays.items():
        g.put(f"{name}|in|{key}", array)
    for key, array in first.items():
        g.put(f"{name}|param|{key.replace('__', '.')}", array)
    for optimizer, make in OPTIMIZERS.items():
        g.cases.add(f"{name}/{optimizer}")
        p = {key: torch.tensor(array.astype(np.float64), requires_grad=True) for key, array in first.items()}
        step, losses = make(list(p.values())), []
        for _ in range(STEPS):
            value = loss(given, p)
            losses.append(value.item())
            step.zero_grad()
            value.backward()
            step.step()
        assert losses[-1] < losses[0], (name, optimizer, losses)
        g.put(f"{name}/{optimizer}|out|losses", np.array(losses))
        for key, tensor in p.items():
            g.put(f"{name}/{optimizer}|after|{key.replace('__', '.')}", tensor.detach().numpy())


def W(*shape):
    """A weight, uniform with variance 1 / inputs."""
    inputs = np.prod(shape[1:]) if len(shape) == 4 else shape[0]
    bound = (3 / inputs) ** 0.5
    return P(*shape, low=-bound, high=bound)


def B(units):
    return P(units, low=-0.1, high=0.1)


def lenet(x, p):
    h = F.max_pool2d(F.conv2d(x["image"], p["c1__weight"], p["c1__bias"]), 2)
    h = F.max_pool2d(F.conv2d(h, p["c2__weight"], p["c2__bias"]), 2)
    h = F.relu(h.flatten(1) @ p["h__weight"] + p["h__bias"])
    return F.cross_entropy(h @ p["logits__weight"] + p["logits__bias"], x["label"])


network("lenet", lenet, dict(image=X(5, 1, 12, 12), label=I(5, below=3)), dict(
    c1__weight=W(3, 1, 3, 3), c1__bias=B(3), c2__weight=W(4, 3, 2, 2), c2__bias=B(4),
    h__weight=W(16, 8), h__bias=B(8), logits__weight=W(8, 3), logits__bias=B(3)))


def resnet(x, p):
    def norm(h, name):
        return F.batch_norm(h, None, None, p[f"{name}__weight"], p[f"{name}__bias"], training=True)

    def conv(h, name, stride=1):
        w = p[f"{name}__weight"]
        return F.conv2d(h, w, stride=stride, padding=w.shape[-1] // 2)

    h = F.relu(norm(conv(x["image"], "c0"), "n0"))
    r = norm(conv(F.relu(norm(conv(h, "c1"), "n1")), "c2"), "n2")
    h = F.relu(h + r)
    r = norm(conv(F.relu(norm(conv(h, "c3", 2), "n3")), "c4"), "n4")
    h = F.relu(norm(conv(h, "c5", 2), "n5") + r)
    return F.cross_entropy(h.mean((2, 3)) @ p["logits__weight"] + p["logits__bias"], x["label"])


norms = {f"n{i}__{key}": value for i, channels in enumerate([4, 4, 4, 6, 6, 6])
         for key, value in dict(weight=P(channels, low=0.5, high=1.5), bias=B(channels)).items()}
network("resnet", resnet, dict(image=X(5, 2, 6, 6), label=I(5, below=3)), dict(
    c0__weight=W(4, 2, 3, 3), c1__weight=W(4, 4, 3, 3), c2__weight=W(4, 4, 3, 3),
    c3__weight=W(6, 4, 3, 3), c4__weight=W(6, 6, 3, 3), c5__weight=W(6, 4, 1, 1),
    logits__weight=W(6, 3), logits__bias=B(3), **norms))


def transformer(x, p):
    def dense(h, name):
        y = h @ p[f"{name}__weight"]
        return y + p[f"{name}__bias"] if f"{name}__bias" in p else y

    def norm(h, name):
        return F.layer_norm(h, [6], p[f"{name}__weight"], p[f"{name}__bias"])

    h = p["e__weight"][x["text"]] + p["places"]
    heads = lambda t: t.reshape(3, 5, 2, 3).transpose(1, 2)
    n = norm(h, "n1")
    q, k, v = heads(dense(n, "q")), heads(dense(n, "k")), heads(dense(n, "v"))
    scores = q @ k.transpose(-1, -2) / 3**0.5
    scores = scores.masked_fill(torch.triu(torch.ones(5, 5, dtype=torch.bool), 1), -1e9)
    h = h + dense((F.softmax(scores, -1) @ v).transpose(1, 2).reshape(3, 5, 6), "o")
    h = h + dense(F.gelu(dense(norm(h, "n2"), "f1")), "f2")
    return F.cross_entropy(dense(norm(h, "n3"), "logits").reshape(-1, 7), x["next"].reshape(-1))


# A key's bias moves all scores alike, so its gradient is 0 but for rounding, which adam would blow up: there is none.
network("transformer", transformer, dict(text=I(3, 5, below=7), next=I(3, 5, below=7)), dict(
    e__weight=P(7, 6), places=P(5, 6), q__weight=W(6, 6), q__bias=B(6), k__weight=W(6, 6), v__weight=W(6, 6), v__bias=B(6),
    o__weight=W(6, 6), o__bias=B(6), f1__weight=W(6, 12), f1__bias=B(12), f2__weight=W(12, 6), f2__bias=B(6),
    logits__weight=W(6, 7), logits__bias=B(7),
    **{f"n{i}__{key}": value for i in (1, 2, 3) for key, value in dict(weight=P(6, low=0.5, high=1.5), bias=B(6)).items()}))


def lstm(x, p):
    h = c = torch.zeros(3, 5)
    for step in x["x"]:
        h, c = torch.lstm_cell(step, (h, c), p["w"].T, p["u"].T, p["b"], torch.zeros(20))
    return F.mse_loss(h @ p["y__weight"] + p["y__bias"], x["target"])


network("lstm", lstm, dict(x=X(7, 3, 4), target=X(3, 2)), dict(w=W(4, 20), u=W(5, 20), b=B(20), y__weight=W(5, 2), y__bias=B(2)))
g.save()
