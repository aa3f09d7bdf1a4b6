import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A real process that owns, or tries to own, the store in a data directory (see store-child.ts). */
export class StoreProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #output = '';
  #errors = '';

  constructor(mode: 'write' | 'hold', dataDirectory: string, { umask = '077' } = {}) {
    const command = `umask ${umask} && exec "$0" --experimental-strip-types --disable-warning=ExperimentalWarning "$@"`;
    this.#child = spawn('/bin/sh', ['-c', command, process.execPath, storeChild, mode, dataDirectory], { stdio: 'pipe' });
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
    this.#ended = once(this.#child, 'close').then(() => undefined);
  }

  /** Counters that were acknowledged so far; the first is the one that the store was opened with. */
  get acknowledged(): readonly number[] {
    return this.#output.split('\n').slice(0, -1).map(Number);
  }

  get errors(): string {
    return this.#errors;
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  /** Fulfils when so many lines have come; rejects when the process ends before. */
  async untilAcknowledged(lines: number): Promise<void> {
    while (this.acknowledged.length < lines) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null)
        throw new Error(`The store's process ended: ${this.#errors}`);
      await Promise.race([once(this.#child.stdout!, 'data'), this.#ended]);
    }
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async untilEnded(): Promise<void> {
    await this.#ended;
  }
}

const storeChild = fileURLToPath(new URL('store-child.ts', import.meta.url));
