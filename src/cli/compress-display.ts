/**
 * How a compression looks: what is compressed and what is not, a line per epoch with the time left below it on a terminal, and
 * the networks before and after; or JSON lines.
 */

import { pruningGroups } from "../compress/index.ts";
import type { Dataset } from "../data/index.ts";
import { formatDuration, toText } from "../experiment/index.ts";
import { type Architecture, countsOf } from "../nn/index.ts";
import type { CompressResult } from "./compress.ts";
import type { CompressFolder } from "./compress-folder.ts";
import type { CompressPlan } from "./compress-settings.ts";
import { costName, layerTable, leadOf, networkTable, targetName } from "./compress-tables.ts";
import { canStyle, counted, grouped, paint, say, sayJson, terminalWidth, wrap } from "./output.ts";

export interface CompressHead {
  readonly plan: CompressPlan;
  readonly dataset: Dataset;
  readonly architecture: Architecture;
  /** Of the whole run. */
  readonly epochs: number;
  readonly folder: CompressFolder;
}

/** The end of an epoch. */
export interface CompressEpoch {
  /** "full", or "target-0.3". */
  readonly part: string;
  readonly stretch: string;
  readonly epoch: number;
  /** Epochs of the stretch. */
  readonly of: number;
  readonly loss: number;
}

export interface CompressDisplay {
  begin(head: CompressHead): void;
  epoch(epoch: CompressEpoch): void;
  /** Epochs of a stretch that were done before. */
  skipped(epochs: number): void;
  measuring(): void;
  end(result: CompressResult, report: string): void;
}

export function jsonCompressDisplay(): CompressDisplay {
  let startedMs = 0;
  return {
    begin: ({ plan, dataset, architecture, epochs }) => {
      startedMs = performance.now();
      const { settings, targets, seed } = plan;
      const { unprunable } = pruningGroups(architecture, { keep: settings.keep });
      const { parameters, macs } = countsOf(architecture).total;
      const network = { architecture: architecture.name, parameters, macs };
      sayJson(
        { event: "begin", seed, targets, epochs, ...network, unprunable, data_sha256: dataset.sha256, settings },
        0,
      );
    },
    epoch: (epoch) => sayJson({ event: "epoch", ...epoch }, 0),
    skipped: (epochs) => sayJson({ event: "resumed", epochs }, 0),
    measuring: () => {},
    end: ({ full, targets, fullIs }, report) => {
      const network = ({ cost, test, latencyMs }: CompressResult["full"]) => {
        const { activeMacs: macs, activeParameters: parameters, bytes, gzipBytes } = cost.total;
        const times = { latency_ms_1: latencyMs.one, latency_ms_32: latencyMs.thirtyTwo };
        return {
          test_accuracy: test.accuracy,
          test_loss: test.loss,
          macs,
          parameters,
          bytes,
          gzip_bytes: gzipBytes,
          ...times,
        };
      };
      const small = targets.map((of) => ({
        ...{ target: of.target, file: of.file, ...network(of), groups: of.compressed.counts },
        largest_difference: of.compressed.comparison.largestDifference,
      }));
      sayJson(
        {
          event: "end",
          full: { is: fullIs, ...network(full) },
          targets: small,
          report,
          wall_ms: Math.round(performance.now() - startedMs),
        },
        0,
      );
    },
  };
}

export function textCompressDisplay(): CompressDisplay {
  const live = process.stdout.isTTY === true && process.env.TERM !== "dumb" && process.env.CI === undefined;
  let epochs = 0;
  let [done, before, startedMs] = [0, 0, 0];
  const erase = () => live && process.stdout.write("\r\x1b[K");
  const left = () => {
    const taken = done - before;
    if (taken === 0 || done === epochs) return "";
    return `, ${formatDuration(((performance.now() - startedMs) / taken) * (epochs - done))} left`;
  };
  return {
    begin: (head) => {
      epochs = head.epochs;
      startedMs = performance.now();
      for (const line of headLines(head)) say(line);
      say();
    },
    epoch: ({ part, stretch, epoch, of, loss }) => {
      done += 1;
      erase();
      const what = part === "full" ? "full network" : part.replace("target-", "target ");
      const name = stretch === "dense" ? "before channels go" : part === "full" ? "to the end" : stretch;
      say(`${what}, ${name}: epoch ${epoch}/${of}  loss ${loss.toFixed(4)}${live ? "" : paint("dim", left())}`);
      if (live && done < epochs) process.stdout.write(paint("dim", `${done} of ${counted(epochs, "epoch")}${left()}`));
    },
    skipped: (count) => {
      done += count;
      before += count;
    },
    measuring: () => {
      erase();
      if (live) process.stdout.write(paint("dim", "measuring ..."));
    },
    end: (result, report) => {
      erase();
      say();
      say(toText(networkTable(result), { styled: canStyle() }).trimEnd());
      for (const target of result.targets) {
        say();
        say(toText(layerTable(result, target), { styled: canStyle() }).trimEnd());
      }
      say();
      for (const line of wrap(leadOf(result), terminalWidth())) say(line);
      say();
      for (const { file, target } of result.targets) say(`${targetName(target)}  ${file}`);
      say(`report  ${report}`);
    },
  };
}

/** What is compressed, to what, and what stays whole. */
function headLines({ plan, dataset, architecture, epochs, folder }: CompressHead): string[] {
  const { settings, targets, seed } = plan;
  const { parameters, macs } = countsOf(architecture).total;
  const { blocks, unprunable } = pruningGroups(architecture, { keep: settings.keep });
  const channels = blocks.reduce((sum, { count }) => sum + count, 0);
  const shares = targets.map((share) => `${Number((100 * share).toPrecision(4))} %`).join(", ");
  return [
    `${paint("bold", architecture.name)}  ${grouped(parameters)} parameters, ${grouped(macs)} MACs, ${counted(channels, "channel")} that can go`,
    epochs === 0
      ? `what is zero is cut out, ${dataset.name} ${grouped(dataset.test.count)} test examples`
      : `${settings.method} to ${shares} of its ${costName(settings.target_of)}, ${dataset.name} ${grouped(dataset.train.count)} + ${grouped(dataset.test.count)} examples, ${counted(epochs, "epoch")} in all, seed ${seed}`,
    ...unprunable.map(({ layer, reason }) => paint("dim", `${layer} keeps its channels: ${reason}`)),
    ...(folder.goesOn ? [`goes on with ${folder.path}`] : []),
  ];
}
