import { randomBytes, randomUUID } from 'node:crypto';
import { DecisionMemo } from '../../src/access/decision-memo.ts';
import { parsePrincipalId } from '../../src/access/principal.ts';
import type { ControlPlane } from '../../src/control-plane/control-plane.ts';
import { builtInPrincipals } from '../../src/identity/built-in.ts';
import type { Credentials } from '../../src/identity/credentials.ts';
import { newAccessToken } from '../../src/identity/new-access-token.ts';
import { Missing } from '../../src/keyring/missing.ts';
import type { ArnScope } from '../../src/keys/arn.ts';
import { CompiledPolicies } from '../../src/permission/compiled-policies.ts';
import type { Identity } from '../../src/permission/identity.ts';
import { type Authority, Permission } from '../../src/permission/permission.ts';

/** Of a call on a Unix socket of the server's owner. */
export const ownersCredentials: Credentials = {
  authorization: [],
  connection: { listener: 'unix:/test', remoteAddress: undefined, isEncrypted: false, certificate: undefined },
};

export const testScope: ArnScope = { partition: 'aws', region: 'us-east-1', account: '000000000000' };

/** Who may everything that identity policies are asked about. */
export function administrator(scope: ArnScope = testScope): Identity {
  return { who: builtInPrincipals(scope).administrator, sourceIp: undefined, secureTransport: true };
}

/** What decides, over the keys of a service; without any if there are none. */
export function authorityOver(keys: Pick<Authority, 'keyring' | 'directory'> = noKeys, scope: ArnScope = testScope): Authority {
  const memo = new DecisionMemo({ maxPrincipals: 100 });
  return { ...keys, policies: new CompiledPolicies(scope), memo, scope, now: () => Date.now() };
}

/** The permission of an administrator over the keys of a service. */
export function administratorsPermission(keys?: Pick<Authority, 'keyring' | 'directory'>, scope: ArnScope = testScope): Permission {
  return new Permission(administrator(scope), authorityOver(keys, scope));
}

/** What a control plane makes principals, tokens and grants with. */
export function accessParts(
  scope: ArnScope = testScope,
): Pick<ControlPlane, 'principals' | 'newPrincipalId' | 'newGrantId' | 'newToken'> {
  const builtIn = Object.values(builtInPrincipals(scope)).map(({ principal }) => [principal.path, principal.principalId] as const);
  return {
    principals: { scope, builtIn: new Map(builtIn) },
    newPrincipalId: () => parsePrincipalId(randomUUID()) ?? refuse(),
    newGrantId: () => randomBytes(32).toString('hex'),
    newToken: () => newAccessToken(),
  };
}

/** For lists that show everything. */
export const maySeeAll = { mayDescribe: () => Promise.resolve(true), mayDescribeAny: () => true };

function refuse(): never {
  throw new Error('There is none in this test.');
}

const noKeys: Pick<Authority, 'keyring' | 'directory'> = {
  keyring: { key: () => new Missing(() => Promise.reject(new Error('There are no keys in this test.'))) },
  directory: { grantsFor: () => [], aliasesOf: () => [], counter: 0 },
};
