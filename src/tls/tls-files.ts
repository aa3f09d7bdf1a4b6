import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { StartRefused } from '../errors.ts';
import type { TlsSettings } from './tls-settings.ts';

/** The files of a listener as they were at one moment, unchecked. */
export interface TlsFiles {
  readonly certificate: string;
  /** A secret. */
  readonly key: string;
  readonly clientCa: string | undefined;
  /** Of all bytes. */
  readonly fingerprint: string;
}

/** Throws `StartRefused` that names the setting, the file and the cure. */
export async function readTlsFiles({ setting, certificate, key, clients }: TlsSettings): Promise<TlsFiles> {
  const texts = {
    certificate: await readText(`${setting}.certificate`, certificate, writableByOthers),
    key: await readText(`${setting}.key`, key, openToOthers),
    clientCa: clients === undefined ? undefined : await readText(`${setting}.client_ca`, clients.ca, writableByOthers),
  };
  return { ...texts, fingerprint: createHash('sha256').update(JSON.stringify(texts)).digest('hex') };
}

async function readText(setting: string, path: string, forbidden: Forbidden): Promise<string> {
  const what = `${setting}: ${path}`;
  // A pipe would wait for whoever writes to it.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: Error) => {
    throw new StartRefused(`${what} cannot be opened: ${cause.message}.`, { cause });
  });
  try {
    return await readChecked(file, what, forbidden);
  } finally {
    await file.close();
  }
}

/** Looks at what was opened, not at what the path means a moment later. */
async function readChecked(file: FileHandle, what: string, forbidden: Forbidden): Promise<string> {
  const found = await file.stat();
  if (!found.isFile()) throw new StartRefused(`${what} is not a file.`);
  if ((found.mode & forbidden.mode) !== 0) throw new StartRefused(`${what} ${forbidden.why}`);
  if (found.size > maxFileBytes) throw new StartRefused(`${what} has ${found.size} bytes; at most ${maxFileBytes} are read.`);
  const { bytesRead, buffer } = await file.read(Buffer.alloc(found.size), 0, found.size, 0);
  return buffer.toString('latin1', 0, bytesRead);
}

interface Forbidden {
  readonly mode: number;
  readonly why: string;
}

const openToOthers: Forbidden = {
  mode: 0o007,
  why: 'is open to every user of this machine: give it the mode 0400, or 0440 and the group of the service (of a Kubernetes secret: defaultMode).',
};
/** Who can write a client CA can be anybody. */
const writableByOthers: Forbidden = {
  mode: 0o002,
  why: 'can be written by every user of this machine: take that away with chmod o-w.',
};
const maxFileBytes = 256 * 1024;
