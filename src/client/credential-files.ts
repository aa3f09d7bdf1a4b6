import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isLocalAddress, isUnixAddress } from './address.ts';
import { CredentialsError } from './credentials-error.ts';
import type { TlsOptions } from './tls.ts';
import { type TokenSource, requireToken } from './token.ts';

/** Paths of files. */
export interface TlsFiles {
  /** PEM, or `system` for the authorities that the system trusts. */
  readonly ca?: string | undefined;
  readonly certificate?: string | undefined;
  readonly certificateKey?: string | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The token in a file that somebody named. Throws CredentialsError. */
export function fileToken(path: string): TokenSource {
  return tokenOfFile(() => readText(path), path);
}

/**
 * The token for a connection to `address` that was given none: what the environment says, else the administrator's that a server left
 * in the folder of its secrets, for the user that it runs as. That one goes to the loopback only: a Unix socket says itself who calls.
 * Throws CredentialsError.
 */
export function foundToken(address: string, environment: Environment): TokenSource | undefined {
  const token = setting(environment, 'LATCHKEY_TOKEN');
  if (token !== undefined) return parsedToken(token, 'LATCHKEY_TOKEN');
  const path = setting(environment, 'LATCHKEY_TOKEN_FILE');
  if (path !== undefined) return fileToken(path);
  const isLoopback = isLocalAddress(address) && !isUnixAddress(address);
  return isLoopback ? administratorToken(setting(environment, 'LATCHKEY_SECRETS_DIR') ?? 'secrets') : undefined;
}

/**
 * How a connection to `address` is secured by files: those that are named, else those of the environment. What the environment says
 * is about other servers than a Unix socket. Throws CredentialsError.
 */
export function foundTls(address: string, named: TlsFiles, environment: Environment): TlsOptions | undefined {
  const ca = named.ca ?? general(address, 'LATCHKEY_CA', environment);
  const certificate = certificateFile(address, named, environment);
  const key = named.certificateKey ?? general(address, 'LATCHKEY_KEY', environment);
  if (ca === undefined && certificate === undefined && key === undefined) return undefined;
  return {
    ...(ca === undefined || ca === 'system' ? {} : { ca: readText(ca) }),
    ...(certificate === undefined ? {} : { certificate: readText(certificate) }),
    ...(key === undefined ? {} : { key: readText(key) }),
  };
}

/** The file of the certificate that a connection to `address` presents; undefined when there is none. */
export function certificateFile(
  address: string,
  { certificate }: Pick<TlsFiles, 'certificate'>,
  environment: Environment,
): string | undefined {
  return certificate ?? general(address, 'LATCHKEY_CERTIFICATE', environment);
}

function general(address: string, name: string, environment: Environment): string | undefined {
  return isUnixAddress(address) ? undefined : setting(environment, name);
}

function administratorToken(secretsDirectory: string): TokenSource | undefined {
  const user = process.getuid?.();
  const path = join(secretsDirectory, 'admin.token');
  if (user === undefined || readPrivateText(path, user) === undefined) return undefined;
  return tokenOfFile(() => readPrivateText(path, user) ?? missing(path), path);
}

function missing(path: string): never {
  throw new CredentialsError(`${path} is gone.`, 'ENOENT');
}

/** Read now, so that a mistake shows at once, and again when a second has passed, since others may replace it. */
function tokenOfFile(read: () => string, path: string): TokenSource {
  let token = parsedToken(read(), path);
  let readAt = performance.now();
  return () => {
    if (performance.now() - readAt > freshMs) {
      token = parsedToken(read(), path);
      readAt = performance.now();
    }
    return token;
  };
}

function parsedToken(text: string, where: string): string {
  try {
    return requireToken(text.trim());
  } catch (error) {
    if (error instanceof TypeError) throw new CredentialsError(`${where} does not hold a token.`, 'EBADMSG', error);
    throw error;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unreadable(path, error);
  }
}

/**
 * Of a file that nobody else can have put there or read; undefined when there is none, or it is in a folder of somebody else's. It was
 * not named by anybody, so it may be that of another server, or a trap in a folder that came from elsewhere.
 */
function readPrivateText(path: string, user: number): string | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (absentCodes.has(codeOf(error))) return undefined;
    throw unreadable(path, error);
  }
  try {
    const facts = fstatSync(descriptor);
    if (!facts.isFile() || facts.uid !== user || (facts.mode & othersMay) !== 0) {
      throw new CredentialsError(
        `${path} is not used: it must be a regular file, belong to you, and be closed to everybody else (chmod 600). ` +
          'Set LATCHKEY_TOKEN_FILE to use another.',
        'EPERM',
      );
    }
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

function unreadable(path: string, error: unknown): CredentialsError {
  return new CredentialsError(`${path} cannot be read: ${codeOf(error)}.`, codeOf(error), error);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
}

/** An empty variable is an absent one. */
function setting(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  return value === '' ? undefined : value;
}

const absentCodes: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EACCES']);
const othersMay = 0o077;
const freshMs = 1000;
