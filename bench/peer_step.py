"""One training step of a multilayer perceptron in PyTorch on the CPU, timed: forward, loss, backward, update.

Reads one JSON request per line on standard input and answers one JSON line each, so that one process serves many rounds:

    {"mode": "masked", "widths": [784, 2048, 2048, 10], "density": 0.05, "threads": 1, "batch": 128,
     "batch_norm": false, "optimizer": "momentum", "steps": 40}

dense   plain layers; with "architecture" in place of "widths", any network of our descriptions
masked  weights and their gradients multiplied by fixed 0/1 masks, as research code trains sparse networks
csr     features first, the weight as CSR, a stored transposed CSR for the gradient of the input (none for the first layer),
        sampled products for the gradient at the active weights, the update on the values alone
"""

import json
import sys
import time
import warnings

try:
    import torch
except ImportError:
    print(json.dumps({"error": "torch is not installed"}), flush=True)
    sys.exit(0)

warnings.filterwarnings("ignore")


def optimizer_for(name, parameters):
    if name == "adam":
        return torch.optim.Adam(parameters, lr=0.001, foreach=True)
    return torch.optim.SGD(parameters, lr=0.01, momentum=0.9, foreach=True)


def masks_for(widths, density):
    return [(torch.rand(o, i) < density).float() for i, o in zip(widths, widths[1:])]


def plain_step(request):
    widths, masked = request["widths"], request["mode"] == "masked"
    linears = [torch.nn.Linear(i, o) for i, o in zip(widths, widths[1:])]
    masks = masks_for(widths, request["density"]) if masked else None
    parts = []
    for index, linear in enumerate(linears):
        parts.append(linear)
        if index < len(linears) - 1:
            if request["batch_norm"]:
                parts.append(torch.nn.BatchNorm1d(widths[index + 1]))
            parts.append(torch.nn.ReLU())
    network = torch.nn.Sequential(*parts)
    update = optimizer_for(request["optimizer"], network.parameters())
    loss_of = torch.nn.CrossEntropyLoss()
    inputs = [torch.randn(request["batch"], widths[0]) for _ in range(4)]
    labels = [torch.randint(0, widths[-1], (request["batch"],)) for _ in range(4)]

    def hide(of):
        with torch.no_grad():
            for linear, mask in zip(linears, masks):
                of(linear).mul_(mask)

    if masked:
        hide(lambda linear: linear.weight)

    def step(i):
        update.zero_grad(set_to_none=True)
        loss_of(network(inputs[i % 4]), labels[i % 4]).backward()
        if masked:
            hide(lambda linear: linear.weight.grad)
        update.step()
        if masked:
            hide(lambda linear: linear.weight)

    return step


class Described(torch.nn.Module):
    """A network from our description of architectures: layers by name, each reading earlier ones."""

    def __init__(self, described):
        super().__init__()
        self.layers = described["layers"]
        sizes = {"input": torch.zeros(2, *described["input"])}
        self.parts = torch.nn.ModuleDict()
        for layer in self.layers:
            inputs = [sizes[name] for name in layer["inputs"]]
            part = self.part_of(layer, inputs[0].shape)
            if part is not None:
                self.parts[layer["name"].replace(".", "_")] = part
            sizes[layer["name"]] = self.value_of(layer, inputs)

    def part_of(self, layer, shape):
        kind = layer["kind"]
        if kind == "convolution":
            numbers = {key: layer[key] for key in ("stride", "padding", "groups", "bias")}
            return torch.nn.Conv2d(shape[1], layer["outChannels"], layer["kernel"], **numbers)
        if kind == "linear":
            return torch.nn.Linear(shape[1], layer["outFeatures"], bias=layer["bias"])
        if kind == "batchNorm":
            return torch.nn.BatchNorm2d(shape[1]) if len(shape) == 4 else torch.nn.BatchNorm1d(shape[1])
        return None

    def value_of(self, layer, inputs):
        kind, x = layer["kind"], inputs[0]
        name = layer["name"].replace(".", "_")
        if name in self.parts:
            return self.parts[name](x)
        if kind == "activation":
            return torch.relu(x)
        if kind == "maxPool":
            return torch.nn.functional.max_pool2d(x, layer["kernel"], layer["stride"], layer["padding"])
        if kind == "averagePool":
            return torch.nn.functional.avg_pool2d(x, layer["kernel"], layer["stride"], layer["padding"])
        if kind == "globalAveragePool":
            return torch.nn.functional.adaptive_avg_pool2d(x, 1)
        if kind == "flatten":
            return torch.flatten(x, 1)
        if kind == "add":
            return sum(inputs)
        raise ValueError(f"no layer of kind {kind} here")

    def forward(self, x):
        values = {"input": x}
        for layer in self.layers:
            values[layer["name"]] = self.value_of(layer, [values[name] for name in layer["inputs"]])
        return values[self.layers[-1]["name"]]


def described_step(request):
    network = Described(request["architecture"])
    weights = [part.weight for part in network.modules() if isinstance(part, (torch.nn.Conv2d, torch.nn.Linear))]
    masks = [(torch.rand_like(weight) < request["density"]).float() for weight in weights]
    masked = request["mode"] == "masked"
    update = optimizer_for(request["optimizer"], network.parameters())
    loss_of = torch.nn.CrossEntropyLoss()
    inputs = [torch.randn(request["batch"], *request["architecture"]["input"]) for _ in range(4)]
    classes = network(inputs[0][:2]).shape[1]
    labels = [torch.randint(0, classes, (request["batch"],)) for _ in range(4)]

    def hide(of):
        with torch.no_grad():
            for weight, mask in zip(weights, masks):
                of(weight).mul_(mask)

    if masked:
        hide(lambda weight: weight)

    def step(i):
        update.zero_grad(set_to_none=True)
        loss_of(network(inputs[i % 4]), labels[i % 4]).backward()
        if masked:
            hide(lambda weight: weight.grad)
        update.step()
        if masked:
            hide(lambda weight: weight)

    return step


class SparseProduct(torch.autograd.Function):
    @staticmethod
    def forward(context, x, values, index, first):
        context.save_for_backward(x, values)
        context.index, context.first = index, first
        weight = torch.sparse_csr_tensor(index["rows"], index["columns"], values.detach(), index["shape"])
        return torch.mm(weight, x)

    @staticmethod
    def backward(context, gradient):
        x, values = context.saved_tensors
        index, gradient = context.index, gradient.contiguous()
        below = None
        if not context.first:
            turned = torch.sparse_csr_tensor(
                index["turned_rows"], index["turned_columns"], values[index["order"]], index["shape"][::-1]
            )
            below = torch.mm(turned, gradient)
        sampled = torch.sparse.sampled_addmm(index["zeros"], gradient, x.t(), beta=0.0)
        return below, sampled.values(), None, None


def csr_index(mask):
    csr = mask.to_sparse_csr()
    rows, columns = csr.crow_indices().int(), csr.col_indices().int()
    count = columns.numel()
    numbered = torch.sparse_csr_tensor(rows.long(), columns.long(), torch.arange(1, count + 1).double(), mask.shape)
    turned = numbered.to_dense().t().contiguous().to_sparse_csr()
    return {
        "rows": rows,
        "columns": columns,
        "turned_rows": turned.crow_indices().int(),
        "turned_columns": turned.col_indices().int(),
        "order": turned.values().long() - 1,
        "shape": tuple(mask.shape),
        "zeros": torch.sparse_csr_tensor(rows, columns, torch.zeros(count), mask.shape),
        "count": count,
    }


def csr_step(request):
    widths = request["widths"]
    indices = [csr_index(mask) for mask in masks_for(widths, request["density"])]
    values = [torch.nn.Parameter(torch.randn(index["count"]) * 0.05) for index in indices]
    biases = [torch.nn.Parameter(torch.zeros(width, 1)) for width in widths[1:]]
    update = torch.optim.SGD(values + biases, lr=0.01, momentum=0.9, fused=True)
    loss_of = torch.nn.CrossEntropyLoss()
    inputs = [torch.randn(widths[0], request["batch"]) for _ in range(4)]
    labels = [torch.randint(0, widths[-1], (request["batch"],)) for _ in range(4)]

    def step(i):
        update.zero_grad(set_to_none=True)
        h = inputs[i % 4]
        for layer, index in enumerate(indices):
            h = SparseProduct.apply(h, values[layer], index, layer == 0) + biases[layer]
            if layer < len(indices) - 1:
                h = torch.relu(h)
        loss_of(h.t(), labels[i % 4]).backward()
        update.step()

    return step


kept = {}

for line in sys.stdin:
    request = json.loads(line)
    torch.set_num_threads(request["threads"])
    key = json.dumps({name: value for name, value in request.items() if name not in ("steps", "threads")})
    if key not in kept:
        kept.clear()
        torch.manual_seed(0)
        make = described_step if "architecture" in request else csr_step if request["mode"] == "csr" else plain_step
        kept[key] = make(request)
        for i in range(5):
            kept[key](i)
    times = []
    for i in range(request["steps"]):
        started = time.perf_counter()
        kept[key](i)
        times.append((time.perf_counter() - started) * 1e3)
    answer = {
        "peer": "pytorch " + torch.__version__,
        "mode": request["mode"],
        "times": times,
    }
    print(json.dumps(answer), flush=True)
