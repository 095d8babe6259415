/**
 * What a lottery ticket starts with: its weights rewound to step k, only their signs, or nothing of them.
 *
 * The rewound weights are those of the dense run at step k, at the ticket's positions: `carryValues(dense, carryBetween(
 * fullMask, mask))`.
 */

import { InputError, unknownName } from "../../base/index.ts";

interface Ticket {
  /** @param rewound  the weight at step k. @param fresh  one drawn anew. @param size  the layer's constant magnitude */
  readonly of: (rewound: number, fresh: number, size: number) => number;
  readonly source: string;
}

/** What is kept, by name. */
export const tickets = {
  weights: {
    of: (rewound) => rewound,
    source: "Frankle, Carbin 2019, arXiv:1803.03635; rewound late: arXiv:1903.01611",
  },
  /** The sign at step k, the magnitude of a fresh weight. */
  "signs-of-fresh": {
    of: (rewound, fresh) => Math.sign(rewound) * Math.abs(fresh),
    source: "Zhou et al. 2019, arXiv:1905.01067",
  },
  /** The sign at step k times the root mean square of the layer's fresh weights. */
  "signs-of-constant": {
    of: (rewound, _, size) => Math.sign(rewound) * size,
    source: "Zhou et al. 2019, arXiv:1905.01067",
  },
  /** The mask alone. */
  fresh: { of: (_, fresh) => fresh, source: "Frankle, Carbin 2019, arXiv:1803.03635: random reinitialisation" },
} as const satisfies Record<string, Ticket>;

export type TicketName = keyof typeof tickets;

/**
 * The weights that a ticket's layer starts with.
 *
 * @param rewound  [active]: weights at step k
 * @param fresh    [active]: weights drawn anew, as by `maskedWeights`
 * @throws InputError  for an unknown name, or lists of different lengths
 */
export function ticketWeights(name: TicketName, rewound: ArrayLike<number>, fresh: ArrayLike<number>): Float64Array {
  if (!Object.hasOwn(tickets, name)) throw unknownName("ticketWeights", "ticket", name, Object.keys(tickets));
  if (rewound.length !== fresh.length) {
    throw new InputError(
      `ticketWeights: there must be as many fresh weights as rewound ones, ${rewound.length}, got ${fresh.length}`,
    );
  }
  let squares = 0;
  for (let k = 0; k < fresh.length; k++) squares += fresh[k] * fresh[k];
  const size = Math.sqrt(squares / fresh.length);
  const { of }: Ticket = tickets[name];
  return Float64Array.from({ length: rewound.length }, (_, k) => of(rewound[k], fresh[k], size));
}
