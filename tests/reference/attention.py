"""Sequences are [N, T, width], weights [inputs, units]; query, key and value projections are separate."""
import torch
import torch.nn.functional as F
from torch.nn.utils.stateless import functional_call
from recorder import *

g = Group("attention")
QUERIES, KEYS, WIDTH, HEADS = 4, 5, 6, 2
g.case("dot_product", lambda q, k, v: F.softmax(q @ k.transpose(-1, -2) / 3**0.5, -1) @ v, q=X(2, 4, 3), k=X(2, 5, 3), v=X(2, 5, 2))


def projections(prefix=""):
    given = {}
    for part in ("query", "key", "value", "out"):
        given[f"{prefix}{part}__weight"] = P(WIDTH, WIDTH)
        given[f"{prefix}{part}__bias"] = P(WIDTH)
    return given


def packed(values, prefix):
    """As nn.MultiheadAttention has them."""
    w = {key[len(prefix):]: value for key, value in values.items() if key.startswith(prefix)}
    return {
        "in_proj_weight": torch.cat([w[f"{part}__weight"].T for part in ("query", "key", "value")]),
        "in_proj_bias": torch.cat([w[f"{part}__bias"] for part in ("query", "key", "value")]),
        "out_proj.weight": w["out__weight"].T,
        "out_proj.bias": w["out__bias"],
    }


CAUSAL = torch.triu(torch.ones(QUERIES, QUERIES, dtype=torch.bool), 1)
attention = torch.nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)


def attend(name, inputs, call):
    given = projections()
    g.case(name, lambda *values: call(
        *values[:len(inputs)], lambda q, k, v, **options: functional_call(attention, packed(dict(zip(given, values[len(inputs):])), ""), (q, k, v), options)[0]),
        **inputs, **given)


attend("multi_head", dict(x=X(2, QUERIES, WIDTH)), lambda x, run: run(x, x, x))
attend("multi_head_causal", dict(x=X(2, QUERIES, WIDTH)), lambda x, run: run(x, x, x, attn_mask=CAUSAL))
attend("multi_head_cross", dict(x=X(2, QUERIES, WIDTH), y=X(2, KEYS, WIDTH)), lambda x, y, run: run(x, y, y))
# The last keys of each row are padding.
attend("multi_head_padded", dict(x=X(2, QUERIES, WIDTH), y=X(2, KEYS, WIDTH), mask=V([[1, 1, 1, 0, 0], [1, 1, 1, 1, 0]], integers=True)),
       lambda x, y, mask, run: run(x, y, y, key_padding_mask=mask == 0))


def block(name, cls, norms, inputs, call, attentions, **options):
    module = cls(WIDTH, HEADS, dim_feedforward=7, dropout=0.0, batch_first=True, **options).eval()
    given = {}
    for prefix in attentions:
        given |= projections(f"{prefix}__")
    for prefix, (rows, units) in dict(linear1=(WIDTH, 7), linear2=(7, WIDTH)).items():
        given |= {f"{prefix}__weight": P(rows, units), f"{prefix}__bias": P(units)}
    for prefix in norms:
        given |= {f"{prefix}__weight": P(WIDTH, low=0.5, high=1.5), f"{prefix}__bias": P(WIDTH)}

    def f(*values):
        named = dict(zip(given, values[len(inputs):]))
        state = {key.replace("__", "."): value.T if key.startswith("linear") and value.ndim == 2 else value
                 for key, value in named.items() if key.split("__")[0] not in attentions}
        for prefix in attentions:
            state |= {f"{prefix}.{key}": value for key, value in packed(named, f"{prefix}__").items()}
        return call(lambda *arguments, **more: functional_call(module, state, arguments, more), *values[:len(inputs)])

    g.case(name, f, **inputs, **given)


two, three = ("norm1", "norm2"), ("norm1", "norm2", "norm3")
alone, crossed = dict(x=X(2, QUERIES, WIDTH)), dict(x=X(2, QUERIES, WIDTH), y=X(2, KEYS, WIDTH))
encoder, decoder = torch.nn.TransformerEncoderLayer, torch.nn.TransformerDecoderLayer
block("encoder_block", encoder, two, alone, lambda run, x: run(x), ["self_attn"])
block("encoder_block_norm_first", encoder, two, alone, lambda run, x: run(x), ["self_attn"], norm_first=True, activation="gelu")
block("decoder_block", decoder, three, crossed, lambda run, x, y: run(x, y, tgt_mask=CAUSAL), ["self_attn", "multihead_attn"])
block("decoder_block_norm_first", decoder, three, crossed, lambda run, x, y: run(x, y, tgt_mask=CAUSAL), ["self_attn", "multihead_attn"], norm_first=True)
g.save()
