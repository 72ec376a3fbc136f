"""Weights are [inputs, gates] and [hidden, gates], transposed against PyTorch's; sequences are [T, N, features]."""
import torch
from torch.nn.utils.stateless import functional_call
from recorder import *

g = Group("recurrent")
GATES = dict(RNN=1, LSTM=4, GRU=3)


def module(kind, features, hidden, layers=1, bidirectional=False, **options):
    return getattr(torch.nn, kind)(features, hidden, num_layers=layers, bidirectional=bidirectional, **options)


def weights(kind, features, hidden, layers, directions):
    given = {}
    for layer in range(layers):
        for suffix in ["", "_reverse"][:directions]:
            inputs = features if layer == 0 else hidden * directions
            n = f"l{layer}{suffix}__"
            given[n + "w_ih"] = P(inputs, GATES[kind] * hidden)
            given[n + "w_hh"] = P(hidden, GATES[kind] * hidden)
            given[n + "b_ih"] = P(GATES[kind] * hidden)
            given[n + "b_hh"] = P(GATES[kind] * hidden)
    return given


def case(name, kind, layers=1, bidirectional=False, features=3, hidden=4, **options):
    m = module(kind, features, hidden, layers, bidirectional, **options)
    given = weights(kind, features, hidden, layers, 2 if bidirectional else 1)

    def f(x, *values):
        state = {}
        for key, value in zip(given, values):
            layer, part = key.split("__")
            number, _, reverse = layer.partition("_")
            which = {"w_ih": "weight_ih", "w_hh": "weight_hh", "b_ih": "bias_ih", "b_hh": "bias_hh"}[part]
            state[f"{which}_{number}{'_reverse' if reverse else ''}"] = value.T if value.ndim == 2 else value
        y, last = functional_call(m, state, x)
        return (y, *last) if kind == "LSTM" else (y, last)

    g.case(name, f, x=X(5, 2, features), **given)


for kind in GATES:
    case(kind.lower(), kind)
    case(f"{kind.lower()}_stacked", kind, layers=2)
    case(f"{kind.lower()}_bidirectional", kind, bidirectional=True)
    case(f"{kind.lower()}_stacked_bidirectional", kind, layers=2, bidirectional=True)
case("rnn_relu", "RNN", nonlinearity="relu")
g.save()
