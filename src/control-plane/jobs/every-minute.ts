/** Runs a job now and then once a minute, never twice at a time, until it is stopped. */
export function everyMinute(
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
  const timer = setInterval(run, minuteMs);
  return {
    /** Fulfils when a run that had begun is over. */
    stop: async () => {
      stopping = true;
      clearInterval(timer);
      await running;
    },
  };
}

const minuteMs = 60_000;
