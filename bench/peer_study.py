"""The trials of a study in PyTorch on the CPU, one after another: what the same study costs as research code runs it.

    python3 peer_study.py REQUEST.json

The request names a folder with train_x.npy (float32, normalised, [N, F]), train_y.npy, test_x.npy, test_y.npy (int64), and
lists trials: {"kind": "sparse", "widths": [64, 256, 256, 10], "active": [...], "batch_norm": false, "optimizer": "adam",
"learning_rate": 0.001, "momentum": 0.9, "epochs": 20, "batch_size": 128, "measured": [0, 2, ...], "measure_examples": 256,
"seed": 0}. Dense trials are plain layers; sparse ones have their weights masked once and their gradients masked in every step,
which leaves a masked weight at 0. After each measured epoch both splits are evaluated and the norms of the gradients taken, over
active weights and over all. Prints one JSON line per trial, then one with the total.
"""

import json
import sys
import time

try:
    import numpy
    import torch
except ImportError as missing:
    print(json.dumps({"error": f"{missing.name} is not installed"}), flush=True)
    sys.exit(0)


def network_of(trial):
    widths, parts = trial["widths"], []
    for layer, (fan_in, fan_out) in enumerate(zip(widths, widths[1:])):
        parts.append(torch.nn.Linear(fan_in, fan_out))
        torch.nn.init.kaiming_normal_(parts[-1].weight)
        torch.nn.init.zeros_(parts[-1].bias)
        if layer < len(widths) - 2:
            if trial["batch_norm"]:
                parts.append(torch.nn.BatchNorm1d(fan_out))
            parts.append(torch.nn.ReLU())
    return torch.nn.Sequential(*parts)


def masks_of(trial, linears):
    if trial["kind"] == "dense":
        return None
    masks = []
    for linear, active in zip(linears, trial["active"]):
        mask = torch.zeros(linear.weight.numel())
        mask[torch.randperm(linear.weight.numel())[:active]] = 1
        masks.append(mask.view_as(linear.weight))
    return masks


def evaluate(network, x, y):
    network.eval()
    loss = hits = 0.0
    with torch.no_grad():
        for start in range(0, len(y), 256):
            logits = network(x[start : start + 256])
            labels = y[start : start + 256]
            loss += torch.nn.functional.cross_entropy(logits, labels, reduction="sum").item()
            hits += (logits.argmax(1) == labels).sum().item()
    network.train()
    return loss / len(y), hits / len(y)


def measure_flow(network, linears, masks, x, y):
    network.zero_grad(set_to_none=True)
    torch.nn.functional.cross_entropy(network(x), y).backward()
    norms = []
    for layer, linear in enumerate(linears):
        gradient = linear.weight.grad
        norms.append((gradient.abs().sum().item(), gradient.norm().item()))
        if masks is not None:
            active = gradient * masks[layer]
            norms.append((active.abs().sum().item(), active.norm().item()))
    return norms


def optimizer_for(trial, parameters):
    if trial["optimizer"] == "adam":
        return torch.optim.Adam(parameters, lr=trial["learning_rate"], foreach=True)
    return torch.optim.SGD(parameters, lr=trial["learning_rate"], momentum=trial["momentum"], foreach=True)


def batches_of(trial, train_x, train_y, loader):
    """Shuffled batches: slices of tensors in memory, the fastest way there is, or a DataLoader, the usual one."""
    if loader:
        pairs = torch.utils.data.TensorDataset(train_x, train_y)
        yield from torch.utils.data.DataLoader(pairs, batch_size=trial["batch_size"], shuffle=True)
        return
    order = torch.randperm(len(train_y))
    for start in range(0, len(train_y), trial["batch_size"]):
        chosen = order[start : start + trial["batch_size"]]
        yield train_x[chosen], train_y[chosen]


def run_trial(trial, data, loader=False):
    torch.manual_seed(trial["seed"])
    train_x, train_y, test_x, test_y = data
    network = network_of(trial)
    linears = [part for part in network if isinstance(part, torch.nn.Linear)]
    masks = masks_of(trial, linears)
    if masks is not None:
        with torch.no_grad():
            for linear, mask in zip(linears, masks):
                linear.weight.mul_(mask)
    update = optimizer_for(trial, network.parameters())
    sample = slice(0, min(trial["measure_examples"], len(train_y)))
    accuracy = None
    steps = 0
    for epoch in range(trial["epochs"] + 1):
        if epoch > 0:
            for x, y in batches_of(trial, train_x, train_y, loader):
                update.zero_grad(set_to_none=True)
                torch.nn.functional.cross_entropy(network(x), y).backward()
                if masks is not None:
                    for linear, mask in zip(linears, masks):
                        linear.weight.grad.mul_(mask)
                update.step()
                steps += 1
        if epoch in trial["measured"]:
            evaluate(network, train_x, train_y)
            accuracy = evaluate(network, test_x, test_y)[1]
            measure_flow(network, linears, masks, train_x[sample], train_y[sample])
    return steps, accuracy


def main():
    with open(sys.argv[1]) as file:
        request = json.load(file)
    torch.set_num_threads(request["threads"])
    arrays = [numpy.load(f"{request['folder']}/{name}.npy") for name in ("train_x", "train_y", "test_x", "test_y")]
    data = [torch.from_numpy(array) for array in arrays]
    run_trial({**request["trials"][0], "epochs": 1, "measured": [0]}, data)
    total = 0.0
    for trial in request["trials"]:
        started = time.perf_counter()
        steps, accuracy = run_trial(trial, data, request["loader"])
        seconds = time.perf_counter() - started
        total += seconds
        print(json.dumps({"kind": trial["kind"], "steps": steps, "accuracy": accuracy, "seconds": seconds}), flush=True)
    print(json.dumps({"peer": "pytorch " + torch.__version__, "seconds": total}), flush=True)


main()
