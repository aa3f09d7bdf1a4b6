import { randomBytes, randomUUID } from 'node:crypto';
import { DecisionMemo } from '../../src/access/decision-memo.ts';
import { type PrincipalId, parsePrincipalId, principalArn } from '../../src/access/principal.ts';
import type { Principal } from '../../src/access/principal.ts';
import type { PromiseClient } from '../../src/client/promise-client.ts';
import { type Protocol, loadProtocol } from '../../src/client/protocol.ts';
import { type Clock, systemClock } from '../../src/clock.ts';
import type { ControlPlane } from '../../src/control-plane/control-plane.ts';
import { loadNativeAddon } from '../../src/crypto/native.ts';
import { keyServiceMethods } from '../../src/grpc/key-service.ts';
import { onMessages } from '../../src/grpc/on-messages.ts';
import { loadProtocol as loadServerProtocol } from '../../src/grpc/protocol.ts';
import { builtInPrincipals } from '../../src/identity/built-in.ts';
import type { PrincipalSnapshot } from '../../src/keyring/directory.ts';
import { Keyring } from '../../src/keyring/keyring.ts';
import { MaterialTable } from '../../src/keyring/material-table.ts';
import { rowSeal } from '../../src/keyring/row-seal.ts';
import { openServiceClock } from '../../src/keyring/service-clock.ts';
import { unlock } from '../../src/keyring/unlock.ts';
import { UseCounts } from '../../src/keyring/use-counts.ts';
import { parseKeyId } from '../../src/keys/key-id.ts';
import { CompiledPolicies } from '../../src/permission/compiled-policies.ts';
import { Permission } from '../../src/permission/permission.ts';
import type { Caller } from '../../src/pipeline.ts';
import { rootKeyFile } from '../../src/root-key/root-key-file.ts';
import type { Store } from '../../src/storage/store.ts';
import { commit, loaded } from '../keyring/open-keyring.ts';

export type KeyServiceClient = PromiseClient<Protocol['keys']>;

/** KeyService in this process, from the bytes of a request to those of its response, as whom the test says. */
export interface KeyServiceInProcess {
  readonly plane: ControlPlane & { readonly keyring: Keyring };
  /** Rows that were refused, as `kind primary-key`. */
  readonly refusedRows: readonly string[];
  /** Adds a principal with an access token's name, `user/token/<name>`, and answers its id. */
  add(name: string, changes?: Partial<Principal>): Promise<PrincipalId>;
  change(name: string, changes: Partial<Principal>): Promise<void>;
  /** Calls of one of them, or of `administrator` and `root`, which are built in. Errors are thrown as the methods throw them. */
  as(name: string): KeyServiceClient;
  permission(name: string): Promise<Permission>;
  arn(name: string): string;
  close(): void;
}

export async function openKeyService({ store, secretsDirectory, clock = systemClock }: Parts): Promise<KeyServiceInProcess> {
  const refusedRows: string[] = [];
  const plane = await openPlane({ store, secretsDirectory, clock, refusedRows });
  const { keyring } = plane;
  const authority = {
    keyring,
    directory: keyring.directory,
    policies: new CompiledPolicies(scope),
    memo: new DecisionMemo({ maxPrincipals: 100 }),
    scope,
    now: () => clock.now(),
  };
  const methods: Record<string, (request: never, caller: Caller) => object | Promise<object>> = keyServiceMethods(plane, scope);

  const permission = async (name: string): Promise<Permission> => {
    const who = isBuiltIn(name) ? builtIn[name] : await loaded(() => keyring.directory.principalByPath(`user/token/${name}`));
    return new Permission({ who: known(name, who), sourceIp: '192.0.2.1', secureTransport: true }, authority);
  };
  const call = async (method: string, name: string, request: object): Promise<object> => {
    const definition = known(method, Object.entries(definitions).find(([path]) => path === method)?.[1]);
    const run = onMessages(known(method, serverDefinitions[method]), known(method, methods[method]));
    const caller = {
      permission: await permission(name),
      requireTime: () => undefined,
      maxReplyBytes: () => 2 ** 22,
      reserve: () => undefined,
    };
    const response = await run(definition.requestSerialize(request), caller);
    if (!caller.permission.wasAsked) throw new Error(`${method} answered without having asked whether it may.`);
    return definition.responseDeserialize(response);
  };

  return {
    plane,
    refusedRows,
    add: async (name, changes = {}) => {
      const insertPrincipal = {
        principalId: newPrincipalId(),
        path: `user/token/${name}`,
        createdAt: 1,
        disabled: false,
        ...changes,
      };
      await commit(plane.keyring, { insertPrincipal });
      return insertPrincipal.principalId;
    },
    change: (name, changes) =>
      plane.keyring.change(async (reading) => {
        const before = known(name, await reading.findPrincipalByPath(`user/token/${name}`));
        return { change: { updatePrincipal: { ...before, ...changes } }, answer: undefined };
      }),
    as: (name) => {
      const calls = Object.keys(methods).map((method) => {
        const callName = `${method.charAt(0).toLowerCase()}${method.slice(1)}`;
        return [callName, (request: object) => call(method, name, request)] as const;
      });
      return Object.fromEntries(calls) as unknown as KeyServiceClient;
    },
    permission,
    arn: (name) => (isBuiltIn(name) ? builtIn[name].arn : principalArn(scope, `user/token/${name}`)),
    close: () => plane.table.close(),
  };
}

interface Parts {
  readonly store: Store;
  readonly secretsDirectory: string;
  readonly clock?: Clock;
}

async function openPlane({ store, secretsDirectory, clock, refusedRows }: Required<Parts> & { readonly refusedRows: string[] }) {
  const table = new (loadNativeAddon().KeyTable)({ capacity: 100, maxPlaintextBytes: 1024 });
  const { domainKeyId } = await unlock(store, rootKeyFile(table, secretsDirectory), { table, now: clock.now() });
  const seal = rowSeal(table, domainKeyId, (kind, primaryKey) => refusedRows.push(`${kind} ${primaryKey}`));
  const materials = new MaterialTable(table);
  const keyring = new Keyring({ store, seal, materials, scope });
  return {
    keyring,
    store,
    seal,
    uses: new UseCounts({ native: table, store, materials }),
    table,
    domainKeyId,
    clock: await openServiceClock(clock, keyring),
    maxOnDemandRotations: Infinity,
    newKeyId: () => known('a key id', parseKeyId(randomUUID())),
    newGrantId: () => randomBytes(32).toString('hex'),
    principals: { scope, builtIn: new Map(Object.values(builtIn).map(({ principal }) => [principal.path, principal.principalId])) },
    newPrincipalId,
    newToken: () => {
      throw new Error('KeyService makes no access tokens.');
    },
  };
}

function newPrincipalId(): PrincipalId {
  return known('a principal id', parsePrincipalId(randomUUID()));
}

function isBuiltIn(name: string): name is keyof typeof builtIn {
  return Object.hasOwn(builtIn, name);
}

function known<T>(name: string, found: T | undefined): T {
  if (found === undefined) throw new Error(`There is no ${name}.`);
  return found;
}

export const scope = { partition: 'aws', region: 'us-east-1', account: '000000000000' } as const;
const builtIn: Readonly<Record<'administrator' | 'root', PrincipalSnapshot>> = builtInPrincipals(scope);
const definitions: Record<string, { requestSerialize(request: object): Buffer; responseDeserialize(bytes: Buffer): object }> =
  loadProtocol().keys;
const serverDefinitions = loadServerProtocol().service('latchkey.v1.KeyService');
