/**
 * The imports of a file, read off its text: statements, re-exports, `import()`, `import.meta.resolve()` and
 * `new URL(..., import.meta.url)` of code.
 *
 * Comments are blanked first, so that an example in a docstring is no import.
 */

export interface Import {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly specifier: string;
  /** "type" vanishes when types are stripped; "late" is `import()` or a worker's module, loaded when the rest has been. */
  readonly kind: "value" | "type" | "late";
}

const statement = /^[ \t]*(import|export)\s+(type\s+)?([^"';]*?)\s*\bfrom\s*"([^"]+)"/gm;
const bare = /^[ \t]*import\s*"([^"]+)"/gm;
const dynamic = /\bimport\(\s*"([^"]+)"\s*\)/g;
const resolved = /\bimport\.meta\.resolve\(\s*"([^"]+)"\s*\)/g;
const workers = /\bnew URL\(\s*"(\.[^"]+\.[tj]s)"\s*,\s*import\.meta\.url/g;

/** @param file  named in the result; `source` is its text */
export function importsOf(file: string, source: string): Import[] {
  const text = withoutComments(source);
  const lineAt = (index: number) => text.slice(0, index).split("\n").length;
  const found: Import[] = [];
  for (const match of text.matchAll(statement)) {
    const [, , type, names, specifier] = match;
    const listed = /^\{([\s\S]*)\}$/.exec(names.trim())?.[1].split(",") ?? [""];
    const allTypes = listed.every((name) => /^\s*type\s/.test(name) || (listed.length > 1 && name.trim() === ""));
    found.push({ file, line: lineAt(match.index), specifier, kind: type !== undefined || allTypes ? "type" : "value" });
  }
  for (const [pattern, kind] of [
    [bare, "value"],
    [dynamic, "late"],
    [resolved, "late"],
    [workers, "late"],
  ] as const) {
    for (const match of text.matchAll(pattern)) {
      found.push({ file, line: lineAt(match.index), specifier: match[1], kind });
    }
  }
  return found;
}

/** The text with every comment's letters as blanks; strings and templates are left alone. */
function withoutComments(text: string): string {
  const tokens = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
  return text.replace(tokens, (token) => (/^\/[*/]/.test(token) ? token.replace(/[^\n]/g, " ") : token));
}
