/** Schedules learned by differentiating through trainings: hypergradients forward and backward, searches, and their baselines. */

export * from "./adjoint.ts";
export * from "./experiments/learned-schedules.ts";
export * from "./experiments/perceptron.ts";
export * from "./experiments/window-sharing.ts";
export * from "./finite-difference.ts";
export * from "./forward.ts";
export * from "./hypergradient.ts";
export * from "./network-problem.ts";
export * from "./online.ts";
export type { BatchLoss, InnerProblem, Objective } from "./problem.ts";
export * from "./random-search.ts";
export * from "./schedules.ts";
export * from "./search.ts";
export type { SgdRule } from "./sgd.ts";
export * from "./sign-controller.ts";
export * from "./validation.ts";
