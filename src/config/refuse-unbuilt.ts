import { StartRefused } from '../errors.ts';
import type { Config } from './config.ts';

/** What this version reads but does not act on yet must not be believed: the file may not set it. Throws `StartRefused`. */
export function refuseUnbuilt({ file }: Pick<Config, 'file'>): void {
  const mistakes = [...(file?.places ?? [])].flatMap(([setting, place]) =>
    unbuilt
      .filter(({ path }) => path.test(setting))
      .map(({ lacks }) => `${place}: ${setting}: this version does not ${lacks} yet.`),
  );
  if (mistakes.length > 0) throw new StartRefused(['The server cannot do what is asked of it:', ...mistakes].join('\n  '));
}

const unbuilt: readonly { readonly path: RegExp; readonly lacks: string }[] = [
  { path: /^listeners\[\d+\]\.tls$/, lacks: 'encrypt connections' },
  { path: /^listeners\[\d+\]\.principal$/, lacks: 'identify callers' },
  { path: /^metrics\.tls$/, lacks: 'encrypt connections' },
  { path: /^metrics\.allow_plaintext$/, lacks: 'listen beyond loopback' },
  { path: /^identities$/, lacks: 'identify callers' },
];
