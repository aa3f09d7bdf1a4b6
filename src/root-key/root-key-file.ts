import { join } from 'node:path';
import { type NativeKeyTable, type NativeStatus, nativeCode } from '../crypto/native.ts';
import { StartRefused } from '../errors.ts';
import type { RootKey } from './root-key.ts';

/** The root key in `<secretsDirectory>/root.key` (docs/FORMATS.md, "Root key file"). Read and written natively. */
export function rootKeyFile(table: RootKeyTable, secretsDirectory: string): RootKey {
  const location = join(secretsDirectory, fileName);
  const open = (): string | undefined => {
    try {
      return table.openRootKeyFile(secretsDirectory, fileName).toString('hex');
    } catch (error) {
      if (nativeCode(error) === 'ROOT_KEY_MISSING') return undefined;
      throw refusal(location, secretsDirectory, error);
    }
  };
  const create = (): string => {
    try {
      table.createRootKeyFile(secretsDirectory, fileName);
    } catch (error) {
      throw refusal(location, secretsDirectory, error);
    }
    const id = open();
    if (id === undefined) throw new Error(`${location} is missing right after it was made.`);
    return id;
  };
  return { location, open, create };
}

type RootKeyTable = Pick<NativeKeyTable, 'createRootKeyFile' | 'openRootKeyFile'>;

function refusal(location: string, directory: string, error: unknown): unknown {
  const code = nativeCode(error);
  const cure = code === undefined ? undefined : cures[code];
  return cure === undefined ? error : new StartRefused(cure(location, directory), { cause: error });
}

const cures: Partial<Record<NativeStatus, (location: string, directory: string) => string>> = {
  ROOT_KEY_UNSAFE: (location, directory) =>
    `${location} is not safe to use: it and its folder must be a regular file and folder (no links), owned by the user that runs the server ` +
    `and closed to everybody else (chmod 700 ${directory}; chmod 600 ${location}).`,
  ROOT_KEY_MALFORMED: (location) =>
    `${location} is not a root key file, or is damaged: put the right file back from your backup. Nothing was changed.`,
  ROOT_KEY_IO: (location, directory) =>
    `${location} cannot be read or written: check that ${directory} exists on a writable disk and belongs to this user.`,
};

const fileName = 'root.key';
