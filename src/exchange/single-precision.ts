/** Numbers as exported files hold them: float32. */

import { InputError } from "../base/index.ts";

/** The numbers rounded to float32. @throws InputError where one is not finite then */
export function singlePrecision(name: string, values: Float32Array | Float64Array): Float32Array {
  const rounded = values instanceof Float32Array ? values : Float32Array.from(values);
  const wrong = rounded.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return rounded;
  throw new InputError(
    `${name}: numbers must be finite in float32, got ${values[wrong]} at place ${wrong}; export weights of a step before it`,
  );
}
