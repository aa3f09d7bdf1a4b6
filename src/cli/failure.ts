import { CredentialsError } from '../client/credentials-error.ts';
import { LatchkeyError } from '../client/latchkey-error.ts';
import type { FieldViolation } from '../client/latchkey-error.ts';
import { tlsTrouble } from './tls-trouble.ts';

/** What the process exits with; scripts rely on these numbers. */
export const exitCodes = {
  ok: 0,
  bug: 1,
  /** Some of many lines; the others are done. */
  linesFailed: 1,
  usage: 2,
  refused: 3,
  unreachable: 4,
  localFile: 5,
} as const;

/** The command line asks for something that makes no sense. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A command that destroys something was not confirmed, so nothing was done. */
export class NotConfirmedError extends Error {
  override readonly name = 'NotConfirmedError';
}

/** A file, stdin or stdout cannot be read or written, or does not hold what it should. `code` is the system's, such as ENOENT. */
export class LocalFileError extends Error {
  override readonly name = 'LocalFileError';
  readonly code: string;

  constructor(message: string, code: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** A failed command: how the process ends, and what it says. */
export interface Failure {
  readonly exitCode: number;
  /** The server's reason, else one of USAGE, NOT_CONFIRMED, LOCAL_FILE, UNREACHABLE, BUG or the name of the gRPC code. */
  readonly reason: string;
  /** Name of a gRPC code; of a system error for LOCAL_FILE. */
  readonly code: string;
  readonly message: string;
  readonly fieldViolations: readonly FieldViolation[];
  /** What to do about it, in terms of the command line. */
  readonly cure: string | undefined;
}

/** How the server was to be called. */
export interface Approach {
  readonly address: string;
  /** Whether with a certificate. */
  readonly hasCertificate: boolean;
}

/** What went wrong, for a command that was to call a server. */
export function failureOf(error: unknown, approach: Approach): Failure {
  if (error instanceof LatchkeyError) return serverFailure(error, approach);
  if (error instanceof UsageError) {
    return localFailure(error, { exitCode: exitCodes.usage, reason: 'USAGE', code: 'INVALID_ARGUMENT', cure: usageCure });
  }
  if (error instanceof NotConfirmedError)
    return localFailure(error, { exitCode: exitCodes.usage, reason: 'NOT_CONFIRMED', code: 'CANCELLED' });
  if (error instanceof LocalFileError || error instanceof CredentialsError)
    return localFailure(error, { exitCode: exitCodes.localFile, reason: 'LOCAL_FILE', code: error.code });
  const message = `This is a bug in latchkey. ${error instanceof Error ? error.stack : String(error)}`;
  return localFailure({ message }, { exitCode: exitCodes.bug, reason: 'BUG', code: 'INTERNAL' });
}

function localFailure(
  { message }: { message: string },
  facts: Pick<Failure, 'exitCode' | 'reason' | 'code'> & { cure?: string },
): Failure {
  return { message, fieldViolations: [], cure: undefined, ...facts };
}

function serverFailure(error: LatchkeyError, approach: Approach): Failure {
  const { code, message, fieldViolations } = error;
  if (error.reason !== undefined) {
    return {
      exitCode: exitCodes.refused,
      reason: error.reason,
      code,
      message,
      fieldViolations,
      cure: cureOf({ reason: error.reason, message, fieldViolations }, approach),
    };
  }
  const outage = outages[code];
  if (outage !== undefined)
    return {
      exitCode: exitCodes.unreachable,
      reason: 'UNREACHABLE',
      code,
      fieldViolations,
      ...noAnswer(error, outage(approach.address), approach),
    };
  const exitCode = bugCodes.has(code) ? exitCodes.bug : exitCodes.refused;
  return { exitCode, reason: code, code, message, fieldViolations, cure: codeCures[code] };
}

function noAnswer(
  { message }: LatchkeyError,
  outage: string,
  { address, hasCertificate }: Approach,
): Pick<Failure, 'message' | 'cure'> {
  const lastError = /^No connection established\. Last error: (?:Error(?: \[\w+\])?: )?(.*?)\.? Resolution note/s.exec(
    message,
  )?.[1];
  if (hasCertificate && closedConnection.test(lastError ?? message)) {
    const closed = `The server at ${address} closed the connection, perhaps because it does not accept the certificate.`;
    return { message: `${closed} (${lastError ?? message})`, cure: "The server's log says why it refused one." };
  }
  if (lastError === undefined) {
    return { message: `${outage} (${message})`, cure: `${startCure} If the call was to change something, it may have done so.` };
  }
  const trouble = tlsTrouble(lastError);
  if (trouble !== undefined) return { message: `${trouble.message(address)} (${lastError})`, cure: trouble.cure };
  // What ends a connection at once may be a server that expects TLS.
  const isCutOff = lastError.startsWith('Failed to connect');
  return {
    message: `${outage} (${lastError})`,
    cure: isCutOff ? `${startCure} A server with TLS needs --ca or LATCHKEY_CA, and may want --certificate.` : startCure,
  };
}

function cureOf(
  { reason, message, fieldViolations }: Pick<Failure, 'reason' | 'message' | 'fieldViolations'>,
  { hasCertificate }: Approach,
): string | undefined {
  if (reason === 'UNAUTHENTICATED' && hasCertificate) return certificateCure;
  const isAboutPlaintext = fieldViolations.some(({ field }) => field === 'plaintext');
  if (isAboutPlaintext) return 'latchkey encrypt --file takes files of any size, empty ones too.';
  // Principals and groups exist already too, and their message says what to do.
  if (reason === 'ALREADY_EXISTS' && !message.includes('alias/')) return undefined;
  const group = /^Group (\S+) has members/.exec(message)?.[1];
  if (reason === 'INVALID_STATE' && group !== undefined)
    return `latchkey principals list --group ${group} shows them; latchkey groups remove ${group} <principal> removes one.`;
  // Of an import it says itself how to wrap.
  if (reason === 'INVALID_CIPHERTEXT' && message.startsWith('encrypted_key_material ')) return undefined;
  return cures[reason];
}

/** gRPC's own codes for "no answer". */
const outages: Readonly<Record<string, (address: string) => string>> = {
  UNAVAILABLE: (address) => `No server answers at ${address}.`,
  CANCELLED: (address) => `The server at ${address} ended the call.`,
  DEADLINE_EXCEEDED: (address) => `The server at ${address} did not answer in time.`,
};

const startCure = 'Start one with script/server, or name another with --address or LATCHKEY_ADDRESS.';

const usageCure = 'latchkey --help and latchkey <command> --help show how it is used.';

/** Words of gRPC and Node for a connection that the other end closed before it answered. */
const closedConnection =
  /^(?:Stream refused by server|Connection dropped|read ECONNRESET|Failed to connect|Client network socket disconnected)/;

/** When a token was sent as well, that decides. */
const certificateCure =
  'If a token was given too, it decides; else the certificate may have ended, be denied, or its principal disabled. The server says which in its log, at log_level debug.';

const bugCodes: ReadonlySet<string> = new Set(['INTERNAL', 'UNKNOWN', 'DATA_LOSS']);

const codeCures: Readonly<Record<string, string>> = {
  INTERNAL: "The server's log says more.",
  UNIMPLEMENTED: 'The server is older than this command line, or something else listens at this address.',
  RESOURCE_EXHAUSTED: 'latchkey server-info shows the limits.',
};

/** Beside the server's own words, which know nothing of this command line. */
const cures: Readonly<Record<string, string>> = {
  KEY_NOT_FOUND: 'latchkey keys list shows the keys there are.',
  ALIAS_NOT_FOUND: 'latchkey aliases list shows the aliases there are.',
  ALREADY_EXISTS: 'latchkey aliases update points an existing alias at another key.',
  NO_SUCH_ENTITY: 'latchkey principals list and latchkey groups list show what there is.',
  KEY_DISABLED: 'latchkey keys enable allows its use again.',
  LIMIT_EXCEEDED: 'latchkey server-info shows the limits.',
  CONFLICT: 'latchkey keys describe shows the current backing key.',
  INCORRECT_KEY: 'Leave out the key: a ciphertext names its own. latchkey inspect --online shows which.',
  INVALID_CIPHERTEXT: 'Give the --context pairs it was encrypted with; latchkey inspect shows what is in it.',
  INVALID_IMPORT_TOKEN: 'latchkey keys get-import-parameters makes another public key and token.',
  EXPIRED_IMPORT_TOKEN: 'latchkey keys get-import-parameters makes another public key and token.',
  INCORRECT_KEY_MATERIAL: 'Import the same bytes as before, or new ones with --new.',
  KEY_MATERIAL_COMPROMISED: 'latchkey keys unmark-compromised takes it back, if it is not so.',
  KEY_PENDING_DELETION: 'latchkey keys cancel-deletion keeps the key.',
  KEY_PENDING_IMPORT: 'latchkey keys import brings its material.',
  DELETION_PROTECTED: 'latchkey keys unprotect allows it.',
  KEY_UNAVAILABLE: "The server's log says more.",
  UNAUTHENTICATED:
    'Give a token with --token-file, LATCHKEY_TOKEN_FILE or LATCHKEY_TOKEN, or a certificate with --certificate. Tokens and certificates end.',
  ACCESS_DENIED:
    'An administrator can allow it: in a policy of yours or of a group of yours; what is done with a key, also in its policy or with a grant.',
};
