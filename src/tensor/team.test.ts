/** Teams: what is shared, how it is cut, and what happens when a helper is lost. */

import { describe, expect, test } from "vitest";
import { Rng } from "../base/index.ts";
import { loadKernels } from "../kernels/index.ts";
import type { Call } from "./call.ts";
import * as t from "./index.ts";
import { startTeam } from "./team.ts";
import { Board } from "./team-board.ts";
import { callNs, cuts } from "./work.ts";

/** An engine whose team shares every call that can be cut. */
async function engineOf(threads: number): Promise<{ engine: t.Engine; team: t.Team }> {
  const backend = await loadKernels({ shared: true });
  const team = await startTeam(backend, threads, { smallestCallNs: 0, smallestProgramNs: 0 });
  return { engine: new t.Engine(backend, team), team };
}

/** y = relu(W x) + W x, [100, 40]. */
function product(engine: t.Engine): { program: t.Program; y: t.Tensor } {
  const rng = new Rng(1, "test");
  const drawn = (name: string, shape: number[], batched: boolean) => {
    const variable = engine.variable(name, shape, { batched });
    variable.set(Array.from({ length: shape[0] * shape[1] }, () => rng.normal()));
    return variable;
  };
  const graph = new t.Graph();
  const weights = graph.read(drawn("w", [100, 30], false));
  const z = t.linear(weights, graph.read(drawn("x", [30, 40], true)));
  const y = t.add(t.relu(z), z);
  return { program: t.compile(engine, { outputs: [y] }), y };
}

/** The message of the error that `act` throws within so many times, or undefined. */
function fails(act: () => void, times: number): string | undefined {
  for (let i = 0; i < times; i++) {
    try {
      act();
    } catch (error) {
      return (error as Error).message;
    }
  }
  return undefined;
}

describe("a team of three", () => {
  test("runs chunks on every thread and comes to the bits of one", async () => {
    const { engine, team } = await engineOf(3);
    const alone = await t.openEngine();
    const expected = product(alone);
    expected.program.run();
    const { program, y } = product(engine);
    for (let i = 0; i < 100_000 && Math.min(...team.chunksRun) < 10; i++) program.run();
    expect(Math.min(...team.chunksRun)).toBeGreaterThanOrEqual(10);
    expect(program.read(y)).toEqual(expected.program.read(expected.y));
    await engine.close();
  });

  test("works on memory that has grown since it was started", async () => {
    const { engine, team } = await engineOf(3);
    const small = product(engine);
    small.program.run();
    const before = engine.backend.memory.capacityBytes;
    engine.allocate(3 * before);
    const { program, y } = product(engine);
    for (let i = 0; i < 1000; i++) {
      program.run();
      small.program.run();
    }
    expect(engine.backend.memory.capacityBytes).toBeGreaterThan(3 * before);
    expect(program.read(y)).toEqual(small.program.read(small.y));
    expect(Math.max(...program.calls.map((call) => call.args[0]))).toBeGreaterThan(3 * before);
    expect(team.sharedCalls).toBeGreaterThan(2000);
    await engine.close();
  });

  test("has no threads left once its engine is closed, and refuses to run", async () => {
    const { engine, team } = await engineOf(3);
    const { program } = product(engine);
    program.run();
    await engine.close();
    expect(team.helpers.map((helper) => helper.threadId)).toEqual([-1, -1]);
    expect(() => program.run()).toThrow("internal: a program with shared calls was run after its engine was closed");
  });
});

describe("a helper is lost:", () => {
  test("one that ended between two runs is told of at the next", async () => {
    const { engine, team } = await engineOf(2);
    const { program } = product(engine);
    program.run();
    await team.helpers[0].terminate();
    expect(() => program.run()).toThrow(/^team: a helper thread was lost: it ended with code 1; open another engine/);
    await engine.close();
  });

  test("one that ends while the leader computes without a pause is told of after at most some thousand calls", async () => {
    const { engine, team } = await engineOf(2);
    const { program } = product(engine);
    void team.helpers[0].terminate();
    expect(fails(() => program.run(), 1_000_000)).toMatch(/a helper thread was lost: it is gone/);
    await engine.close();
  });

  test("one that ends inside a call does not leave the leader waiting", async () => {
    const { engine, team } = await engineOf(2);
    const { program } = product(engine);
    program.run();
    // As the helper does when it takes up a call, from which it will never return.
    new Board(2, team.board.memory).enter();
    void team.helpers[0].terminate();
    expect(() => program.run()).toThrow(/a helper thread was lost: it is gone/);
    await engine.close();
  });

  test("one whose kernel traps leaves word of it, and the leader does not go on", async () => {
    const { engine, team } = await engineOf(2);
    const far = 4294901760;
    const call: Call = { kernel: "relu", args: [far, far], extent: 1024, granule: 16 };
    // The leader leaves the chunks to the helper.
    const [run] = team.share([call], [() => {}]);
    expect(fails(() => run(0, 1024), 100_000)).toMatch(/a helper thread was lost: RuntimeError: memory access out of/);
    expect(() => run(0, 1024)).toThrow(/a helper thread was lost/);
    await engine.close();
  });

  test("a trap in the leader's own part is thrown as it is, and the team goes on", async () => {
    const { engine, team } = await engineOf(2);
    const { program } = product(engine);
    const call: Call = { kernel: "relu", args: [1024, 1024], extent: 16, granule: 8 };
    const bad = () => {
      throw new RangeError("no");
    };
    const [run] = team.share([call], [bad]);
    expect(fails(() => run(0, 16), 100_000)).toBe("no");
    expect(() => program.run()).not.toThrow();
    await engine.close();
  });
});

describe("cuts", () => {
  test("are at multiples of the granule and hold equal shares of the extent", async () => {
    const { memory } = await loadKernels();
    const call: Call = { kernel: "relu", args: [64, 64], extent: 1000, granule: 16 };
    expect(cuts(call, memory, 4)).toEqual([0, 256, 512, 752, 1000]);
    expect(cuts({ ...call, extent: 20 }, memory, 4)).toEqual([0, 16, 16, 16, 20]);
  });

  test("of a sparse product hold equal numbers of weights: of rows with 96, 0, 0, 0, 46, 46 the first is half", async () => {
    const { memory } = await loadKernels();
    const pointers = memory.allocate(4 * 7);
    memory.int32(pointers, 7).set([0, 96, 96, 96, 96, 142, 188]);
    const args = [64, pointers, 64, 64, 6, 64, 32, 0, 0, 0];
    const call: Call = { kernel: "sparseProduct", args, extent: 6, granule: 1 };
    expect(cuts(call, memory, 2)).toEqual([0, 3, 6]);
    const twice = callNs({ ...call, args: args.with(6, 64) }, memory);
    expect(twice / callNs(call, memory)).toBe(2);
  });
});

describe("openEngine", () => {
  test.each([0, 1.5, 65, Number.NaN])("refuses %d threads", async (threads) => {
    const message = `openEngine: threads must be an integer from 1 to 64 or "auto", got ${threads}`;
    await expect(t.openEngine({ threads })).rejects.toThrow(message);
  });

  test("refuses two threads of the reference back end", async () => {
    await expect(t.openEngine({ backend: "reference", threads: 2 })).rejects.toThrow(
      'openEngine: the reference back end runs on 1 thread, got threads 2; use backend "wasm"',
    );
  });

  test("has no team and no shared memory for one thread", async () => {
    const { team, backend } = await t.openEngine({ threads: 1 });
    expect([team, backend.shared]).toEqual([undefined, undefined]);
  });
});
