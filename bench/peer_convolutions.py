"""The three sums of convolution layers in PyTorch on one thread of the CPU, timed: result, gradients of input and of weights.

Reads one JSON request on standard input and answers with the least seconds of each, one list per layer:

    {"layers": [{"channels": 32, "filters": 64, "kernel": 3, "side": 14, "border": 1, "step": 1}], "batch": 128, "turns": 9}
"""

import json
import sys
import time

import torch


def least_seconds(call, turns):
    call()
    best = float("inf")
    for _ in range(turns):
        before = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - before)
    return best


def layer_times(layer, batch, turns):
    channels, filters, kernel = layer["channels"], layer["filters"], layer["kernel"]
    x = torch.randn(batch, channels, layer["side"], layer["side"])
    w = torch.randn(filters, channels, kernel, kernel)
    b = torch.randn(filters)
    step, border = [layer["step"]] * 2, [layer["border"]] * 2

    def forward():
        return torch.nn.functional.conv2d(x, w, b, step, border)

    g = torch.randn_like(forward())

    def backward(*mask):
        return torch.ops.aten.convolution_backward(
            g, x, w, [filters], step, border, [1, 1], False, [0, 0], 1, [*mask, False]
        )

    calls = [forward, lambda: backward(True, False), lambda: backward(False, True)]
    return [least_seconds(call, turns) for call in calls]


torch.set_num_threads(1)
request = json.load(sys.stdin)
with torch.no_grad():
    times = [layer_times(layer, request["batch"], request["turns"]) for layer in request["layers"]]
print(json.dumps(times))
