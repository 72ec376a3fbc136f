"""Sequences are [N, T, width], weights [inputs, units]."""
import torch
import torch.nn.functional as F
from torch.nn.utils.stateless import functional_call
from recorder import *

g = Group("attention")
QUERIES, KEYS, WIDTH, HEADS = 4, 5, 6, 2
CAUSAL = torch.triu(torch.ones(QUERIES, QUERIES, dtype=torch.bool), 1)
g.case("dot_product", lambda q, k, v: F.softmax(q @ k.transpose(-1, -2) / 3**0.5, -1) @ v, q=X(2, 4, 3), k=X(2, 5, 3), v=X(2, 5, 2))


def attention(cross, prefix=""):
    """Queries, keys and values are one map, or keys and values of a memory are one beside that of queries."""
    parts = dict(query=WIDTH, memory=2 * WIDTH, out=WIDTH) if cross else {"in": 3 * WIDTH, "out": WIDTH}
    given = {}
    for part, units in parts.items():
        given |= {f"{prefix}{part}_weight": P(WIDTH, units), f"{prefix}{part}_bias": P(units)}
    return given


def packed(values, prefix=""):
    """As nn.MultiheadAttention has them."""
    w = {key[len(prefix):]: value for key, value in values.items() if key.startswith(prefix)}
    joined = {kind: w[f"in_{kind}"] if "in_weight" in w else torch.cat([w[f"query_{kind}"], w[f"memory_{kind}"]], -1) for kind in ("weight", "bias")}
    return {"in_proj_weight": joined["weight"].T, "in_proj_bias": joined["bias"], "out_proj.weight": w["out_weight"].T, "out_proj.bias": w["out_bias"]}


module = torch.nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)


def attend(name, inputs, call):
    given = attention("y" in inputs)

    def f(*values):
        state = packed(dict(zip(given, values[len(inputs):])))
        return call(lambda q, k, v, **options: functional_call(module, state, (q, k, v), options)[0], *values[:len(inputs)])

    g.case(name, f, **inputs, **given)


alone, crossed = dict(x=X(2, QUERIES, WIDTH)), dict(x=X(2, QUERIES, WIDTH), y=X(2, KEYS, WIDTH))
attend("multi_head", alone, lambda run, x: run(x, x, x))
attend("multi_head_causal", alone, lambda run, x: run(x, x, x, attn_mask=CAUSAL))
attend("multi_head_cross", crossed, lambda run, x, y: run(x, y, y))
# The last keys of each row are padding.
attend("multi_head_padded", dict(crossed, mask=V([[1, 1, 1, 0, 0], [1, 1, 1, 1, 0]], integers=True)),
       lambda run, x, y, mask: run(x, y, y, key_padding_mask=mask == 0))


def block(name, cls, inputs, call, attentions, **options):
    net = cls(WIDTH, HEADS, dim_feedforward=7, dropout=0.0, batch_first=True, **options).eval()
    norms = [f"norm{i + 1}" for i in range(len(attentions) + 1)]
    given = {}
    for prefix in attentions:
        given |= attention(prefix == "cross", f"{prefix}__")
    for prefix, (rows, units) in dict(feed__inner=(WIDTH, 7), feed__outer=(7, WIDTH)).items():
        given |= {f"{prefix}__weight": P(rows, units), f"{prefix}__bias": P(units)}
    for prefix in norms:
        given |= {f"{prefix}__weight": P(WIDTH, low=0.5, high=1.5), f"{prefix}__bias": P(WIDTH)}

    def f(*values):
        named = dict(zip(given, values[len(inputs):]))
        state = {}
        for theirs, ours in dict(linear1="feed__inner", linear2="feed__outer").items():
            state |= {f"{theirs}.weight": named[f"{ours}__weight"].T, f"{theirs}.bias": named[f"{ours}__bias"]}
        for prefix in norms:
            state |= {f"{prefix}.{part}": named[f"{prefix}__{part}"] for part in ("weight", "bias")}
        for theirs, ours in zip(("self_attn", "multihead_attn"), attentions):
            state |= {f"{theirs}.{key}": value for key, value in packed(named, f"{ours}__").items()}
        return call(lambda *arguments, **more: functional_call(net, state, arguments, more), *values[:len(inputs)])

    g.case(name, f, **inputs, **given)


encoder, decoder = torch.nn.TransformerEncoderLayer, torch.nn.TransformerDecoderLayer
block("encoder_block", encoder, alone, lambda run, x: run(x), ["attention"])
block("encoder_block_norm_first", encoder, alone, lambda run, x: run(x), ["attention"], norm_first=True, activation="gelu")
block("decoder_block", decoder, crossed, lambda run, x, y: run(x, y, tgt_mask=CAUSAL), ["attention", "cross"])
block("decoder_block_norm_first", decoder, crossed, lambda run, x, y: run(x, y, tgt_mask=CAUSAL), ["attention", "cross"], norm_first=True)
g.save()
