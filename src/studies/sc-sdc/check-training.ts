/** Rules between settings that hold for every training, whatever the study. */

import { InputError } from "../../base/index.ts";
import { optimizerNames } from "../../optim/index.ts";
import type { SharedSettings } from "./settings.ts";
import { checkZeroing } from "./zeroing-settings.ts";

/** @throws InputError  for settings that contradict each other */
export function checkTraining(settings: SharedSettings): void {
  const { model, depth, optimizer, momentum, warm_up_epochs, epochs } = settings;
  const { batch_norm, batch_size, measure_examples } = settings;
  if (!optimizerNames.includes(optimizer as (typeof optimizerNames)[number])) {
    throw new InputError(`optimizer must be one of ${optimizerNames.join(", ")}, got ${optimizer}`);
  }
  checkWindows(settings);
  checkZeroing(settings);
  if ((settings.schedule === "milestones") !== (settings.schedule_at !== null)) {
    throw new InputError(
      `schedule=milestones and schedule_at go together, got ${settings.schedule} and ${JSON.stringify(settings.schedule_at)}; give both or neither`,
    );
  }
  if (optimizer === "nesterov" && momentum === 0 && settings.momenta === null) {
    throw new InputError("momentum must be > 0 for nesterov, got 0");
  }
  if (model === "wide-resnet" && depth % 6 !== 4) {
    throw new InputError(`depth must be 6 n + 4 for wide-resnet, such as 10, 16, 22 or 28, got ${depth}`);
  }
  if (batch_norm === true && (batch_size < 2 || measure_examples < 2)) {
    const name = batch_size < 2 ? "batch_size" : "measure_examples";
    throw new InputError(`${name} must be at least 2 with batch_norm, got 1: one example has no variance`);
  }
  if (warm_up_epochs > epochs) {
    throw new InputError(`warm_up_epochs must not exceed epochs, got ${warm_up_epochs} and ${epochs}`);
  }
}

/** Windows replace what they are windows of. */
function checkWindows({
  learning_rates,
  learning_rate,
  schedule,
  warm_up_epochs,
  momenta,
  optimizer,
}: SharedSettings): void {
  if (learning_rates !== null) {
    const others = {
      learning_rate,
      schedule: schedule === "constant" ? null : schedule,
      warm_up_epochs: warm_up_epochs || null,
    };
    const other = Object.entries(others).find(([, value]) => value !== null);
    if (other !== undefined) {
      throw new InputError(
        `learning_rates is the whole schedule of the rate, got ${other[0]} ${other[1]} too; take one of the two`,
      );
    }
  }
  if (momenta !== null && optimizer !== "momentum" && optimizer !== "nesterov") {
    throw new InputError(`momenta needs the optimizer momentum or nesterov, got ${optimizer}`);
  }
}
