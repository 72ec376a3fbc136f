"""What Benchmarks --gpu measures, by PyTorch with cuBLAS and cuDNN on the same machine: rows of what | how | ms | rate.

    gpu_torch.py [part of a name] [--tiny] [--cpu] [--seconds S]

f32 is true f32; rows of tf32, bf16 and f16 say so (the latter store their operands in these types). Times are medians by CUDA events,
of calls queued together; of training steps in eager mode, each with a batch copied from pinned memory.
"""
import argparse
import os
import statistics
import time

import torch
from torch.nn import functional as F

import networks

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLE_SECONDS, LEAST_SAMPLES = 0.01, 5


def milliseconds(call, device, seconds):
    """The median time of a call."""
    def sample(calls):
        if device.type != "cuda":
            start = time.perf_counter()
            for _ in range(calls):
                call()
            return (time.perf_counter() - start) * 1e3 / calls
        before, after = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        before.record()
        for _ in range(calls):
            call()
        after.record()
        after.synchronize()
        return before.elapsed_time(after) / calls

    for _ in range(3):
        sample(1)
    together = max(1, min(1000, int(SAMPLE_SECONDS * 1e3 / sample(2))))
    sample(together)
    samples, start = [], time.perf_counter()
    while len(samples) < LEAST_SAMPLES or time.perf_counter() - start < seconds:
        samples.append(sample(together))
    return statistics.median(samples)


class Table:
    def __init__(self, part, device, seconds):
        self.part, self.device, self.seconds = part, device, seconds

    def wants(self, name):
        return self.part is None or self.part.lower() in name.lower()

    def row(self, name, how, call, rate):
        """Measures a call; rate gives the last column of its milliseconds."""
        taken = milliseconds(call, self.device, self.seconds)
        print(f"{name:<40} | {how:<22} | {taken:11.5g} | {rate(taken):>14}", flush=True)


def section(title):
    print(f"\n## {title}\n", flush=True)


def allow_tf32(allowed):
    torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.backends.cudnn.allow_tf32 = allowed


def precisions(device):
    """How, whether TF32 is allowed, and the type of operands."""
    yield "f32", False, torch.float32
    if device.type == "cuda":
        yield "tf32", True, torch.float32
        yield "bf16", False, torch.bfloat16
        yield "f16", False, torch.float16


def tera(flops):
    return lambda taken: f"{flops / taken / 1e9:.2f} TFLOP/s"


def giga(count):
    return lambda taken: f"{count / taken / 1e6:.1f} GB/s"


def products(table, shapes):
    section("Products of f32 matrices, M x N x K")
    for m, n, k in (map(int, words) for words in shapes["product"]):
        name = f"product {m}x{n}x{k}"
        if not table.wants(name):
            continue
        for how, tf32, element in precisions(table.device):
            allow_tf32(tf32)
            a = torch.rand(m, k, device=table.device, dtype=element) - 0.5
            b = torch.rand(k, n, device=table.device, dtype=element) - 0.5
            c = torch.empty(m, n, device=table.device, dtype=element)
            table.row(name, how, lambda: torch.mm(a, b, out=c), tera(2.0 * m * n * k))
    allow_tf32(False)


def convolutions(table, shapes):
    section("Convolutions of f32, operations by the definition")
    for name, *numbers in shapes["conv"]:
        channels, size, outputs, kernel, stride, pad, batch = map(int, numbers)
        out = (size + 2 * pad - kernel) // stride + 1
        flops = 2.0 * batch * outputs * out * out * channels * kernel * kernel
        for how, tf32, element in precisions(table.device):
            allow_tf32(tf32)
            x = torch.rand(batch, channels, size, size, device=table.device, dtype=element) - 0.5
            w = torch.rand(outputs, channels, kernel, kernel, device=table.device, dtype=element) - 0.5
            y = F.conv2d(x, w, None, stride, pad)

            def backward(data, weight):
                return lambda: torch.ops.aten.convolution_backward(
                    y, x, w, None, [stride] * 2, [pad] * 2, [1, 1], False, [0, 0], 1, [data, weight, False])

            for direction, call in [("forward", lambda: F.conv2d(x, w, None, stride, pad)),
                                    ("backward-data", backward(True, False)), ("backward-filter", backward(False, True))]:
                if table.wants(f"{name} {direction}"):
                    table.row(f"{name} {direction}", how, call, tera(flops))
    allow_tf32(False)


def kernels(table, shapes):
    section("Loops, each tensor read or written counted once")
    rows, columns, images, channels, size = map(int, shapes["kernels"][0])
    x, z, y, v = (torch.rand(rows, columns, device=table.device) - 0.5 for _ in range(4))
    p = torch.rand(images, channels, size, size, device=table.device) - 0.5
    matrix, image = 4.0 * rows * columns, 4.0 * images * channels * size * size

    def momentum():
        v.mul_(0.9).add_(z)
        y.add_(v, alpha=-0.01)

    for name, call, moved in [
            ("copy", lambda: y.copy_(x), 2 * matrix),
            ("relu", lambda: torch.relu(x), 2 * matrix),
            ("gelu", lambda: F.gelu(x), 2 * matrix),
            ("add", lambda: torch.add(x, z, out=y), 3 * matrix),
            ("add_columns", lambda: torch.relu(x + z[0]), 2 * matrix),
            ("softmax", lambda: torch.softmax(x, 1), 2 * matrix),
            ("layer_norm", lambda: F.layer_norm(x, [columns]), 2 * matrix),
            ("sum_rows", lambda: x.sum(1), matrix),
            ("momentum", momentum, 5 * matrix),
            ("batch_norm", lambda: F.batch_norm(p, None, None, training=True), 2 * image),
            ("max_pool", lambda: F.max_pool2d(p, 2), 1.25 * image)]:
        if table.wants(name):
            table.row(name, "f32", call, giga(moved))


def step(name, batch, device):
    """A call that trains a network with one batch."""
    make, shape, classes = networks.NETWORKS[name]
    model = make().to(device)
    x, label = torch.rand(batch, *shape) - 0.5, torch.randint(0, classes, (batch,))
    if device.type == "cuda":
        x, label = x.pin_memory(), label.pin_memory()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)

    def call():
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(model(x.to(device, non_blocking=True)), label.to(device, non_blocking=True)).backward()
        optimizer.step()

    return call


def training(table, shapes):
    section("Steps of training, each with a batch brought from the host")
    for name, batch in shapes["network"]:
        what = f"train {name} b{batch}"
        if table.wants(what):
            for how, tf32 in [("f32", False)] + ([("tf32", True)] if table.device.type == "cuda" else []):
                allow_tf32(tf32)
                table.row(what, how, step(name, int(batch), table.device), lambda taken: f"{1000 * int(batch) / taken:.0f} samples/s")
    allow_tf32(False)


def alexnet(table, shapes):
    iterations, wanted = 20, [int(batch) for (batch,) in shapes.get("alexnet", []) if table.wants(f"alexnet {batch}")]
    if wanted:
        section(f"AlexNet, {iterations} iterations of training")
    for batch in wanted:
        call = step("AlexNet", batch, table.device)
        wait = torch.cuda.synchronize if table.device.type == "cuda" else lambda: None
        call()
        wait()
        start = time.perf_counter()
        for _ in range(iterations):
            call()
        wait()
        print(f"alexnet {batch:<32} | {'f32':<22} | {time.perf_counter() - start:9.3f} s", flush=True)


def read_shapes(tiny):
    shapes = {}
    with open(os.path.join(HERE, "gpu_shapes.txt"), encoding="utf-8") as lines:
        for words in map(str.split, lines):
            if words and words[0] != "#" and (words[0] == "tiny") == tiny:
                kind, *rest = words[1:] if tiny else words
                shapes.setdefault(kind, []).append(rest)
    return shapes


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("part", nargs="?")
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--cpu", action="store_true")
    parser.add_argument("--seconds", type=float, default=0.3)
    options = parser.parse_args()
    if not options.cpu and not torch.cuda.is_available():
        parser.error("this PyTorch sees no GPU; --cpu tries the script on the processor")
    device = torch.device("cpu" if options.cpu else "cuda")
    torch.manual_seed(1)
    torch.backends.cudnn.benchmark = True
    allow_tf32(False)
    where = "the processor" if options.cpu else f"{torch.cuda.get_device_name()}, CUDA {torch.version.cuda}, cuDNN {torch.backends.cudnn.version()}"
    print(f"PyTorch {torch.__version__} on {where}; medians")
    table, shapes = Table(options.part, device, options.seconds), read_shapes(options.tiny)
    with torch.no_grad():
        products(table, shapes)
        convolutions(table, shapes)
        kernels(table, shapes)
    training(table, shapes)
    alexnet(table, shapes)


main()
