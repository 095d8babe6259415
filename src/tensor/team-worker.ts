/** A helper of a team, as a worker thread: attaches to the leader's memory, then serves calls until it is sent home. */

import { parentPort, workerData } from "node:worker_threads";
import type { SharedKernels } from "../kernels/index.ts";
import { attachKernels } from "../kernels/index.ts";
import type { Kernel } from "./call.ts";
import { Board } from "./team-board.ts";

/** What the leader hands over. */
export interface HelperData {
  readonly shared: SharedKernels;
  readonly scratchAddress: number;
  /** Names of the kernels in the order of the numbers on the board. */
  readonly names: readonly string[];
  readonly board: SharedArrayBuffer;
  readonly threads: number;
  /** Which thread this is; the leader is 0. */
  readonly thread: number;
}

const { shared, scratchAddress, names, board: memory, threads, thread } = workerData as HelperData;
const board = new Board(threads, memory);
const attached = attachKernels(shared, scratchAddress) as unknown as Record<string, Kernel>;
const kernels = names.map((name) => attached[name]);

function serve(): void {
  let turn: number | undefined = 0;
  for (turn = board.nextTurn(turn); turn !== undefined; turn = board.nextTurn(turn)) {
    const open = board.enter();
    try {
      if (open) board.help(kernels, thread);
    } catch (error) {
      board.report(String(error));
    }
    board.leave();
  }
}

// From within the event loop: its times are how the leader sees whether this thread lives.
setImmediate(() => {
  parentPort?.postMessage("ready");
  serve();
});
