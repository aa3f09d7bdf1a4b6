import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { StartRefused } from '../errors.ts';
import { type SourceReport, UnusableSource } from './source.ts';

export interface FileParts<Value> {
  /** What the operator calls it: `identities.certificates.deny_list`. */
  readonly setting: string;
  readonly path: string;
  /** Throws UnusableSource. */
  readonly parse: (text: string) => Value;
  readonly report: SourceReport;
}

/** A file of the operator's that may change while the server runs. It is there at the start, or the start is refused (`StartRefused`). */
export class ReloadedFile<Value> {
  readonly #parts: FileParts<Value>;
  #current: Contents<Value>;
  /** That of the last look, so that nobody is told twice. */
  #problem: string | undefined;

  constructor(parts: FileParts<Value>) {
    this.#parts = parts;
    try {
      const text = readFileSync(parts.path, 'utf8');
      this.#current = { text, value: parts.parse(text) };
    } catch (error) {
      throw new StartRefused(`${parts.setting}: ${parts.path}: ${problemOf(error)}`, { cause: error });
    }
  }

  /** As the file was when it last was right. */
  get value(): Value {
    return this.#current.value;
  }

  /** Reads it again; to be called every few seconds, one call after the other. Dates of files are too coarse to tell whether it changed. */
  async look(): Promise<void> {
    const { path, report } = this.#parts;
    const found = await this.#read();
    const before = { problem: this.#problem, text: this.#current.text };
    if (typeof found === 'string') {
      this.#problem = found;
      if (found !== before.problem) report.broken(path, found);
      return;
    }
    this.#problem = undefined;
    this.#current = found;
    if (found.text !== before.text || before.problem !== undefined) report.reloaded(path);
  }

  /** The contents, or what is wrong with them. */
  async #read(): Promise<Contents<Value> | string> {
    try {
      const text = await readFile(this.#parts.path, 'utf8');
      return text === this.#current.text ? this.#current : { text, value: this.#parts.parse(text) };
    } catch (error) {
      return problemOf(error);
    }
  }
}

interface Contents<Value> {
  readonly text: string;
  readonly value: Value;
}

/** In words for whoever keeps the file. Anything else than what they can do something about is a bug. */
function problemOf(error: unknown): string {
  if (error instanceof UnusableSource) return error.message;
  if (error instanceof Error && 'code' in error) return `it cannot be read: ${error.message}.`;
  throw error;
}
