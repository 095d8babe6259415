/** The page of a compression: before and after, the curve of accuracy against cost, layer by layer, and where it comes from. */

import type { Report, ReportFigure } from "../experiment/index.ts";
import { accuracyByCost } from "../plot/index.ts";
import type { CompressResult } from "./compress.ts";
import { layerTable, leadOf, networkTable, targetName } from "./compress-tables.ts";
import { packageVersion } from "./program.ts";

export async function compressReport(result: CompressResult): Promise<Report> {
  const { plan, dataset, full, targets } = result;
  const { settings, seed } = plan;
  return {
    title: `${full.values.architecture.name}, compressed`,
    subtitle: `${settings.method} to ${targets.map(({ target }) => targetName(target)).join(", ")}, on ${dataset.name}`,
    lead: leadOf(result),
    sections: [
      {
        id: "networks",
        title: "Before and after",
        text: "The small networks have the same kinds of layers with fewer channels, and nothing sparse about them: every program that runs the full network runs them. Each gives the outputs of the network it was cut from, which was checked on random inputs.",
        figures: [
          await costFigure(result, "activeMacs", "macs", "multiply-accumulates"),
          await costFigure(result, "bytes", "bytes", "bytes"),
        ],
        tables: [networkTable(result)],
      },
      {
        id: "layers",
        title: "Layer by layer",
        tables: targets.map((target) => layerTable(result, target)),
      },
    ],
    provenance: {
      program: `gradientflow ${packageVersion()}`,
      data: `${dataset.name}, SHA-256 ${dataset.sha256}`,
      seed: String(seed),
      settings: JSON.stringify(settings),
    },
  };
}

async function costFigure(
  { full, fullIs, targets, plan }: CompressResult,
  key: "activeMacs" | "bytes",
  name: string,
  words: string,
): Promise<ReportFigure> {
  const points = [
    { series: `full network, ${fullIs}`, share: 1, accuracy: full.test.accuracy },
    ...targets.map(({ cost, test }) => ({
      series: plan.settings.method,
      share: cost.total[key] / full.cost.total[key],
      accuracy: test.accuracy,
    })),
  ];
  const title = `Test accuracy against ${words}`;
  return {
    name: `accuracy-by-${name}`,
    svg: await accuracyByCost(points, { title, measure: `${words}, % of the full network's` }),
    caption: `${title}, one network each.`,
  };
}
