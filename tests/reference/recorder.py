"""Records what PyTorch computes in float64: inputs, parameters, results and gradients of small cases, one file per group."""
import json
import pathlib
import struct
import zlib

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
FOLDER = pathlib.Path(__file__).parent / "recorded"
KINDS = {np.dtype("float64"): "F64", np.dtype("float32"): "F32", np.dtype("int32"): "I32"}


class Drawn:
    """A tensor drawn from the case's own generator; `of` makes it from generator."""

    def __init__(self, of, role="in"):
        self.of, self.role = of, role


def on_grid(values):
    # Multiples of 2^-16 are the same number in float32 and float64, so both types compute the same problem.
    return np.asarray(np.round(np.asarray(values) * 2**16) / 2**16, np.float32)


def X(*shape, low=-2.0, high=2.0):
    """An input."""
    return Drawn(lambda rng: on_grid(rng.uniform(low, high, shape)))


def P(*shape, low=-1.0, high=1.0):
    """A parameter; its keyword is its name below the binding, with __ for a dot."""
    return Drawn(lambda rng: on_grid(rng.uniform(low, high, shape)), "param")


def S(*shape, low=-1.0, high=1.0):
    """A state: given before the call, recorded after it where the case returns it as `after`."""
    return Drawn(lambda rng: on_grid(rng.uniform(low, high, shape)), "state")


def I(*shape, below):
    """Integers from 0."""
    return Drawn(lambda rng: rng.integers(0, below, shape).astype(np.int32))


def V(values, integers=False):
    """An input of given values."""
    return Drawn(lambda rng: np.asarray(values, np.int32) if integers else on_grid(values))


def seed(count):
    """What flows into a result when gradients are taken: known on both sides, so not recorded."""
    return torch.tensor([((37 * i) % 64 - 31.5) / 32 for i in range(count)])


class Group:
    def __init__(self, name):
        self.name, self.tensors, self.cases = name, {}, set()

    def case(self, name, f, **given):
        """Records f of the given tensors, in their order. It returns a tensor or several, and may end with a dict of states after the call."""
        assert name not in self.cases, name
        self.cases.add(name)
        rng = np.random.default_rng(zlib.crc32(f"{self.name}/{name}".encode()))
        values = {}
        for key, drawn in given.items():
            array = drawn.of(rng)
            self.put(f"{name}|{drawn.role}|{key.replace('__', '.')}", array)
            values[key] = torch.tensor(array.astype(np.float64 if array.dtype == np.float32 else np.int64))
            if array.dtype == np.float32 and drawn.role != "state":
                values[key].requires_grad_()
        results = f(*values.values())
        results = list(results) if isinstance(results, (tuple, list)) else [results]
        after = results.pop() if isinstance(results[-1], dict) else {}
        wanted = {key: value for key, value in values.items() if value.requires_grad}
        total = sum((r.reshape(-1) * seed(r.numel())).sum() for r in results if r.is_floating_point() and r.requires_grad)
        if wanted and not isinstance(total, int):
            for key, gradient in zip(wanted, torch.autograd.grad(total, list(wanted.values()), allow_unused=True)):
                assert gradient is not None or given[key].role == "in", f"{name} does not depend on {key}"
                if gradient is not None:
                    assert gradient.abs().max() > 0, f"{name}: the gradient in {key} is 0 throughout"
                    self.put(f"{name}|grad|{key.replace('__', '.')}", gradient.numpy())
        for i, result in enumerate(results):
            array = result.detach().numpy()
            self.put(f"{name}|out|{i}", array if array.dtype == np.float64 else array.astype(np.int32))
        for key, value in after.items():
            self.put(f"{name}|after|{key.replace('__', '.')}", value.detach().numpy())

    def put(self, name, array):
        array = np.array(array, order="C")
        assert np.isfinite(array).all(), name
        self.tensors[name] = array

    def save(self):
        """A safetensors file: length of the header, header, bytes."""
        header, blocks, place = {}, [], 0
        for name, array in self.tensors.items():
            header[name] = {"dtype": KINDS[array.dtype], "shape": list(array.shape), "data_offsets": [place, place + array.nbytes]}
            place += array.nbytes
            blocks.append(array.tobytes())
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / f"{self.name}.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blocks))
        print(f"{self.name}: {len(self.cases)} cases, {place + len(text):,} bytes")
