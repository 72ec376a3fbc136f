"""Weights are [inputs, gates] and [hidden, gates], transposed against PyTorch's; sequences are [T, N, features]."""
import torch
from recorder import *

g = Group("recurrent")
GATES = dict(RNN=1, LSTM=4, GRU=3)


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


def case(name, kind, layers=1, bidirectional=False, features=3, hidden=4, run=None):
    run = run or {"RNN": torch.rnn_tanh, "LSTM": torch.lstm, "GRU": torch.gru}[kind]
    directions = 2 if bidirectional else 1
    given = weights(kind, features, hidden, layers, directions)

    def f(x, *values):
        zero = torch.zeros(layers * directions, x.shape[1], hidden)
        flat = [value.T if value.ndim == 2 else value for value in values]
        return run(x, (zero, zero) if kind == "LSTM" else zero, flat, True, layers, 0.0, False, bidirectional, False)

    g.case(name, f, x=X(5, 2, features), **given)


for kind in GATES:
    case(kind.lower(), kind)
    case(f"{kind.lower()}_stacked", kind, layers=2)
    case(f"{kind.lower()}_bidirectional", kind, bidirectional=True)
    case(f"{kind.lower()}_stacked_bidirectional", kind, layers=2, bidirectional=True)
case("rnn_relu", "RNN", run=torch.rnn_relu)
g.save()
