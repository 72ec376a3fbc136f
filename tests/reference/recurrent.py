"""Sequences are [T, N, features], weights [inputs, gates] and [hidden, gates], transposed against PyTorch's."""
import torch
from recorder import *

g = Group("recurrent")
GATES = dict(RNN=1, LSTM=4, GRU=3)


def case(name, kind, layers=1, bidirectional=False, features=3, hidden=4, run=None):
    run = run or {"RNN": torch.rnn_tanh, "LSTM": torch.lstm, "GRU": torch.gru}[kind]
    directions = ["forward", "backward"][:2 if bidirectional else 1]
    given = {}
    for layer in range(layers):
        for direction in directions:
            n = f"layer{layer}__{direction}__"
            inputs, units = features if layer == 0 else hidden * len(directions), GATES[kind] * hidden
            given |= {n + "input_weight": P(inputs, units), n + "state_weight": P(hidden, units), n + "bias": P(units)}
            if kind == "GRU":
                given[n + "state_bias"] = P(units)

    def f(x, *values):
        zero = torch.zeros(layers * len(directions), x.shape[1], hidden)
        # Where both biases of PyTorch only act through their sum there is one, in the place of the first.
        flat, size = [], len(values) // (layers * len(directions))
        for i in range(0, len(values), size):
            inputs, state, *biases = values[i:i + size]
            flat += [inputs.T, state.T, biases[0], biases[1] if len(biases) > 1 else torch.zeros_like(biases[0])]
        return run(x, (zero, zero) if kind == "LSTM" else zero, flat, True, layers, 0.0, False, bidirectional, False)

    g.case(name, f, x=X(5, 2, features), **given)


for kind in GATES:
    case(kind.lower(), kind)
    case(f"{kind.lower()}_stacked", kind, layers=2)
    case(f"{kind.lower()}_bidirectional", kind, bidirectional=True)
    case(f"{kind.lower()}_stacked_bidirectional", kind, layers=2, bidirectional=True)
case("rnn_relu", "RNN", run=torch.rnn_relu)

# Sequences of other lengths: results beyond them are 0, and the last states are those at their ends.
cell = dict(layer0__forward__input_weight=P(3, 16), layer0__forward__state_weight=P(4, 16), layer0__forward__bias=P(16))


def packed(x, lengths, w, u, b):
    zero = torch.zeros(1, x.shape[1], 4)
    sequence = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, enforce_sorted=False)
    hx = (zero[:, sequence.sorted_indices], zero[:, sequence.sorted_indices])
    y, h, c = torch.lstm(sequence.data, sequence.batch_sizes, hx, [w.T, u.T, b, torch.zeros_like(b)], True, 1, 0.0, False, False)
    y, _ = torch.nn.utils.rnn.pad_packed_sequence(sequence._replace(data=y), total_length=x.shape[0])
    return y, h[:, sequence.unsorted_indices], c[:, sequence.unsorted_indices]


g.case("lstm_lengths", packed, x=X(5, 3, 3), n=V([3, 5, 1], integers=True), **cell)
g.save()
