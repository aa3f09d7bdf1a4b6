/**
 * Runs what leaves something behind if Ctrl-C or a signal ends it: then `cleanUp` is called first, and the process ends as if nobody
 * had caught the signal, so that shells see what happened. It does not wait for `run`, which may be reading what never comes.
 */
export async function interruptible(cleanUp: () => void, run: () => Promise<void>): Promise<void> {
  const interrupted = (signal: NodeJS.Signals): void => {
    cleanUp();
    release();
    process.kill(process.pid, signal);
  };
  const release = (): void => {
    for (const signal of signals) process.off(signal, interrupted);
  };
  for (const signal of signals) process.on(signal, interrupted);
  try {
    await run();
  } finally {
    release();
  }
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
