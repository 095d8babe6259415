/** Images at another size: bilinear with corners on corners or with pixels as squares, or the nearest pixel. */

import type { Planes } from "./planes.ts";

/**
 * "align-corners": corner pixels on corner pixels, as FullGrad's code does. "half-pixel": pixels are squares of one area, as
 * OpenCV's and PyTorch's default. "nearest": Captum's.
 */
export const upsamplings = ["align-corners", "half-pixel", "nearest"] as const;
export type Upsampling = (typeof upsamplings)[number];

/** Two pixels and the share of the second. */
interface Between {
  readonly low: number;
  readonly high: number;
  readonly share: number;
}

function places(from: number, to: number, how: Upsampling): readonly Between[] {
  return Array.from({ length: to }, (_, i) => {
    if (how === "nearest") {
      const at = Math.min(from - 1, Math.floor((i * from) / to));
      return { low: at, high: at, share: 0 };
    }
    const corners = to === 1 ? 0 : (i * (from - 1)) / (to - 1);
    const at = how === "align-corners" ? corners : Math.max(0, ((i + 0.5) * from) / to - 0.5);
    const low = Math.min(from - 1, Math.floor(at));
    return { low, high: Math.min(from - 1, low + 1), share: at - low };
  });
}

/** Every channel of every example at the given size. */
export function upsample(planes: Planes, [height, width]: readonly [number, number], how: Upsampling): Planes {
  if (planes.height === height && planes.width === width) return planes;
  const { count, channels } = planes;
  const rows = places(planes.height, height, how);
  const columns = places(planes.width, width, how);
  const values = new Float64Array(count * channels * height * width);
  let written = 0;
  for (let plane = 0; plane < count * channels; plane++) {
    const start = plane * planes.height * planes.width;
    for (const row of rows) {
      const [above, below] = [start + row.low * planes.width, start + row.high * planes.width];
      for (const { low, high, share } of columns) {
        const top = (1 - share) * planes.values[above + low] + share * planes.values[above + high];
        const bottom = (1 - share) * planes.values[below + low] + share * planes.values[below + high];
        values[written++] = (1 - row.share) * top + row.share * bottom;
      }
    }
  }
  return { count, channels, height, width, values };
}
