/** What the tests of the documents need to know of a Markdown file: headings, links, code blocks and paths in code. */

export interface CodeBlock {
  readonly language: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  readonly text: string;
  /** Whether `<!-- run -->` stands on the line before it. */
  readonly run: boolean;
}

export interface Link {
  readonly target: string;
  readonly line: number;
}

/** The fenced blocks, in order. */
export function codeBlocks(markdown: string): CodeBlock[] {
  const lines = markdown.split("\n");
  const blocks: CodeBlock[] = [];
  for (let i = 0; i < lines.length; i++) {
    const fence = /^```(\w*)/.exec(lines[i]);
    if (fence === null) continue;
    const end = lines.indexOf("```", i + 1);
    if (end < 0) throw new Error(`the block that opens in line ${i + 1} is never closed`);
    const run = lines[i - 1]?.trim() === "<!-- run -->";
    blocks.push({ language: fence[1], line: i + 1, text: `${lines.slice(i + 1, end).join("\n")}\n`, run });
    i = end;
  }
  return blocks;
}

/** The lines of prose: fenced and indented blocks are blank. */
function proseLines(markdown: string): string[] {
  let fenced = false;
  return markdown.split("\n").map((line) => {
    const fence = line.startsWith("```");
    const blank = fenced || fence || line.startsWith("    ");
    if (fence) fenced = !fenced;
    return blank ? "" : line;
  });
}

/** Targets of links and images, without those in code. */
export function links(markdown: string): Link[] {
  return proseLines(markdown).flatMap((line, index) => {
    const bare = line.replace(/`[^`]*`/g, (code) => " ".repeat(code.length));
    return [...bare.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => ({ target, line: index + 1 }));
  });
}

/** Anchors as GitHub makes them: lower case, punctuation dropped, spaces as hyphens, repeats numbered. */
export function anchors(markdown: string): Set<string> {
  const seen = new Map<string, number>();
  const found = new Set<string>();
  for (const line of proseLines(markdown)) {
    const heading = /^#{1,6} (.*)$/.exec(line);
    if (heading === null) continue;
    const text = heading[1].replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[`*]/g, "");
    const slug = text
      .toLowerCase()
      .trim()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-");
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    found.add(count === 0 ? slug : `${slug}-${count}`);
  }
  return found;
}

/** Spans of code that name a file or folder of this repository. */
export function codePaths(markdown: string): Link[] {
  const path = /^(src|test|docs|examples|scripts|studies|bench|assets|bin|\.ci)\/[\w./-]*$/;
  return proseLines(markdown).flatMap((line, index) =>
    [...line.matchAll(/`([^`]+)`/g)]
      .map(([, code]) => code)
      .filter((code) => path.test(code))
      .map((target) => ({ target, line: index + 1 })),
  );
}

/** Commands of the first column of tables that stand after a line `<!-- run -->`. */
export function tableCommands(markdown: string): { readonly line: number; readonly text: string }[] {
  let marked = false;
  return markdown.split("\n").flatMap((line, index) => {
    if (!line.startsWith("|")) marked = line.trim() === "<!-- run -->";
    const command = marked ? /^\| `([^`]+)`/.exec(line) : null;
    return command === null ? [] : [{ line: index + 1, text: command[1] }];
  });
}
