import type { X509Certificate } from 'node:crypto';
import type { PrincipalSnapshot } from '../keyring/directory.ts';
import { BoundedMap } from '../keyring/bounded-map.ts';
import { Missing } from '../keyring/missing.ts';
import type { Identity } from '../permission/identity.ts';
import { type BearerParts, bearerCaller } from './bearer-caller.ts';
import { type CertificateSubject, type NameRule, certificateSubject, isReserved } from './certificate-subject.ts';
import type { Connection, Credentials } from './credentials.ts';
import { type DenyList, isDenied } from './deny-list.ts';
import { type Lockout, lockoutsOf } from './lockout.ts';
import { isCallersFailure, unauthenticated } from './unauthenticated.ts';

export interface IdentifyParts extends BearerParts {
  readonly principals: {
    principal(principalId: PrincipalSnapshot['principal']['principalId']): PrincipalSnapshot | Missing | undefined;
    principalBySubject(subject: string): PrincipalSnapshot | Missing | undefined;
    /** Another number as soon as anything of principals, tokens or groups may be another. */
    readonly counter: number;
  };
  /** Makes the principal of a subject that comes for the first time. Throws UNAUTHENTICATED when its name is another's. */
  readonly register: (newcomer: Newcomer) => Promise<void>;
  readonly nameRules: readonly NameRule[];
  readonly denyList: () => DenyList;
  /** Of listeners on Unix sockets, by their addresses. */
  readonly owners: ReadonlyMap<string, PrincipalSnapshot>;
}

export interface Newcomer {
  readonly subject: string;
  readonly path: string;
}

/**
 * Who calls: by its authorization if it has one, else by its certificate, else as the owner of the Unix socket that it came by.
 * Asked for every call, and for every request of a stream, so that whoever is locked out is so at once. Throws UNAUTHENTICATED,
 * with one text whatever is wrong, and THROTTLED.
 */
export function identifier(parts: IdentifyParts): (credentials: Credentials) => Identity | Missing {
  const subjects = new WeakMap<Connection, CertificateSubject>();
  /** Who called last on a connection: to find that out again costs more than an Encrypt. */
  const last = new WeakMap<Connection, Remembered>();
  /** Newcomers whose names are others': each attempt to register one takes a turn of all changes. */
  const refusals = new BoundedMap<string, Refusal>(maxRefusals);

  /** What a call presents decides, also when it is not enough: nobody falls back on who the connection would be. */
  function found(credentials: Credentials): Found | undefined {
    if (credentials.authorization.length > 0) return byAuthorization(credentials);
    const { certificate, listener } = credentials.connection;
    if (certificate !== undefined) return byCertificate(certificate, credentials.connection);
    return until(parts.owners.get(listener), Infinity);
  }

  function byAuthorization({ authorization, connection }: Credentials): Found | undefined {
    const caller = bearerCaller(authorization, addressOf(connection), parts);
    if (caller === undefined || caller instanceof Missing) return caller;
    if (caller.kind === 'oidc') return until(bySubject(caller.identity, connection), notRemembered);
    return until(parts.principals.principal(caller.token.principalId), caller.token.expiresAt);
  }

  function byCertificate(certificate: X509Certificate, connection: Connection): Found | undefined {
    const subject = subjects.get(connection) ?? subjectOf(certificate, parts.nameRules);
    subjects.set(connection, subject);
    if (parts.steadyNow() >= subject.notAfter) throw unauthenticated(new Error(`The certificate of ${subject.path} has expired.`));
    if (isDenied(parts.denyList(), subject))
      throw unauthenticated(new Error(`${subject.path}, or its certificate, is on the deny-list.`));
    return until(bySubject(subject, connection), subject.notAfter);
  }

  function bySubject({ subject, path }: Newcomer, connection: Connection): PrincipalSnapshot | Missing {
    const known = parts.principals.principalBySubject(subject);
    if (known !== undefined) return known;
    const address = addressOf(connection);
    const refusal = refusalOf({ subject, path });
    if (refusal !== undefined) {
      parts.failures.failed(address);
      throw refusal.error;
    }
    parts.failures.requireFew(address);
    const isNeeded = () => parts.principals.principalBySubject(subject) === undefined && refusalOf({ subject, path }) === undefined;
    return new Missing(() => parts.failures.attempt(address, { isNeeded, work: () => register({ subject, path }) }));
  }

  async function register(newcomer: Newcomer): Promise<void> {
    try {
      if (isReserved(newcomer, parts.nameRules))
        throw unauthenticated(new Error(`${JSON.stringify(newcomer.subject)} would have a name that a rule keeps for another.`));
      await parts.register(newcomer);
    } catch (error) {
      if (isCallersFailure(error)) refusals.set(nameOf(newcomer), { error, until: parts.steadyNow() + refusedMs });
      throw error;
    }
  }

  function refusalOf(newcomer: Newcomer): Refusal | undefined {
    const refusal = refusals.get(nameOf(newcomer));
    return refusal !== undefined && parts.steadyNow() < refusal.until ? refusal : undefined;
  }

  return (credentials) => {
    const { connection } = credentials;
    const known = last.get(connection);
    if (known !== undefined && stillHolds(known, credentials, parts)) return known.identity;
    const someone = found(credentials);
    if (someone instanceof Missing) return someone;
    const denyList = parts.denyList();
    if (someone === undefined) throw unauthenticated(new Error('The call presents nothing, or its principal is gone.'));
    requireAdmission(someone.who, denyList);
    const identity = {
      who: someone.who,
      sourceIp: connection.remoteAddress,
      secureTransport: connection.isEncrypted || connection.remoteAddress === undefined,
    };
    const { counter } = parts.principals;
    last.set(connection, { identity, counter, denyList, until: someone.until, authorization: credentials.authorization[0] });
    return identity;
  };
}

/** Who called, and all that it rests on. */
interface Remembered {
  readonly identity: Identity;
  readonly authorization: string | undefined;
  readonly counter: number;
  readonly denyList: DenyList;
  /** When what was presented ends, in milliseconds since 1970. */
  readonly until: number;
}

function stillHolds(
  { authorization, counter, denyList, until: end }: Remembered,
  credentials: Credentials,
  { principals, denyList: denied, steadyNow }: IdentifyParts,
): boolean {
  const [presented, ...others] = credentials.authorization;
  return (
    presented === authorization &&
    others.length === 0 &&
    counter === principals.counter &&
    denyList === denied() &&
    steadyNow() < end
  );
}

function until(who: PrincipalSnapshot | Missing | undefined, end: number): Found | undefined {
  return who === undefined || who instanceof Missing ? who : { who, until: end };
}

/** What is wrong with it is for the log: who shows a certificate is not told which part of it would not do. */
function subjectOf(certificate: X509Certificate, rules: readonly NameRule[]): CertificateSubject {
  try {
    return certificateSubject(certificate, rules);
  } catch (error) {
    throw unauthenticated(error);
  }
}

interface Refusal {
  readonly error: unknown;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Paths hold no spaces. */
function nameOf({ subject, path }: Newcomer): string {
  return `${path} ${subject}`;
}

function addressOf({ remoteAddress }: Connection): string {
  return remoteAddress ?? 'local';
}

type Found = Missing | { readonly who: PrincipalSnapshot; readonly until: number };

/** A JWT ends with its issuer's keys too, which are looked at each time. */
const notRemembered = -Infinity;

function requireAdmission({ principal }: PrincipalSnapshot, denyList: DenyList): void {
  if (principal.deletedAt !== undefined) throw unauthenticated(new Error(`${principal.path} is deleted.`));
  const [lockout] = lockoutsOf(principal, denyList);
  if (lockout !== undefined) throw unauthenticated(new Error(`${principal.path} is ${lockoutTexts[lockout]}.`));
}

const lockoutTexts: Readonly<Record<Lockout, string>> = { disabled: 'disabled', denied: 'on the deny-list' };

/** A name that is another's stays so, but for what a repair of the store changes. */
const refusedMs = 60_000;
const maxRefusals = 10_000;
