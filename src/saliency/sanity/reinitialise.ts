/** Fresh numbers for chosen layers of a network, drawn by the layers' own initialisers, and the trained ones put back. */

import { InputError } from "../../base/index.ts";
import type { InitialDistribution, Network } from "../../nn/index.ts";
import { buildNetwork } from "../../nn/index.ts";
import type { Engine } from "../../tensor/index.ts";
import { networkMasks } from "../../train/index.ts";

/** A network whose layers can be made random and trained again. */
export class Reinitialiser {
  readonly #network: Network;
  readonly #trained: readonly Float64Array[];
  readonly #fresh: readonly Float64Array[];

  /**
   * Keeps the trained numbers. A weight layer goes with its bias and with the batch norm and activation behind it; masks stay,
   * and so do running statistics.
   *
   * @param seed  of the fresh numbers: another than the network was built with, or they are where its training began
   */
  constructor(engine: Engine, network: Network, seed: number, initial?: InitialDistribution) {
    using _ = engine.scope();
    const byName = networkMasks(network);
    const masks = network.weightLayers.map(({ weight }) => byName.get(weight.name));
    const other = buildNetwork(engine, network.architecture, { seed, initial, masks });
    if (other.parameters.length !== network.parameters.length) {
      throw new InputError(
        "randomisation: the network must be its architecture's, got other parameters; use buildNetwork",
      );
    }
    this.#network = network;
    this.#trained = network.parameters.map(({ variable }) => variable.get());
    this.#fresh = other.parameters.map(({ variable }) => variable.get());
  }

  /** Makes these weight layers random, counted from 1, and all others trained. */
  randomise(layers: ReadonlySet<number>): void {
    this.#network.parameters.forEach(({ layer, variable }, place) => {
      variable.set((layers.has(layer) ? this.#fresh : this.#trained)[place]);
    });
  }

  /** Puts every trained number back. */
  [Symbol.dispose](): void {
    this.randomise(new Set());
  }
}
