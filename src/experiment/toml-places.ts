/**
 * Where keys stand in a TOML text: a scan of lines that knows table headers and `key =`, and nothing of values.
 *
 * Keys inside inline tables and items of arrays are given the place of the line that holds them. The parser proper has
 * already accepted or refused the text; this only makes messages point somewhere useful.
 */

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The scan's answer: the place of the longest prefix of a path that the text names, or undefined for none. */
export function tomlPlaces(text: string): (path: readonly (string | number)[]) => Place | undefined {
  const places = new Map<string, Place>();
  const tableCounts = new Map<string, number>();
  let table: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const header = /^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(#.*)?$/.exec(line);
    const entry =
      header === null
        ? /^(\s*)((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=/.exec(line)
        : null;
    if (header !== null) {
      table = splitKey(header[2]);
      if (header[1] === "[[") {
        const name = JSON.stringify(table);
        const count = tableCounts.get(name) ?? 0;
        tableCounts.set(name, count + 1);
        table = [...table, String(count)];
      }
      places.set(JSON.stringify(table), { line: index + 1, column: line.indexOf("[") + 1 });
    } else if (entry !== null) {
      const path = [...table, ...splitKey(entry[2])];
      places.set(JSON.stringify(path), { line: index + 1, column: entry[1].length + 1 });
    }
  }
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const place = places.get(JSON.stringify(path.slice(0, length).map(String)));
      if (place !== undefined) return place;
    }
    return undefined;
  };
}

/** `a."b c".d` as its three parts. */
function splitKey(key: string): string[] {
  return (key.match(/"[^"]*"|'[^']*'|[^.\s]+/g) ?? []).map((part) => part.replace(/^["']|["']$/g, ""));
}
