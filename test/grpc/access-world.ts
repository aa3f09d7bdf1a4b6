import { randomBytes, randomUUID } from 'node:crypto';
import { DecisionMemo } from '../../src/access/decision-memo.ts';
import { parsePrincipalId } from '../../src/access/principal.ts';
import { loadProtocol } from '../../src/client/protocol.ts';
import type { ControlPlane } from '../../src/control-plane/control-plane.ts';
import { createKey } from '../../src/control-plane/create-key.ts';
import { accessServiceMethods } from '../../src/grpc/access-service.ts';
import type { AccessServiceMethods } from '../../src/grpc/service-methods.ts';
import { builtInPrincipals } from '../../src/identity/built-in.ts';
import { newAccessToken } from '../../src/identity/new-access-token.ts';
import type { PrincipalSnapshot } from '../../src/keyring/directory.ts';
import type { Keyring } from '../../src/keyring/keyring.ts';
import { openServiceClock } from '../../src/keyring/service-clock.ts';
import { type KeyId, parseKeyId } from '../../src/keys/key-id.ts';
import { CompiledPolicies } from '../../src/permission/compiled-policies.ts';
import { type Authority, Permission } from '../../src/permission/permission.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { openMemoryStore } from '../fakes/memory-store.ts';
import { loaded, openKeyring, scope } from '../keyring/open-keyring.ts';

/** AccessService over a store in memory, without transport: whoever is named calls. */
export interface AccessWorld {
  readonly plane: ControlPlane;
  readonly clock: ManualClock;
  readonly keyring: Keyring;
  /** Paths of principals that the deny-list has. */
  readonly denied: Set<string>;
  /** As a principal, by its path. Fails with what the service throws, and when the method answers without having asked. */
  call<Name extends keyof Calls>(path: string, name: Name, request: Calls[Name]['request']): Promise<Calls[Name]['response']>;
  who(path: string): Promise<PrincipalSnapshot>;
  newKey(): Promise<KeyId>;
  close(): void;
}

type Access = ReturnType<typeof loadProtocol>['access'];

/** What callers send and get. */
export type Calls = {
  [Name in keyof AccessServiceMethods]: {
    request: Parameters<Access[Name]['requestSerialize']>[0];
    response: ReturnType<Access[Name]['responseDeserialize']>;
  };
};

export const administrator = 'user/local/administrator';
export const arnOf = (path: string) => `arn:aws:iam::${scope.account}:${path}`;

export async function openAccessWorld(secretsDirectory: string, store = openMemoryStore()): Promise<AccessWorld> {
  const { keyring, table, domainKeyId, seal, close } = await openKeyring(store, secretsDirectory);
  const clock = new ManualClock(start);
  const builtIn = Object.values(builtInPrincipals(scope));
  const plane = await planeOf({ keyring, table, domainKeyId, seal, store }, clock, builtIn);
  const { directory } = keyring;
  const policies = new CompiledPolicies(scope);
  const memo = new DecisionMemo({ maxPrincipals: 100 });
  const authority: Authority = { keyring, directory, policies, memo, scope, now: () => clock.now() };
  const subjects = { nameRules: [{ san: 'uri', prefix: 'spiffe://example.org/' }], issuers: ['corp'] } as const;
  const denied = new Set<string>();
  const denyList = () => ({ principals: denied, serials: new Set<string>() });
  const methods = accessServiceMethods({ plane, directory, builtIn, scope, subjects, denyList });
  const who = async (path: string): Promise<PrincipalSnapshot> => {
    const found = builtIn.find(({ principal }) => principal.path === path) ?? (await loaded(() => directory.principalByPath(path)));
    if (found === undefined) throw new Error(`There is no ${path}.`);
    return found;
  };
  return {
    plane,
    clock,
    keyring,
    denied,
    who,
    newKey: () => newKey(plane),
    close,
    call: async (path, name, request) => {
      const permission = new Permission({ who: await who(path), sourceIp: undefined, secureTransport: true }, authority);
      const answer = await answered(methods, { name, request, permission });
      if (!permission.wasAsked) throw new Error(`${name} answered without having asked.`);
      return answer;
    },
  };
}

/** As over the wire: what is left out is what proto3 says. */
async function answered<Name extends keyof Calls>(
  methods: AccessServiceMethods,
  { name, request, permission }: { name: Name; request: Calls[Name]['request']; permission: Permission },
): Promise<Calls[Name]['response']> {
  // The types of one method do not correlate through an index; what they say of each is the same.
  const definition = protocol.access[name] as unknown as {
    requestSerialize(message: object): Buffer;
    requestDeserialize(bytes: Buffer): object;
    responseSerialize(message: object): Buffer;
    responseDeserialize(bytes: Buffer): Calls[Name]['response'];
  };
  const work = methods[name] as unknown as (message: object, caller: object) => Promise<object>;
  const received = definition.requestDeserialize(definition.requestSerialize(request));
  return definition.responseDeserialize(definition.responseSerialize(await work(received, { permission })));
}

async function planeOf(
  parts: Pick<ControlPlane, 'seal' | 'store' | 'table' | 'domainKeyId'> & { readonly keyring: Keyring },
  clock: ManualClock,
  builtIn: readonly PrincipalSnapshot[],
): Promise<ControlPlane> {
  const { keyring } = parts;
  return {
    ...parts,
    clock: await openServiceClock(clock, keyring),
    uses: { since: 0, ofKey: async () => undefined, ofMaterials: async () => new Map() },
    newKeyId: () => required(parseKeyId(randomUUID())),
    maxOnDemandRotations: Infinity,
    principals: { scope, builtIn: new Map(builtIn.map(({ principal }) => [principal.path, principal.principalId])) },
    newPrincipalId: () => required(parsePrincipalId(randomUUID())),
    newGrantId: () => randomBytes(32).toString('hex'),
    newToken: () => newAccessToken(),
  };
}

async function newKey(plane: ControlPlane): Promise<KeyId> {
  const { key } = await createKey(
    {
      description: '',
      keySpec: 'SYMMETRIC_DEFAULT',
      keyUsage: 'ENCRYPT_DECRYPT',
      origin: 'AWS_KMS',
      tags: [{ key: 'team', value: 'payments' }],
      rotationPeriodDays: undefined,
      deletionProtected: false,
      clientToken: undefined,
    },
    plane,
  );
  return key.keyId;
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('A UUID that was just made is none.');
  return value;
}

const protocol = loadProtocol();
const start = Date.UTC(2027, 0, 1);
