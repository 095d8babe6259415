/** Node's process, where there is one: nothing of Node is imported, so that a page can load this room as it is. */

/** What a process other than Node lacks. */
interface NodeProcess {
  readonly arch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly versions: Readonly<Record<string, string | undefined>>;
  getBuiltinModule(name: string): unknown;
}

/** Node's process, or undefined elsewhere. */
export function nodeProcess(): NodeProcess | undefined {
  const candidate = (globalThis as { process?: NodeProcess }).process;
  return candidate?.versions?.node !== undefined && candidate.getBuiltinModule !== undefined ? candidate : undefined;
}
