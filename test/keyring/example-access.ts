import { type AccessToken, type AccessTokenId, parseAccessToken } from '../../src/access/access-token.ts';
import type { Grant } from '../../src/access/grant.ts';
import type { Group } from '../../src/access/group.ts';
import { type Principal, type PrincipalId, parsePrincipalId } from '../../src/access/principal.ts';
import { exampleKey } from '../keys/example-key.ts';

/** The principal of this number. */
export function principalId(number: number): PrincipalId {
  const id = parsePrincipalId(`00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`);
  if (id === undefined) throw new Error(`${number} makes no principal id.`);
  return id;
}

/** The token id of this number, in base 8. */
export function tokenId(number: number): AccessTokenId {
  const digits = number
    .toString(8)
    .padStart(16, '0')
    .replaceAll(/[01]/g, (digit) => (digit === '0' ? 'a' : 'b'));
  const token = parseAccessToken(`lk_${digits}_${'A'.repeat(43)}`);
  if (token === undefined) throw new Error(`${number} makes no token id.`);
  return token.tokenId;
}

export function grantId(number: number): string {
  return number.toString(16).padStart(64, '0');
}

export function examplePrincipal(number: number, changes: Partial<Principal> = {}): Principal {
  return { principalId: principalId(number), path: `user/token/${number}`, createdAt: 1, disabled: false, ...changes };
}

export function exampleToken(number: number, changes: Partial<AccessToken> = {}): AccessToken {
  const id = { tokenId: tokenId(number), principalId: principalId(1) };
  return { ...id, secretHash: 'a5'.repeat(32), createdAt: 1, expiresAt: 9, ...changes };
}

export function exampleGrant(number: number, changes: Partial<Grant> = {}): Grant {
  return {
    grantId: grantId(number),
    keyId: exampleKey().keyId,
    granteeId: principalId(1),
    granteeArn: 'arn:aws:iam::000000000000:user/token/1',
    operations: ['Decrypt'],
    createdAt: 1,
    issuedBy: principalId(2),
    ...changes,
  };
}

/** With every field that there is. */
export const fullPrincipal = examplePrincipal(1, {
  path: 'user/cert/1',
  subject: 'uri:spiffe://example.org/Ü \u0000',
  disabled: true,
  tags: [{ key: '__proto__', value: '' }],
  groups: ['staff', '__proto__'],
  readyPolicies: ['key-user', 'auditor'],
  inlinePolicies: [{ name: 'own', document: '{ "Statement": [] }' }],
  deletedAt: 5,
});

export const fullToken = exampleToken(1, { revokedAt: 5, description: 'Ü "' });

export const fullGroup: Group = {
  name: 'staff',
  createdAt: 1,
  readyPolicies: ['decrypt-only'],
  inlinePolicies: [{ name: 'a', document: '{}' }],
};

export const fullGrant = exampleGrant(1, {
  retiringId: principalId(3),
  retiringArn: 'arn:aws:iam::000000000000:user/token/3',
  operations: ['Encrypt', 'RetireGrant'],
  constraints: { encryptionContextEquals: [['__proto__', 'a']], encryptionContextSubset: [['b', '']] },
  name: 'n',
  parentGrantId: grantId(2),
});
