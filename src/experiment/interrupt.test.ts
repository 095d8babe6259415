import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { listenForInterrupt } from "./interrupt.ts";

function stand() {
  const exits: number[] = [];
  const source = Object.assign(new EventEmitter(), { exit: (code: number) => exits.push(code) });
  return { source, exits, process: source as unknown as NodeJS.Process };
}

test("the first Ctrl-C stops, the second aborts, the third exits with 130", () => {
  const { source, exits, process } = stand();
  const counts: number[] = [];
  const interrupt = listenForInterrupt((count) => counts.push(count), process);
  source.emit("SIGINT");
  expect([interrupt.stop.aborted, interrupt.abort.aborted]).toEqual([true, false]);
  source.emit("SIGINT");
  expect([interrupt.stop.aborted, interrupt.abort.aborted]).toEqual([true, true]);
  expect(exits).toEqual([]);
  source.emit("SIGINT");
  expect(exits).toEqual([130]);
  expect(counts).toEqual([1, 2, 3]);
});

test("SIGTERM aborts at once, and disposing stops listening", () => {
  const { source, process } = stand();
  const interrupt = listenForInterrupt(undefined, process);
  source.emit("SIGTERM");
  expect([interrupt.stop.aborted, interrupt.abort.aborted]).toEqual([true, true]);
  interrupt[Symbol.dispose]();
  expect(source.listenerCount("SIGINT") + source.listenerCount("SIGTERM")).toBe(0);
});
