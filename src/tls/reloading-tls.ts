import { StartRefused } from '../errors.ts';
import { type TlsFiles, readTlsFiles } from './tls-files.ts';
import { type TlsMaterial, checkTlsMaterial, isValidAt } from './tls-material.ts';
import type { TlsSettings } from './tls-settings.ts';

export interface TlsReport {
  /** Other files are in use from now on. */
  reloaded(settings: TlsSettings, material: TlsMaterial): void;
  /** The files do not do, and what was read before stays in use. Told once of the same files. */
  refused(settings: TlsSettings, error: StartRefused): void;
}

export interface ReloadingTlsParts {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly report: TlsReport;
  readonly intervalMs?: number;
}

/** Reads the files of a listener, and again for as long as it is open. Throws `StartRefused`. */
export async function openReloadingTls(settings: TlsSettings, parts: ReloadingTlsParts): Promise<ReloadingTls> {
  const files = await readTlsFiles(settings);
  return new ReloadingTls(settings, checkTlsMaterial(files, settings, parts.now()), parts);
}

/**
 * The files of a listener that are in use. They are looked at by content, since links, times and notifications tell too much or too little where
 * files are swapped, as in Kubernetes. What differs is taken when it is the same at two looks, so that no file is taken while it is being
 * written, and only as a whole that fits together.
 */
export class ReloadingTls {
  readonly settings: TlsSettings;
  readonly #parts: ReloadingTlsParts;
  readonly #listeners: ((material: TlsMaterial) => void)[] = [];
  readonly #timer: NodeJS.Timeout;
  #current: TlsMaterial;
  /** What the last look found, if it was something else: a fingerprint, or why the files could not be read. */
  #seen: string | undefined;
  /** Of what the report has been told. */
  #refused: string | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(settings: TlsSettings, material: TlsMaterial, parts: ReloadingTlsParts) {
    this.settings = settings;
    this.#current = material;
    this.#parts = parts;
    this.#timer = setInterval(() => void this.#after(() => this.#look(false)), parts.intervalMs ?? lookMs).unref();
  }

  get current(): TlsMaterial {
    return this.#current;
  }

  onChange(listener: (material: TlsMaterial) => void): void {
    this.#listeners.push(listener);
  }

  /** Takes the files as they are now; fulfils when they are in use or refused. */
  reload(): Promise<void> {
    return this.#after(() => this.#look(true));
  }

  /** Fulfils when no look is under way. */
  get settled(): Promise<void> {
    return this.#looking;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** One look at a time. */
  #after(look: () => Promise<void>): Promise<void> {
    return (this.#looking = this.#looking.then(look));
  }

  async #look(isAsked: boolean): Promise<void> {
    let found: string | undefined;
    try {
      const files = await readTlsFiles(this.settings);
      found = files.fingerprint;
      if (this.#isSettled(found, isAsked)) this.#take(this.#check(files));
    } catch (error) {
      if (!(error instanceof StartRefused)) throw error;
      found ??= error.message;
      if (this.#isSettled(found, isAsked)) this.#refuse(found, error);
    }
    this.#seen = found;
    if (found === this.#current.fingerprint) this.#refused = undefined;
  }

  #isSettled(found: string, isAsked: boolean): boolean {
    return found !== this.#current.fingerprint && (isAsked || found === this.#seen);
  }

  #check(files: TlsFiles): TlsMaterial {
    const now = this.#parts.now();
    const material = checkTlsMaterial(files, this.settings, now);
    if (!isValidAt(material.leaf, now) && isValidAt(this.#current.leaf, now)) {
      throw new StartRefused(`${material.warnings.join(' ')} The certificate that is in use is valid.`);
    }
    return material;
  }

  #take(material: TlsMaterial): void {
    this.#current = material;
    this.#refused = undefined;
    this.#parts.report.reloaded(this.settings, material);
    for (const listener of this.#listeners) listener(material);
  }

  #refuse(found: string, error: StartRefused): void {
    if (found !== this.#refused) this.#parts.report.refused(this.settings, error);
    this.#refused = found;
  }
}

/** A change is in use after two of these at most. */
const lookMs = 5_000;
