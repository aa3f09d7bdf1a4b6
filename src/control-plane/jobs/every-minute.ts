/** Runs a job now and then once a minute, never twice at a time, until it is stopped. */
export function everyMinute(job: () => Promise<void>, failed: (error: unknown) => void): { stop(): Promise<void> } {
  let running: Promise<void> | undefined;
  const run = (): void => {
    running ??= job()
      .catch(failed)
      .finally(() => (running = undefined));
  };
  run();
  const timer = setInterval(run, minuteMs);
  return {
    /** Fulfils when a run that had begun is over. */
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

const minuteMs = 60_000;
