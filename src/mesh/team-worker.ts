/** A helper of an element team, as a worker thread: sleeps until a turn, moves to the memory it was sent, and takes calls. */

import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { type Loops, loopsOn } from "./kernel-module.ts";
import { callsAt, type MemoryMessage, places, takeCalls } from "./team.ts";

const board = workerData as SharedArrayBuffer;
const words = new Int32Array(board, 0, callsAt / 4);
const calls = new Float64Array(board, callsAt);
const port = parentPort ?? fail("internal: team-worker must run in a worker thread");

let loops: Loops | undefined;

/** The memory sent last, if one was sent since the last look. */
function moved(): void {
  for (let found = receiveMessageOnPort(port); found !== undefined; found = receiveMessageOnPort(port)) {
    const { memory, scratch } = found.message as MemoryMessage;
    loops = loopsOn(memory, { shared: true, scratch });
  }
}

function fail(message: string): never {
  throw new Error(message);
}

port.postMessage("ready");
let seen = 0;
for (;;) {
  Atomics.wait(words, places.turn, seen);
  seen = Atomics.load(words, places.turn);
  Atomics.add(words, places.inside, 1);
  try {
    if (Atomics.load(words, places.open) === 1) {
      moved();
      if (loops !== undefined) takeCalls(words, calls, loops);
    }
  } catch (error) {
    Atomics.store(words, places.failed, 1);
    throw error;
  } finally {
    Atomics.sub(words, places.inside, 1);
    Atomics.notify(words, places.inside);
  }
}
