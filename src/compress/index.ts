/** Compression: groups of weights that vanish together, and the smaller network that is left without them. */

export {};
