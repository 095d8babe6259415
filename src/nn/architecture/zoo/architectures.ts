/** Known architectures by name: a table. Adding one is adding its file and its row. */

import { unknownName } from "../../../base/index.ts";
import type { Architecture } from "../layers.ts";
import { lenet5, lenet5Caffe, lenet300100 } from "./lenet.ts";
import { mlpArchitecture } from "./mlp.ts";
import { resnet18, resnet50, wideResnet50 } from "./resnet.ts";
import { saliencyCnn } from "./saliency-cnn.ts";
import { simpleCnn } from "./simple-cnn.ts";
import { vgg16, vggSmall } from "./vgg.ts";
import { wideResnet } from "./wide-resnet.ts";

/** Each takes the shape of an example and the number of classes, and options of its own; unknown ones are refused. */
export const architectures = {
  mlp: mlpArchitecture,
  "lenet-300-100": lenet300100,
  "lenet-5": lenet5,
  "lenet-5-caffe": lenet5Caffe,
  "simple-cnn": simpleCnn,
  "saliency-cnn": saliencyCnn,
  "vgg-small": vggSmall,
  "vgg-16": vgg16,
  "resnet-18": resnet18,
  "resnet-50": resnet50,
  "wide-resnet-50": wideResnet50,
  "wide-resnet": wideResnet,
};

export type ArchitectureName = keyof typeof architectures;
/** Every known architecture. */
export const architectureNames = Object.keys(architectures) as readonly ArchitectureName[];

/**
 * An architecture by its name, from options of any origin.
 *
 * @throws InputError  where the name or an option is unknown, an option is missing or breaks its rule, or the images are too
 *   small for the architecture
 */
export function architectureNamed(name: string, options: unknown): Architecture {
  const make = Object.hasOwn(architectures, name) ? architectures[name as ArchitectureName] : undefined;
  if (make === undefined) throw unknownName("architectureNamed", "architecture", name, architectureNames);
  return (make as (options: unknown) => Architecture)(options);
}
