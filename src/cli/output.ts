/**
 * Writing to the terminal: answers to standard output, everything said on the way to standard error, so that a pipe gets
 * the answer alone.
 */

import { once } from "node:events";
import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Styled where the stream is a terminal that wants it; NO_COLOR and --no-color are heeded. */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(style, text, { stream });
}

/** Whether standard output shows bold. */
export function canStyle(): boolean {
  return paint("bold", "x") !== "x";
}

/** A line of the answer. */
export function say(text = ""): void {
  process.stdout.write(`${text}\n`);
}

/** A line on the way to it. */
export function note(text: string): void {
  process.stderr.write(`${asTyped(text)}\n`);
}

export function warn(text: string): void {
  note(`${paint("yellow", "warning:", process.stderr)} ${text}`);
}

/** One JSON value as the answer; numbers that JSON lacks are texts. */
export function sayJson(value: unknown, indent = 2): void {
  say(
    JSON.stringify(
      value,
      (_, item) => (typeof item === "number" && !Number.isFinite(item) ? String(item) : item),
      indent,
    ),
  );
}

/** Writes pieces to standard output as fast as it takes them. */
export async function pour(pieces: AsyncIterable<string>): Promise<void> {
  for await (const piece of pieces) if (!process.stdout.write(piece)) await once(process.stdout, "drain");
}

/** Names with what they are, the names aligned; long texts are broken at the terminal's width and indented. */
export function facts(rows: readonly (readonly [name: string, text: string])[], { indent = 2 } = {}): string {
  const widest = Math.max(0, ...rows.map(([name]) => name.length));
  const start = indent + widest + 2;
  return rows
    .map(([name, text]) => {
      const [first, ...rest] = wrap(text, terminalWidth() - start);
      const lines = [
        `${" ".repeat(indent)}${name.padEnd(widest)}  ${first}`,
        ...rest.map((line) => " ".repeat(start) + line),
      ];
      return lines.map((line) => line.trimEnd()).join("\n");
    })
    .join("\n");
}

/** Lines of at most `width` characters, broken between words. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [""];
  for (const word of text.split(" ")) {
    const line = lines[lines.length - 1];
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Columns to write in: what the terminal has, within reason, and 100 in a pipe. */
export function terminalWidth(): number {
  return Math.max(40, Math.min(process.stdout.columns ?? 100, 120));
}

/** A number for people: `1,234,567`. */
export function grouped(value: number): string {
  return value.toLocaleString("en-US");
}

/** `1 trial`, `2 trials`. */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${grouped(count)} ${count === 1 ? singular : plural}`;
}

/** How this program was called, for commands that the user is to type: under npx it is not on the path. */
export function programName(environment: NodeJS.ProcessEnv = process.env): string {
  return environment.npm_command === "exec" ? "npx gradientflow" : "gradientflow";
}

/** The text with commands of this program as they must be typed here. */
export function asTyped(text: string): string {
  return text.replace(
    /(?<!npx )\bgradientflow (?=(analyze|study|data|train|tune|compress|explain|export|mesh|doctor)\b)/g,
    `${programName()} `,
  );
}

/** A reader that goes away, as `head` does, ends the program quietly; one of the messages only silences them. */
export function tolerateClosedPipes(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });
  process.stderr.on("error", () => {});
}
