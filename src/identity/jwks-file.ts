import { type JwtKeys, type JwtKeySource, parseJwks } from './jwt-keys.ts';
import { ReloadedFile } from './reloaded-file.ts';
import type { SourceReport } from './source.ts';

/** A JWK Set in a file. Its changes are seen at the next `look`. */
export class JwksFile implements JwtKeySource {
  readonly #file: ReloadedFile<JwtKeys>;

  /** Throws `StartRefused` when the file is not there or is not right. */
  constructor(parts: { readonly setting: string; readonly path: string; readonly report: SourceReport }) {
    this.#file = new ReloadedFile({ ...parts, parse: parseJwks });
  }

  current(): JwtKeys {
    return this.#file.value;
  }

  async newer(known: JwtKeys | undefined): Promise<JwtKeys | undefined> {
    return this.current() === known ? undefined : this.current();
  }

  look(): Promise<void> {
    return this.#file.look();
  }
}
