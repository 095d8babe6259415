/** The architectures of a pair: what settings and data make of a known one, at the dense and at the sparse width. */

import { InputError } from "../../base/index.ts";
import { type Architecture, type ArchitectureName, architectureNamed, weightLayers, widen } from "../../nn/index.ts";
import type { ScSdcSettings, SharedSettings } from "./settings.ts";

/** What of a data set decides a network's shape. */
export interface DataShape {
  readonly features: number;
  /** [C, H, W] for images, [F] for tables. */
  readonly featureShape: readonly number[];
  readonly classes: number;
}

/** Widths of an mlp's hidden layers where none are given. */
const mlpWidths = { dense_width: 64, sparse_width: 256 };
/** How much wider the sparse network is than the dense one where its width is not given. */
const widerBy = 4;

/** Width of a model's first weight layer as it is published: what its widths are counted in. */
export function nominalWidth(model: string): number {
  const published = architectureNamed(model, { input: [3, 32, 32], classes: 10 });
  return weightLayers(published)[0].shape[0];
}

/** The widths in force: as given, or those the settings promise for null. */
export function widthsOf(settings: ScSdcSettings): { readonly dense_width: number; readonly sparse_width: number } {
  const { model } = settings;
  const dense_width = settings.dense_width ?? (model === "mlp" ? mlpWidths.dense_width : nominalWidth(model));
  const wider = model === "mlp" ? mlpWidths.sparse_width : widerBy * dense_width;
  const sparse_width = settings.sparse_width ?? (settings.density === null ? wider : dense_width);
  return { dense_width, sparse_width };
}

/** Both architectures of a pair on data of a shape. @throws InputError, ShapeError  where the model does not fit the data */
export function architecturePair(
  settings: ScSdcSettings,
  data: DataShape,
): { readonly dense: Architecture; readonly sparse: Architecture } {
  const { dense_width, sparse_width } = widthsOf(settings);
  return { dense: architectureOf(settings, data, dense_width), sparse: architectureOf(settings, data, sparse_width) };
}

/** The architecture that settings ask for, at a width of its first layer. @throws InputError, ShapeError  where it does not fit */
export function architectureOf(settings: SharedSettings, data: DataShape, width: number): Architecture {
  const { model, activation } = settings;
  const options = { classes: data.classes, activation, ...optionsInForce(settings) };
  if (model === "mlp") {
    const hidden = Array.from({ length: settings.hidden_layers }, () => width);
    return architectureNamed(model, { ...options, input: [data.features], hidden });
  }
  if (data.featureShape.length !== 3 && model !== "lenet-300-100") {
    throw new InputError(
      `model: ${model} reads images [C, H, W], the data have ${data.features} features without such a shape; ` +
        "choose mlp, or image data",
    );
  }
  const own = architectureNamed(model, { ...options, input: data.featureShape });
  return width === nominalWidth(model) ? own : widen(own, width / nominalWidth(model));
}

/** Options that not every model has: told to it only where a setting says something. A model without one refuses it by name. */
function optionsInForce(settings: SharedSettings): Record<string, unknown> {
  const { model, batch_norm, skip_connections, dropout, bias, depth, widening } = settings;
  return {
    ...(batch_norm === null ? {} : { batchNorm: batch_norm }),
    ...(skip_connections === null ? {} : { skipConnections: skip_connections }),
    ...(dropout === 0 ? {} : { dropout }),
    ...(bias ? {} : { bias }),
    ...((model as ArchitectureName) === "wide-resnet" ? { depth, k: widening } : {}),
  };
}
