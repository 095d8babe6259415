/**
 * Ctrl-C and its kin as two signals: the first asks to stop, the second to abort, the third ends the process.
 *
 * SIGTERM aborts at once: a scheduler that sends it gives seconds, not the time of a trial. SIGHUP is left alone, so that
 * `nohup` keeps its meaning; a process that it ends has lost nothing that resuming does not bring back.
 */

export interface Interrupt extends Disposable {
  /** Fires at the first SIGINT, and with `abort`. */
  readonly stop: AbortSignal;
  /** Fires at the second SIGINT, or at SIGTERM. */
  readonly abort: AbortSignal;
}

/** Listens until disposed. `onSignal` is told how many came, to say on the terminal what the next one will do. */
export function listenForInterrupt(
  onSignal: (count: number) => void = () => {},
  source: NodeJS.Process = process,
): Interrupt {
  const stop = new AbortController();
  const abort = new AbortController();
  let count = 0;
  const onInterrupt = () => {
    count++;
    onSignal(count);
    stop.abort();
    if (count >= 2) abort.abort();
    if (count >= 3) source.exit(130);
  };
  const onTerminate = () => {
    count = Math.max(count, 2);
    onSignal(count);
    stop.abort();
    abort.abort();
  };
  source.on("SIGINT", onInterrupt);
  source.on("SIGTERM", onTerminate);
  return {
    stop: stop.signal,
    abort: abort.signal,
    [Symbol.dispose]: () => {
      source.off("SIGINT", onInterrupt);
      source.off("SIGTERM", onTerminate);
    },
  };
}
