/** What an optimizer carries from step to step, as numbers outside any engine: saved by one, taken up by another. */

import { InputError, sizeOf } from "../base/index.ts";
import type { Variable } from "../tensor/index.ts";

export interface OptimizerState {
  /** The optimizer's. */
  readonly name: string;
  /** Steps prepared so far. */
  readonly steps: number;
  /** Products of the first and second decay rate over those steps, as float64 has them. */
  readonly powers: readonly [first: number, second: number];
  /** By parameter name, then by the slot's ("velocity", "mean", "square", "sum"): row-major, of sparse parameters [active]. */
  readonly slots: ReadonlyMap<string, ReadonlyMap<string, ArrayLike<number>>>;
  /** Of an optimizer that sets weights to zero, what belongs to no parameter, by name: what it has chosen. */
  readonly numbers?: Readonly<Record<string, readonly number[]>>;
}

/**
 * Checks that a state is one of this optimizer for these parameters. Before the first step its slots may be left out.
 *
 * @param slots  the names of the optimizer's slots
 * @throws InputError  naming up to eight slots that are missing, of another size, or of no parameter
 */
export function checkOptimizerState(
  state: OptimizerState,
  expected: {
    readonly name: string;
    readonly slots: readonly string[];
    readonly variables: readonly Variable[];
    /** Lengths of the numbers that belong to no parameter. */
    readonly numbers?: Readonly<Record<string, ArrayLike<number>>>;
  },
): void {
  const { steps, powers } = state;
  const where = `optimizer ${expected.name}: restore`;
  if (state.name !== expected.name) {
    throw new InputError(
      `${where}: the state is that of ${JSON.stringify(state.name)}; make the optimizer that saved it`,
    );
  }
  if (!Number.isSafeInteger(steps) || steps < 0 || !powers.every((power) => power >= 0 && power <= 1)) {
    throw new InputError(
      `${where}: steps must be an integer ≥ 0 and powers lie in [0, 1], got ${steps} and ${powers.join(", ")}; take another state`,
    );
  }
  checkNumbers(where, state.numbers ?? {}, expected.numbers ?? {}, steps);
  if (steps === 0 && state.slots.size === 0) return;
  const wrong: string[] = [];
  for (const { name, shape } of expected.variables) {
    const saved = state.slots.get(name);
    for (const slot of expected.slots) {
      const got = saved?.get(slot)?.length;
      if (got !== sizeOf(shape)) wrong.push(`${name}.${slot} has ${got ?? "no"} numbers instead of ${sizeOf(shape)}`);
    }
    for (const slot of saved?.keys() ?? [])
      if (!expected.slots.includes(slot)) wrong.push(`${name}.${slot} is no slot`);
  }
  const known = new Set(expected.variables.map(({ name }) => name));
  for (const name of state.slots.keys()) if (!known.has(name)) wrong.push(`${name} is no parameter`);
  if (wrong.length > 0) {
    const more = wrong.length > 8 ? `, and ${wrong.length - 8} more` : "";
    throw new InputError(
      `${where}: the state must be of the same parameters, but ${wrong.slice(0, 8).join(", ")}${more}; ` +
        "build the network that it was saved with",
    );
  }
}

function checkNumbers(
  where: string,
  saved: Readonly<Record<string, readonly number[]>>,
  expected: Readonly<Record<string, ArrayLike<number>>>,
  steps: number,
): void {
  if (steps === 0 && Object.keys(saved).length === 0) return;
  for (const name of new Set([...Object.keys(expected), ...Object.keys(saved)])) {
    const length = (of: Readonly<Record<string, ArrayLike<number>>>) => (Object.hasOwn(of, name) ? of[name].length : 0);
    if (length(saved) === length(expected)) continue;
    throw new InputError(
      `${where}: ${name} must be ${length(expected)} numbers, one for each of the same groups, got ${length(saved)}; ` +
        "give the groups that it was saved with",
    );
  }
}
