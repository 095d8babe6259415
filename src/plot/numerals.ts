/** Numbers as figures print them: p-values, signed differences, counts, ticks of a logarithmic axis. */

import { log } from "../base/index.ts";

/** Three decimals as in the paper's tables, `<0.001` below that; "–" for NaN. */
export function formatP(p: number): string {
  if (Number.isNaN(p)) return "–";
  return p < 0.001 ? "<0.001" : p.toFixed(3);
}

/** `+1.2`, `−0.4`, `0.0`: fixed decimals with a true minus sign. */
export function formatSigned(value: number, decimals: number): string {
  const digits = Math.abs(value).toFixed(decimals);
  if (Number(digits) === 0) return digits;
  return `${value < 0 ? "−" : "+"}${digits}`;
}

/** Up to four digits in full, then three significant ones with k, M, G: 512, 94.9k, 1.26M. */
export function formatCount(count: number): string {
  const units: readonly (readonly [number, string])[] = [
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ];
  if (Math.abs(count) < 10_000) return String(Math.round(count));
  // A count such as 999,999 rounds up to 1000k: the next unit takes it.
  const [size, letter] = units.find(([unit]) => Math.abs(count) >= unit * 0.9995) ?? units[2];
  return `${Number((count / size).toPrecision(3))}${letter}`;
}

/** A tick of a logarithmic axis: plain between 0.001 and 1000, else `1e−7`, for the shipped font has no raised minus. */
export function formatPower(value: number): string {
  if (value >= 0.00099 && value <= 1000.1) return String(Number(value.toPrecision(3)));
  return value.toExponential(0).replace("+", "").replace("-", "−");
}

/**
 * Ticks of a logarithmic axis over [low, high], 0 < low < high: 1, 2, 5 times powers of ten over less than two decades,
 * else powers of ten, thinned to at most seven.
 */
export function logTicks(low: number, high: number): number[] {
  const first = Math.floor(log10(low));
  const last = Math.ceil(log10(high));
  const steps = high / low > 100 ? [1] : [1, 2, 5];
  const every = Math.max(1, Math.ceil((last - first) / 7));
  const ticks: number[] = [];
  for (let exponent = first; exponent <= last; exponent++) {
    if (exponent % every !== 0) continue;
    for (const step of steps) {
      const tick = Number(`${step}e${exponent}`);
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

export function log10(value: number): number {
  return log(value) / Math.LN10;
}
