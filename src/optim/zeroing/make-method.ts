/** From an optimizer's name, settings and groups to its method. */

import { InputError, sizeOf } from "../../base/index.ts";
import type { Engine, Variable } from "../../tensor/index.ts";
import { type GroupBlock, type GroupedParameter, type PlacedBlock, placeGroups } from "../groups.ts";
import { wholeShare } from "./cap.ts";
import { removableGroups } from "./choose-groups.ts";
import { type DhspgSettings, dhspg } from "./dhspg.ts";
import { GroupMemory } from "./group-memory.ts";
import { type HessoSettings, hesso } from "./hesso.ts";
import { type HspgSettings, hspg } from "./hspg.ts";
import type { ZeroingMethod } from "./method.ts";
import { obproxSg } from "./obprox-sg.ts";
import { proxSg } from "./prox-sg.ts";
import { ProxSvrg, proxSvrgSlots } from "./prox-svrg.ts";
import { rda, rdaSlots } from "./rda.ts";
import type { ZeroingName, ZeroingSettings } from "./settings.ts";

/** Names of a method's state per parameter, beside that of its base rule. */
export function slotsOf(name: ZeroingName): readonly string[] {
  return name === "rda" ? rdaSlots : name === "prox-svrg" ? proxSvrgSlots : [];
}

/** The groups in memory. Without blocks each weight is a group of its own; of obprox-sg always. */
export function groupsInMemory(
  engine: Engine,
  name: ZeroingName,
  {
    parameters,
    blocks,
    slots,
  }: {
    readonly parameters: readonly GroupedParameter[];
    readonly blocks?: readonly GroupBlock[];
    readonly slots: (variable: Variable) => ReadonlyMap<string, Variable>;
  },
): GroupMemory {
  const scalar = name === "obprox-sg" || name === "obprox-sg-plus";
  const given = blocks && placeGroups(blocks, parameters);
  const placed = given === undefined ? scalarBlocks(parameters) : scalar ? given.flatMap(scalarsOf) : given;
  if (placed.length === 0) {
    throw new InputError(
      `optimizer ${name}: must have a group at least, got a network without any that can go; choose another optimizer`,
    );
  }
  return new GroupMemory(engine, placed, { parameters, everything: name === "prox-svrg", slots });
}

/** Weights one by one, of sparse parameters the active ones; not biases, nor parameters of batch norm and activations. */
function scalarBlocks(parameters: readonly GroupedParameter[]): PlacedBlock[] {
  return parameters
    .filter(({ variable, pattern }) => pattern !== undefined || variable.shape.length > 1)
    .flatMap(({ variable }) => scalarRun(variable.name, variable, { begin: 0, end: sizeOf(variable.shape) }));
}

/** The elements of a block, one by one. */
function scalarsOf({ name, count, members, cap }: PlacedBlock): PlacedBlock[] {
  return members.flatMap(({ variable, bounds }) =>
    scalarRun(`${name}: ${variable.name}`, variable, { begin: bounds[0], end: bounds[count], cap }),
  );
}

function scalarRun(
  name: string,
  variable: Variable,
  { begin, end, cap }: { readonly begin: number; readonly end: number; readonly cap?: number },
): PlacedBlock[] {
  const count = end - begin;
  if (count === 0) return [];
  const bounds = Int32Array.from({ length: count + 1 }, (_, k) => begin + k);
  return [{ name, count, cap, multipleOf: 1, members: [{ variable, bounds }] }];
}

/** @throws InputError where more groups are to be zero than can be */
export function makeMethod(
  engine: Engine,
  name: ZeroingName,
  { memory, settings }: { readonly memory: GroupMemory; readonly settings: ZeroingSettings },
): ZeroingMethod {
  const { proxSteps = 0, orthantSteps = 0, startStep = 0, orthantMargin: margin = 0, centre = "initial" } = settings;
  switch (name) {
    case "prox-sg":
      return proxSg(memory, settings.cap);
    case "rda":
      return rda(memory, { centre });
    case "prox-svrg":
      return new ProxSvrg(engine, memory);
    case "obprox-sg":
      return obproxSg(memory, { proxSteps, orthantSteps, margin });
    case "obprox-sg-plus":
      return obproxSg(memory, { proxSteps: startStep, orthantSteps: Number.POSITIVE_INFINITY, margin });
    case "hspg":
      return hspg(memory, settings as HspgSettings);
    case "dhspg":
      checkTarget(name, memory, settings as DhspgSettings);
      return dhspg(memory, settings as DhspgSettings);
    case "hesso":
      checkTarget(name, memory, settings as HessoSettings);
      return hesso(memory, settings as HessoSettings);
    default:
      return name satisfies never;
  }
}

function checkTarget(
  name: string,
  { blocks, count }: GroupMemory,
  {
    targetSparsity,
    groupDivisible: divisible,
    cap,
  }: { readonly targetSparsity: number; readonly groupDivisible: number; readonly cap: number },
): void {
  const [target, most] = [wholeShare(targetSparsity, count), removableGroups(blocks, { divisible, cap })];
  if (target <= most) return;
  const rule = divisible === 1 ? "one" : `a multiple of ${divisible}`;
  throw new InputError(
    `optimizer ${name}: targetSparsity ${targetSparsity} asks for ${target} of ${count} groups to be zero, but ${most} can be: ` +
      `each of the ${blocks.length} blocks keeps ${rule} at least${cap < 1 ? ` and loses no more than its cap, ${cap}` : ""}; ask for less`,
  );
}
