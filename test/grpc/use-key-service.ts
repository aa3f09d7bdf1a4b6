import { afterEach, beforeEach } from 'vitest';
import type { PrincipalId } from '../../src/access/principal.ts';
import type { CreateGrantRequest } from '../../src/generated/latchkey/v1/CreateGrantRequest.ts';
import type { CreateGrantResponse__Output } from '../../src/generated/latchkey/v1/CreateGrantResponse.ts';
import { type KeyId, parseKeyId } from '../../src/keys/key-id.ts';
import { MemoryContents, type StoreFaults, openMemoryStore } from '../fakes/memory-store.ts';
import { temporaryFolder } from '../keyring/open-keyring.ts';
import { type KeyServiceInProcess, openKeyService, scope } from './key-service-as.ts';

/** A service with a key of alice's, who is an administrator, and with bob, carol and dave, who may do nothing. New for each test. */
export interface UsedKeyService extends KeyServiceInProcess {
  readonly contents: MemoryContents;
  readonly faults: StoreFaults;
  readonly keyId: KeyId;
  readonly ids: Readonly<Record<'bob' | 'carol' | 'dave', PrincipalId>>;
  newKey(): Promise<KeyId>;
  /** As alice, for bob to encrypt with the key, unless the changes say otherwise. */
  grant(changes?: CreateGrantRequest): Promise<CreateGrantResponse__Output>;
  /** As alice. */
  putPolicy(statements: readonly object[]): Promise<unknown>;
}

export function useKeyService(): UsedKeyService {
  let opened: Omit<UsedKeyService, keyof KeyServiceInProcess> & { readonly service: KeyServiceInProcess };
  let removeFolder: () => Promise<void>;
  beforeEach(async () => {
    const { path, remove } = await temporaryFolder();
    removeFolder = remove;
    const contents = new MemoryContents();
    const faults: StoreFaults = {};
    const service = await openKeyService({ store: openMemoryStore({ contents, faults }), secretsDirectory: path });
    await service.add('alice', { readyPolicies: ['administrator'] });
    const ids = { bob: await service.add('bob'), carol: await service.add('carol'), dave: await service.add('dave') };
    const keyId = await newKey(service);
    opened = {
      service,
      contents,
      faults,
      ids,
      keyId,
      newKey: () => newKey(service),
      grant: (changes = {}) =>
        service.as('alice').createGrant({
          key_id: keyId,
          grantee_principal: service.arn('bob'),
          operations: ['GRANT_OPERATION_ENCRYPT'],
          ...changes,
        }),
      putPolicy: (statements) => service.as('alice').putKeyPolicy({ key_id: keyId, policy: policyText(statements) }),
    };
  });
  afterEach(async () => {
    opened.service.close();
    await removeFolder();
  });
  return new Proxy({} as UsedKeyService, {
    get: (_, name) => Reflect.get(Reflect.has(opened, name) ? opened : opened.service, name) as unknown,
  });
}

async function newKey(service: KeyServiceInProcess): Promise<KeyId> {
  const { key_metadata } = await service.as('alice').createKey({});
  const keyId = parseKeyId(key_metadata?.key_id ?? '');
  if (keyId === undefined) throw new Error('CreateKey answered no key id.');
  return keyId;
}

export function policyText(statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

/** A statement of a key policy. */
export function allow(name: string, actions: string | readonly string[]) {
  return {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${scope.account}:user/token/${name}` },
    Action: actions,
    Resource: '*',
  };
}

export function identityPolicy(actions: readonly string[], resource = '*') {
  return { name: 'own', document: policyText([{ Effect: 'Allow', Action: actions, Resource: resource }]) };
}
