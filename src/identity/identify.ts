import type { X509Certificate } from 'node:crypto';
import type { PrincipalSnapshot } from '../keyring/directory.ts';
import { Missing } from '../keyring/missing.ts';
import type { Identity } from '../permission/identity.ts';
import { type BearerParts, bearerCaller } from './bearer-caller.ts';
import { type CertificateSubject, type NameRule, certificateSubject } from './certificate-subject.ts';
import type { Connection, Credentials } from './credentials.ts';
import { type DenyList, isDenied } from './deny-list.ts';
import { unauthenticated } from './unauthenticated.ts';

export interface IdentifyParts extends BearerParts {
  readonly principals: {
    principal(principalId: PrincipalSnapshot['principal']['principalId']): PrincipalSnapshot | Missing | undefined;
    principalBySubject(subject: string): PrincipalSnapshot | Missing | undefined;
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

  /** What a call presents decides, also when it is not enough: nobody falls back on who the connection would be. */
  function found(credentials: Credentials): Found | undefined {
    if (credentials.authorization.length > 0) return byAuthorization(credentials);
    const { certificate, listener } = credentials.connection;
    return certificate === undefined ? parts.owners.get(listener) : byCertificate(certificate, credentials.connection);
  }

  function byAuthorization({ authorization, connection }: Credentials): Found | undefined {
    const caller = bearerCaller(authorization, connection.remoteAddress ?? 'local', parts);
    if (caller === undefined || caller instanceof Missing) return caller;
    return caller.kind === 'oidc' ? bySubject(caller.identity) : parts.principals.principal(caller.token.principalId);
  }

  function byCertificate(certificate: X509Certificate, connection: Connection): Found {
    const subject = subjects.get(connection) ?? subjectOf(certificate, parts.nameRules);
    subjects.set(connection, subject);
    if (parts.steadyNow() >= subject.notAfter || isDenied(parts.denyList(), subject)) throw unauthenticated();
    return bySubject(subject);
  }

  function bySubject(newcomer: Newcomer): Found {
    const { subject, path } = newcomer;
    return parts.principals.principalBySubject(subject) ?? new Missing(() => parts.register({ subject, path }));
  }

  return (credentials) => {
    const { connection } = credentials;
    const who = found(credentials);
    if (who instanceof Missing) return who;
    if (who === undefined || !mayCall(who, parts.denyList())) throw unauthenticated();
    return {
      who,
      sourceIp: connection.remoteAddress,
      secureTransport: connection.isEncrypted || connection.remoteAddress === undefined,
    };
  };
}

/** What is wrong with it is for the log: who shows a certificate is not told which part of it would not do. */
function subjectOf(certificate: X509Certificate, rules: readonly NameRule[]): CertificateSubject {
  try {
    return certificateSubject(certificate, rules);
  } catch (error) {
    throw unauthenticated(error);
  }
}

type Found = PrincipalSnapshot | Missing;

function mayCall({ principal }: PrincipalSnapshot, denyList: DenyList): boolean {
  return !principal.disabled && principal.deletedAt === undefined && !isDenied(denyList, { path: principal.path });
}
