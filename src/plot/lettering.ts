/** Room that text takes, without a browser to measure it: widths by class of character, wrapping, shortening. */

/**
 * Estimated width of `text` in px at `size` px, for IBM Plex Sans and its neighbours among sans-serif faces; errs on
 * the wide side by some 5 %, so that labels do not touch.
 */
export function textWidth(text: string, size: number): number {
  let ems = 0;
  for (const character of text) {
    if (/[ .,:;|!'iIjl()[\]]/.test(character)) ems += 0.32;
    else if (/[mwMW@%—]/.test(character)) ems += 0.9;
    else if (/[A-Z]/.test(character)) ems += 0.66;
    else if (/[\u1100-\u11ff\u2e80-\ud7af\uf900-\ufaff\uff00-\uff60]|\p{Extended_Pictographic}/u.test(character))
      ems += 1;
    else ems += 0.58;
  }
  return ems * size;
}

/** `text` broken at spaces into lines of at most `width` px at `size` px; a longer word stands alone on its line. */
export function wrap(text: string, size: number, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line === "" || textWidth(longer, size) <= width) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  if (line !== "") lines.push(line);
  return lines;
}

/** `text` cut to `width` px at `size` px, with an ellipsis where something was cut. */
export function shorten(text: string, size: number, width: number): string {
  if (textWidth(text, size) <= width) return text;
  const characters = [...text];
  while (characters.length > 1 && textWidth(`${characters.join("")}…`, size) > width) characters.pop();
  return `${characters.join("").trimEnd()}…`;
}

/**
 * Label positions moved apart until neighbours are at least `gap` px from each other, staying in [low, high] where they
 * fit, in the order of the positions given (ties: as they come).
 *
 * @param positions  wanted positions in px, any order
 * @returns          one position per wanted one, in the same order
 */
export function spread(positions: readonly number[], gap: number, [low, high]: readonly [number, number]): number[] {
  const order = positions.map((_, i) => i).sort((a, b) => positions[a] - positions[b] || a - b);
  const placed = [...positions];
  let floor = low;
  for (const i of order) {
    placed[i] = Math.max(placed[i], floor);
    floor = placed[i] + gap;
  }
  let ceiling = high;
  for (const i of order.toReversed()) {
    placed[i] = Math.min(placed[i], ceiling);
    ceiling = placed[i] - gap;
  }
  return placed;
}
