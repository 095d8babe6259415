/** The outer loop on small networks: what is kept, what resumes, and what is refused. */

import { expect, test } from "vitest";
import { smallProblem } from "./fixtures/small-network.ts";
import { ScheduleSearch, type SearchOptions, searchSchedules } from "./search.ts";

const start = { learningRate: [0, 0], momentum: [0], weightDecay: [0] };
const options: SearchOptions = { budgets: [8, 8, 8, 8, 8, 8], start, steps: { learningRate: 0.1 }, mode: "forward" };

test("from nothing, six rounds take the validation loss of a small network below a half of its start", async () => {
  const problem = await smallProblem("dense");
  const { history, bestByValidation, last } = searchSchedules(problem, options);
  const losses = history.map(({ hypergradient }) => hypergradient.validation.loss);
  expect(history[0].schedules).toEqual(start);
  // All values 0: momentum and decay have no effect yet, exactly, and stay.
  expect(history[0].hypergradient.sum).toMatchObject({ momentum: [0], weightDecay: [0] });
  expect(history[0].next).toEqual({ learningRate: [0.1, 0.1], momentum: [0], weightDecay: [0] });
  expect(bestByValidation?.validationLoss).toBe(Math.min(...losses));
  expect(Math.min(...losses)).toBeLessThan(losses[0] / 2);
  expect(last).toEqual(history[5].next);
});

test("a search saved as JSON after two rounds and taken up elsewhere has the rounds of one never stopped", async () => {
  const make = async () => {
    const problem = await smallProblem("dense");
    return new ScheduleSearch(problem, { ...options, resample: (round) => problem.resample(round) });
  };
  const whole = await make();
  whole.next();
  whole.next();
  const resumed = await make();
  resumed.restore(JSON.parse(JSON.stringify(whole.save())));
  while (!whole.finished) expect(resumed.next()).toEqual(whole.next());
  expect(resumed.finished).toBe(true);
  expect(resumed.best).toEqual(whole.best);
  expect(() => resumed.next()).toThrow("search: all 6 rounds are done; give more budgets for more");
});

test("families that are not learned keep their values, and windows stretch with the budget", async () => {
  const problem = await smallProblem("dense");
  const fixed = { ...start, momentum: [0.9] };
  const { history } = searchSchedules(problem, { ...options, budgets: [4, 9], start: fixed, learn: ["learningRate"] });
  expect(history.map(({ budget, hypergradient }) => [budget, hypergradient.diagnostics.steps])).toEqual([
    [4, 4],
    [9, 9],
  ]);
  expect(history[1].next.momentum).toEqual([0.9]);
  expect(history[1].hypergradient.sum.momentum).toBeUndefined();
  // Windows of 2 and 2 steps: 2·1 + 2·2 products; of 5 and 4: 5·1 + 4·2.
  expect(history.map(({ hypergradient }) => hypergradient.diagnostics.products)).toEqual([6, 13]);
});

test("a round with values that diverge is not the best, though its loss may be the last finite one", async () => {
  const problem = await smallProblem("dense");
  const { history, bestByValidation } = searchSchedules(problem, {
    ...options,
    budgets: [4, 4],
    start: { learningRate: [0], momentum: [0], weightDecay: [0] },
    steps: { learningRate: 1.5e308 },
    bounds: { learningRate: [0, 1.7e308] },
  });
  expect(history[1].hypergradient.diagnostics.diverged).toBeLessThan(4);
  expect(history[1].signs.learningRate).toEqual([0]);
  expect(bestByValidation?.round).toBe(0);
});

test("no rounds, or a round without steps, are refused", async () => {
  const problem = await smallProblem("dense");
  expect(() => new ScheduleSearch(problem, { budgets: [] })).toThrow(
    "search: budgets must have at least one round's steps, got none",
  );
  expect(() => new ScheduleSearch(problem, { budgets: [5, 0] })).toThrow("search: steps must be an integer ≥ 1, got 0");
});
