"""The networks of ../Networks in PyTorch: times them, and writes them as ONNX files.

    networks.py export FOLDER CONVOLUTION ...                  the networks and convolutions as FOLDER/NAME.onnx
    networks.py predict|train NETWORK BATCH THREADS SECONDS    one line of figures
    networks.py traced NETWORK BATCH THREADS SECONDS           predict after torch.jit.optimize_for_inference
    networks.py convolutions THREADS SECONDS CONVOLUTION ...   a line for each convolution and direction
    networks.py products THREADS SECONDS MxNxK ...             a line for each matrix product

A CONVOLUTION is name,channels,size,outputs,kernel,stride,pad,batch.
"""
import os
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

class Mlp(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))


class LeNet(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))


class AlexNet(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(3, 96, 11, stride=4), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(96, 256, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(256, 384, 3, padding=1), nn.ReLU(),
            nn.Conv2d(384, 384, 3, padding=1), nn.ReLU(),
            nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Flatten(), nn.Linear(9216, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 1000))


class Vgg16(nn.Sequential):
    def __init__(self):
        layers, channels = [], 3
        for width, depth in zip([64, 128, 256, 512, 512], [2, 2, 3, 3, 3]):
            for _ in range(depth):
                layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
                channels = width
            layers.append(nn.MaxPool2d(2))
        super().__init__(
            *layers, nn.Flatten(), nn.Linear(25088, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 1000))


def normalised(channels, width, kernel, stride=1):
    return [nn.Conv2d(channels, width, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(width)]


class Block(nn.Module):
    def __init__(self, channels, width, stride, deep):
        super().__init__()
        out = 4 * width if deep else width
        if deep:
            layers = [*normalised(channels, width, 1), nn.ReLU(), *normalised(width, width, 3, stride), nn.ReLU(), *normalised(width, out, 1)]
        else:
            layers = [*normalised(channels, width, 3, stride), nn.ReLU(), *normalised(width, width, 3)]
        self.layers = nn.Sequential(*layers)
        self.shortcut = nn.Identity() if stride == 1 and channels == out else nn.Sequential(*normalised(channels, out, 1, stride))

    def forward(self, x):
        return F.relu(self.layers(x) + self.shortcut(x))


class ResNet(nn.Sequential):
    def __init__(self, blocks, deep):
        layers, channels = [*normalised(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)], 64
        for stage, count in enumerate(blocks):
            for i in range(count):
                layers.append(Block(channels, 64 << stage, 2 if i == 0 and stage > 0 else 1, deep))
                channels = (256 if deep else 64) << stage
        super().__init__(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 1000))


class Inception(nn.Module):
    def __init__(self, channels, one, three_in, three, five_in, five, pooled):
        super().__init__()
        self.a = nn.Sequential(nn.Conv2d(channels, one, 1), nn.ReLU())
        self.b = nn.Sequential(nn.Conv2d(channels, three_in, 1), nn.ReLU(), nn.Conv2d(three_in, three, 3, padding=1), nn.ReLU())
        self.c = nn.Sequential(nn.Conv2d(channels, five_in, 1), nn.ReLU(), nn.Conv2d(five_in, five, 5, padding=2), nn.ReLU())
        self.d = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(channels, pooled, 1), nn.ReLU())

    def forward(self, x):
        return torch.cat([self.a(x), self.b(x), self.c(x), self.d(x)], 1)


class GoogLeNet(nn.Sequential):
    def __init__(self):
        halve = lambda: nn.MaxPool2d(3, 2, ceil_mode=True)
        super().__init__(
            nn.Conv2d(3, 64, 7, 2, 3), nn.ReLU(), halve(),
            nn.Conv2d(64, 64, 1), nn.ReLU(), nn.Conv2d(64, 192, 3, padding=1), nn.ReLU(), halve(),
            Inception(192, 64, 96, 128, 16, 32, 32), Inception(256, 128, 128, 192, 32, 96, 64), halve(),
            Inception(480, 192, 96, 208, 16, 48, 64), Inception(512, 160, 112, 224, 24, 64, 64),
            Inception(512, 128, 128, 256, 24, 64, 64), Inception(512, 112, 144, 288, 32, 64, 64),
            Inception(528, 256, 160, 320, 32, 128, 128), halve(),
            Inception(832, 256, 160, 320, 32, 128, 128), Inception(832, 384, 192, 384, 48, 128, 128),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1024, 1000))


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.LSTM(256, 256, batch_first=True)
        self.classify = nn.Linear(256, 10)

    def forward(self, x):
        return self.classify(self.cell(x)[0][:, -1])


class TransformerBlock(nn.Module):
    def __init__(self, width=512, heads=8):
        super().__init__()
        self.heads = heads
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.apart, self.together = nn.Linear(width, 3 * width, bias=True), nn.Linear(width, width)
        self.dense = nn.Sequential(nn.Linear(width, 2048), nn.ReLU(), nn.Linear(2048, width))
        self.classify = nn.Linear(width, 10)

    def attend(self, x):
        n, steps, width = x.shape
        q, k, v = self.apart(x).reshape(n, steps, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        weights = torch.softmax(q @ k.transpose(-1, -2) * (width // self.heads) ** -0.5, -1)
        return self.together((weights @ v).transpose(1, 2).reshape(n, steps, width))

    def forward(self, x):
        h = x + self.attend(self.before(x))
        return self.classify((h + self.dense(self.between(h))).mean(1))


# How to make it, its input without the batch, its classes.
NETWORKS = {
    "Mlp": (Mlp, (1, 28, 28), 10),
    "LeNet": (LeNet, (1, 28, 28), 10),
    "AlexNet": (AlexNet, (3, 227, 227), 1000),
    "Vgg16": (Vgg16, (3, 224, 224), 1000),
    "ResNet18": (lambda: ResNet([2, 2, 2, 2], False), (3, 224, 224), 1000),
    "ResNet50": (lambda: ResNet([3, 4, 6, 3], True), (3, 224, 224), 1000),
    "GoogLeNet": (GoogLeNet, (3, 224, 224), 1000),
    "Lstm": (Lstm, (128, 256), 10),
    "TransformerBlock": (TransformerBlock, (128, 512), 10),
}


def convolution(text):
    name, *numbers = text.split(",")
    return name, *map(int, numbers)


def times(call, seconds, least=3):
    call()
    taken, start = [], time.perf_counter()
    while time.perf_counter() - start < seconds or len(taken) < least:
        before = time.perf_counter()
        call()
        taken.append(time.perf_counter() - before)
    taken.sort()
    return taken[0] * 1e3, taken[len(taken) // 2] * 1e3


def network(mode, name, batch, seconds):
    make, shape, classes = NETWORKS[name]
    model, x = make(), torch.randn(batch, *shape)
    if mode == "train":
        label = torch.randint(0, classes, (batch,))
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)

        def call():
            optimizer.zero_grad(set_to_none=True)
            F.cross_entropy(model(x), label).backward()
            optimizer.step()
    else:
        model.eval()
        torch.set_grad_enabled(False)
        if mode == "traced":
            model = torch.jit.optimize_for_inference(torch.jit.trace(model, x))
        call = lambda: model(x)
    call()
    first = time.time() * 1e3
    best, median = times(call, seconds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"best={best:.4f} median={median:.4f} first={first:.0f} peak={peak:.0f}", flush=True)


def convolutions(seconds, wanted):
    for name, channels, size, outputs, kernel, stride, pad, batch in map(convolution, wanted):
        x = torch.randn(batch, channels, size, size)
        w = torch.randn(outputs, channels, kernel, kernel)
        with torch.no_grad():
            y = F.conv2d(x, w, None, stride, pad)

            def backward(data, weight):
                return lambda: torch.ops.aten.convolution_backward(
                    y, x, w, None, [stride] * 2, [pad] * 2, [1, 1], False, [0, 0], 1, [data, weight, False])

            for direction, call in [("forward", lambda: F.conv2d(x, w, None, stride, pad)),
                                    ("backward-data", backward(True, False)), ("backward-filter", backward(False, True))]:
                best, median = times(call, seconds)
                print(f"{name} b{batch} {direction} best={best:.4f} median={median:.4f}", flush=True)


def products(seconds, wanted):
    for m, n, k in (map(int, shape.split("x")) for shape in wanted):
        a, b, c = torch.randn(m, k), torch.randn(k, n), torch.empty(m, n)
        best, median = times(lambda: torch.mm(a, b, out=c), seconds)
        print(f"{m}x{n}x{k} best={best:.4f} median={median:.4f}", flush=True)


def export(folder, wanted):
    os.makedirs(folder, exist_ok=True)

    def write(name, model, x):
        torch.onnx.export(model.eval(), x, f"{folder}/{name}.onnx", input_names=["x"], output_names=["y"],
                          dynamic_axes={"x": {0: "n"}, "y": {0: "n"}}, opset_version=13)

    for name, (make, shape, _) in NETWORKS.items():
        write(name, make(), torch.randn(1, *shape))
    for name, channels, size, outputs, kernel, stride, pad, _ in map(convolution, wanted):
        write(name, nn.Conv2d(channels, outputs, kernel, stride, pad, bias=False), torch.randn(1, channels, size, size))


def main():
    torch.manual_seed(0)
    mode, *rest = sys.argv[1:]
    if mode == "export":
        export(rest[0], rest[1:])
    elif mode in ("convolutions", "products"):
        torch.set_num_threads(int(rest[0]))
        {"convolutions": convolutions, "products": products}[mode](float(rest[1]), rest[2:])
    else:
        name, batch, threads, seconds = rest
        torch.set_num_threads(int(threads))
        network(mode, name, int(batch), float(seconds))


if __name__ == "__main__":
    main()
