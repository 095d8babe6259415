/**
 * Climbs a smooth function of many variables by L-BFGS: a quasi-Newton direction from the last few steps, and halvings.
 *
 * Liu and Nocedal 1989, Mathematical Programming 45. Sums run in the order of the variables: the same bits everywhere.
 */

/** Value at x, and its gradient into g; -Infinity where the function is not defined, g then is not read. */
export type Climbable = (x: Float64Array, g: Float64Array) => number;

export interface AscentOptions {
  /** Steps remembered. */
  readonly memory: number;
  readonly maxSteps: number;
  /** Stop when a step gains no more than this. */
  readonly gain: number;
  /** Length of the first step, of the whole vector. */
  readonly firstStep: number;
  /** Called after each step; false stops. */
  readonly onStep: () => boolean;
}

export type AscentStop = "converged" | "max steps" | "stopped by caller";

/** Moves x uphill in place until it gains no more, and says why it stopped. */
export function climb(f: Climbable, x: Float64Array, options: AscentOptions): AscentStop {
  const { memory, maxSteps, gain, firstStep, onStep } = options;
  const n = x.length;
  let g = new Float64Array(n);
  let value = f(x, g);
  if (value === Number.NEGATIVE_INFINITY) return "converged";
  let nextG = new Float64Array(n);
  const trial = new Float64Array(n);
  const direction = new Float64Array(n);
  const past = new Past(n, memory);
  for (let step = 0; step < maxSteps; step++) {
    direction.set(g);
    if (past.count === 0) scale(direction, firstStep / Math.sqrt(dot(g, g)));
    else past.apply(direction);
    let slope = dot(g, direction);
    if (!(slope > 0)) {
      if (past.count === 0) return "converged";
      past.count = 0;
      direction.set(g);
      scale(direction, firstStep / Math.sqrt(dot(g, g)));
      slope = dot(g, direction);
    }
    let next = Number.NEGATIVE_INFINITY;
    let t = 1;
    // Armijo's rule: at least a small part of the rise that the slope promises.
    for (let halving = 0; halving < 40; halving++, t /= 2) {
      for (let i = 0; i < n; i++) trial[i] = x[i] + t * direction[i];
      next = f(trial, nextG);
      if (next >= value + 1e-4 * t * slope) break;
    }
    if (!(next > value)) return "converged";
    past.add(x, trial, g, nextG);
    const gained = next - value;
    x.set(trial);
    [g, nextG] = [nextG, g];
    value = next;
    if (!onStep()) return "stopped by caller";
    if (gained <= gain) return "converged";
  }
  return "max steps";
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}

function scale(a: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i] *= factor;
}

/** The last steps s and falls of the gradient y, in a ring. */
class Past {
  count = 0;
  private readonly s: Float64Array[];
  private readonly y: Float64Array[];
  private readonly inverse: Float64Array;
  private readonly alpha: Float64Array;
  private last = -1;

  constructor(n: number, memory: number) {
    this.s = Array.from({ length: memory }, () => new Float64Array(n));
    this.y = Array.from({ length: memory }, () => new Float64Array(n));
    this.inverse = new Float64Array(memory);
    this.alpha = new Float64Array(memory);
  }

  add(x: Float64Array, nextX: Float64Array, g: Float64Array, nextG: Float64Array): void {
    const at = (this.last + 1) % this.s.length;
    const s = this.s[at];
    const y = this.y[at];
    let sy = 0;
    let yy = 0;
    for (let i = 0; i < x.length; i++) {
      s[i] = nextX[i] - x[i];
      y[i] = g[i] - nextG[i];
      sy += s[i] * y[i];
      yy += y[i] * y[i];
    }
    // Where the function curves upwards along the step, the pair would spoil the model. The slot is free for the next one,
    // so that the oldest pair goes with it: it is the price of not copying.
    if (!(sy > 1e-14 * yy)) {
      this.count = Math.min(this.count, this.s.length - 1);
      return;
    }
    this.inverse[at] = 1 / sy;
    this.last = at;
    this.count = Math.min(this.count + 1, this.s.length);
  }

  /** d := H d by the two loops. */
  apply(d: Float64Array): void {
    const { length } = this.s;
    for (let k = 0; k < this.count; k++) {
      const at = (this.last - k + length) % length;
      const a = this.inverse[at] * dot(this.s[at], d);
      this.alpha[at] = a;
      const y = this.y[at];
      for (let i = 0; i < d.length; i++) d[i] -= a * y[i];
    }
    scale(d, 1 / (this.inverse[this.last] * dot(this.y[this.last], this.y[this.last])));
    for (let k = this.count - 1; k >= 0; k--) {
      const at = (this.last - k + length) % length;
      const b = this.alpha[at] - this.inverse[at] * dot(this.y[at], d);
      const s = this.s[at];
      for (let i = 0; i < d.length; i++) d[i] += b * s[i];
    }
  }
}
