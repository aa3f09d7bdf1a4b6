/** Runs a job now and then once per period, never twice at a time, until it is stopped. */
export function every(
  periodMs: number,
  job: (isStopping: () => boolean) => Promise<void>,
  failed: (error: unknown) => void,
): { stop(): Promise<void> } {
  let running: Promise<void> | undefined;
  let stopping = false;
  const run = (): void => {
    running ??= job(() => stopping)
      .catch(failed)
      .finally(() => (running = undefined));
  };
  run();
  const timer = setInterval(run, periodMs).unref();
  return {
    /** Fulfils when a run that had begun is over. */
    stop: async () => {
      stopping = true;
      clearInterval(timer);
      await running;
    },
  };
}
