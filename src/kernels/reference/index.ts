/** The reference back end: plain TypeScript, in float32 or in exact float64, for tests and for reading. */

import type { Backend } from "../backend.ts";
import type { ElementType } from "../contract.ts";
import { Memory, PlainPages } from "../memory.ts";
import { batchNorm } from "./batch-norm.ts";
import { convolutions } from "./convolutions.ts";
import { elementwise } from "./elementwise.ts";
import { images } from "./images.ts";
import { inputs } from "./inputs.ts";
import { loss } from "./loss.ts";
import { products } from "./products.ts";
import { reductions } from "./reductions.ts";
import { rows } from "./rows.ts";
import { updates } from "./updates.ts";

/**
 * A reference back end on a memory of its own.
 *
 * @param elementType  "float64" for exact double arithmetic; "float32" computes in double and rounds when it stores
 */
export function createReference(elementType: ElementType): Backend {
  const memory = new Memory(new PlainPages(16), elementType);
  return {
    name: "reference",
    elementType,
    bytesPerElement: memory.bytesPerElement,
    memory,
    kernels: {
      ...elementwise(memory),
      ...products(memory),
      ...convolutions(memory),
      ...rows(memory),
      ...batchNorm(memory),
      ...loss(memory),
      ...reductions(memory),
      ...updates(memory),
      ...inputs(memory),
      ...images(memory),
    },
    simdBits: 0,
    revectorized: false,
    notes: [],
  };
}
