/** `doctor`: is everything in order here? Each finding is ok, a note, or a fault with what to do. */

import { findings } from "./doctor-findings.ts";
import { exitCodes } from "./errors.ts";
import { asTyped, facts, paint, say, sayJson } from "./output.ts";

/** One line of the diagnosis. `note`: works, but could be better. `fault`: something will not work. */
export interface Finding {
  readonly name: string;
  readonly state: "ok" | "note" | "fault";
  /** What is there. */
  readonly found: string;
  /** What to do; only where there is something to do. */
  readonly cure?: string;
}

export async function doctor({ json }: { readonly json?: boolean }): Promise<void> {
  const all = await findings();
  const faults = all.filter(({ state }) => state === "fault").length;
  if (json === true) sayJson({ ok: faults === 0, findings: all });
  else {
    for (const finding of all) say(line(finding));
    say();
    say(faults === 0 ? "Everything needed is in order." : "Something needed is missing; see the lines marked fault.");
  }
  if (faults > 0) process.exitCode = exitCodes.fault;
}

function line({ name, state, found, cure }: Finding): string {
  const colour = { ok: "green", note: "yellow", fault: "red" } as const;
  const text = asTyped(cure === undefined ? found : `${found}. ${cure}`);
  const mark = paint(colour[state], state.padEnd(5));
  return `${mark}  ${facts([[name.padEnd(13), text]], { indent: 0 }).replaceAll("\n", "\n       ")}`;
}
