/** What an optimizer that sets weights to zero does around each step of its base rule. */

/** The numbers of a step. */
export interface StepNumbers {
  /** From 0. */
  readonly step: number;
  readonly learningRate: number;
  readonly lambda: number;
}

export interface ZeroingMethod {
  /** What it carries from step to step beside the slots of the parameters, by name; written to in place. */
  readonly numbers: Readonly<Record<string, Float64Array>>;
  /** The step's gradients are there, the weights unchanged. */
  before(numbers: StepNumbers): void;
  /** The base rule has changed the weights. */
  after(numbers: StepNumbers): void;
}
