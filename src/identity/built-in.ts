import { type PrincipalId, parsePrincipalId, principalArn } from '../access/principal.ts';
import type { PrincipalSnapshot } from '../keyring/directory.ts';
import type { ArnScope } from '../keys/arn.ts';

/** Who the owner of a Unix socket may be. */
export type SocketOwner = 'administrator' | 'root';

/** Principals that are in no store: whoever may open the server's Unix socket may also read its files. */
export function builtInPrincipals(scope: ArnScope): Readonly<Record<SocketOwner, PrincipalSnapshot>> {
  const snapshot = (principalId: PrincipalId, path: string): PrincipalSnapshot => ({
    principal: { principalId, path, createdAt: 0, disabled: false, readyPolicies: ['administrator'] },
    arn: principalArn(scope, path),
    groups: [],
  });
  return {
    administrator: snapshot(builtInId(1), 'user/local/administrator'),
    root: snapshot(builtInId(0), 'root'),
  };
}

/** No random UUID is one of these. */
function builtInId(number: number): PrincipalId {
  const principalId = parsePrincipalId(`00000000-0000-0000-0000-${String(number).padStart(12, '0')}`);
  if (principalId === undefined) throw new Error('The id of a built-in principal is malformed.');
  return principalId;
}
