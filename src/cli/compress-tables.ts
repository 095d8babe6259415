/** The networks of a compression side by side, and layer by layer, for terminal and page. */

import type { CostKind, CostTarget } from "../compress/index.ts";
import type { Table } from "../experiment/index.ts";
import { weightLayers } from "../nn/index.ts";
import type { CompressResult, NetworkResult, TargetResult } from "./compress.ts";

/** "30 % of the MACs" */
export function targetName({ of, share }: CostTarget): string {
  return `${Number((100 * share).toPrecision(4))} % of the ${costName(of)}`;
}

/** A cost in words. */
export function costName(of: CostKind): string {
  return { macs: "MACs", parameters: "parameters", groups: "channels" }[of];
}

/** A line per network, the full one first. */
export function networkTable({ full, fullIs, targets }: CompressResult): Table {
  const row = (name: string, { cost: { total }, test, latencyMs }: NetworkResult) => ({
    network: name,
    accuracy: test.accuracy,
    macs: total.activeMacs,
    fewer: full.cost.total.activeMacs / total.activeMacs,
    parameters: total.activeParameters,
    bytes: total.bytes,
    gzip: total.gzipBytes,
    one: latencyMs.one,
    many: latencyMs.thirtyTwo,
  });
  return {
    name: "networks",
    caption: "Before and after",
    columns: [
      { key: "network", title: "network" },
      { key: "accuracy", title: "test accuracy", format: "percent", unit: "%" },
      { key: "macs", title: "MACs", format: "integer" },
      { key: "fewer", title: "times fewer", format: "number", decimals: 2 },
      { key: "parameters", title: "parameters", format: "integer" },
      { key: "bytes", title: "bytes", format: "integer" },
      { key: "gzip", title: "gzip", format: "integer" },
      { key: "one", title: "1 example", format: "number", decimals: 3, unit: "ms" },
      { key: "many", title: "32 examples", format: "number", decimals: 3, unit: "ms" },
    ],
    rows: [row("full", full), ...targets.map((of) => row(targetName(of.target), of))],
    notes: [
      `The full network is ${fullIs === "trained as long" ? "one trained as many epochs at the same rates, nothing removed" : fullIs}.`,
      "MACs of one example; bytes of float32 numbers; times are medians of 50 runs on this machine, the networks in turns.",
    ],
  };
}

/** What a layer was and is. */
export function layerTable({ full }: CompressResult, { cost, values, compressed, target }: TargetResult): Table {
  const shapes = new Map(weightLayers(values.architecture).map(({ name, shape }) => [name, shape]));
  const small = new Map(cost.layers.map((layer) => [layer.name, layer]));
  const { unprunable } = compressed.groups;
  return {
    name: `layers-${target.share}`,
    caption: `Layers at ${targetName(target)}`,
    columns: [
      { key: "layer", title: "layer" },
      { key: "before", title: "shape", align: "right" },
      { key: "after", title: "becomes", align: "right" },
      { key: "macs", title: "MACs", format: "integer" },
      { key: "macs_after", title: "become", format: "integer" },
      { key: "share", title: "left", format: "percent", unit: "%" },
      { key: "bytes", title: "bytes", format: "integer" },
      { key: "bytes_after", title: "become", format: "integer" },
    ],
    rows: weightLayers(full.values.architecture).map(({ name, shape }) => {
      const was = full.cost.layers.find((layer) => layer.name === name);
      const is = small.get(name);
      return {
        layer: name,
        before: shape.join(" × "),
        after: shapes.get(name)?.join(" × ") ?? "gone",
        macs: was?.macs,
        macs_after: is?.activeMacs ?? 0,
        share: (is?.activeMacs ?? 0) / (was?.macs ?? Number.NaN),
        bytes: was?.bytes,
        bytes_after: is?.bytes ?? 0,
      };
    }),
    notes: [
      ...wayNotes(compressed),
      ...unprunable.map(({ layer, reason }) => `${layer} keeps its channels: ${reason}.`),
    ],
  };
}

/** How the groups went. */
function wayNotes({ counts, comparison, shrunk }: TargetResult["compressed"]): string[] {
  const { wanted, byOptimizer, atEnd } = counts;
  const folded = shrunk.removed.reduce((sum, { reasons }) => sum + reasons.constant, 0);
  const by = atEnd === 0 ? "" : `, and ${atEnd} of smallest norm were set to zero after it`;
  const apart =
    comparison.largestDifference === 0
      ? "give the same outputs"
      : `differ by ${comparison.largestDifference.toExponential(1)} at most, of outputs up to ${comparison.largestOutput.toPrecision(3)}`;
  return [
    byOptimizer === 0
      ? `${wanted} channels of smallest norm were set to zero.`
      : `${wanted} channels were to go: the optimizer set ${Math.min(byOptimizer, wanted)} to zero${by}.`,
    ...(folded > 0 ? [`${folded} channels were constant and are in the biases of the layers that read them.`] : []),
    ...(shrunk.dropped.length > 0 ? [`Gone altogether: ${shrunk.dropped.join(", ")}.`] : []),
    `On random inputs the small network and the full one with zeros ${apart}.`,
  ];
}

/** The answer in a sentence or two. */
export function leadOf({ full, targets }: CompressResult): string {
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  return targets
    .map(({ target, cost, test, compressed }) => {
      const fewer = (full.cost.total.activeMacs / cost.total.activeMacs).toFixed(2);
      const smaller = (full.cost.total.bytes / cost.total.bytes).toFixed(2);
      const points = 100 * (test.accuracy - full.test.accuracy);
      const forced =
        compressed.counts.byOptimizer > 0 && compressed.counts.atEnd > 0.1 * compressed.counts.wanted
          ? " The optimizer left many channels to the end; finetune_epochs may bring accuracy back."
          : "";
      return `At ${targetName(target)}: ${fewer} times fewer MACs and ${smaller} times fewer bytes at a test accuracy of ${percent(test.accuracy)}, ${points >= 0 ? "+" : "−"}${Math.abs(points).toFixed(2)} points from the full network's ${percent(full.test.accuracy)}.${forced}`;
    })
    .join(" ");
}
