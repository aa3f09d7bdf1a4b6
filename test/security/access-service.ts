import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { DecisionMemo } from '../../src/access/decision-memo.ts';
import { type Latchkey, connect } from '../../src/client/connect.ts';
import { createFirstAdministrator } from '../../src/control-plane/access/first-administrator.ts';
import { registrar } from '../../src/control-plane/access/register-newcomer.ts';
import { loadProtocol } from '../../src/grpc/protocol.ts';
import { type GrpcDoor, grpcDoor } from '../../src/grpc/server.ts';
import { builtInPrincipals } from '../../src/identity/built-in.ts';
import { FailureLimit } from '../../src/identity/failure-limit.ts';
import { identifier } from '../../src/identity/identify.ts';
import { OidcIssuers } from '../../src/identity/oidc-issuers.ts';
import { CompiledPolicies } from '../../src/permission/compiled-policies.ts';
import { pipeline } from '../../src/pipeline.ts';
import { serverInfo } from '../../src/server-info.ts';
import { openReloadingTls } from '../../src/tls/reloading-tls.ts';
import { type Service, openService } from '../e2e/in-process-service.ts';
import { newKeyId } from '../e2e/using-server.ts';
import { testScope } from '../fakes/callers.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { MemoryContents, type StoreFaults, openMemoryStore } from '../fakes/memory-store.ts';
import { type TlsFolderFiles, makeTlsFolder } from '../tls/tls-folder.ts';

/**
 * The whole service in this process with real identities and decisions, over a store in memory that the test can look into and
 * a clock that it sets. Callers come by gRPC.
 */
export interface AccessService {
  readonly address: string;
  /** The administrator's. */
  readonly token: string;
  readonly admin: Latchkey;
  readonly service: Service;
  readonly contents: MemoryContents;
  readonly clock: ManualClock;
  readonly door: GrpcDoor;
  /** What was asked of the store, in order. */
  readonly operations: string[];
  newKey(): Promise<string>;
  /** A principal that may do what the statements say, and an access token of it. */
  newcomer(name: string, ...statements: readonly object[]): Promise<Newcomer>;
  /** Listens once more, behind TLS; answers the address. */
  listenWithTls(files: TlsFolderFiles): Promise<string>;
  /** The same store, and nothing in memory. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface Newcomer {
  readonly arn: string;
  readonly path: string;
  readonly principalId: string;
  readonly token: string;
  readonly tokenId: string;
  readonly latchkey: Latchkey;
}

interface Running {
  readonly service: Service;
  readonly door: GrpcDoor;
  readonly address: string;
  readonly admin: Latchkey;
}

export async function openAccessService(): Promise<AccessService> {
  const home = mkdtempSync(join(tmpdir(), 'latchkey-access-'));
  const contents = new MemoryContents();
  const operations: string[] = [];
  const clock = new ManualClock(Date.now());
  const faults: StoreFaults = { before: (operation) => void operations.push(operation) };
  const atEnd: (() => void)[] = [];
  let token = '';

  async function start(): Promise<Running> {
    const store = openMemoryStore({ contents, faults });
    const service = await openService({ store, secretsDirectory: join(home, 'secrets'), clock, capacity: 1000 });
    const write = (text: string) => Promise.resolve(void (token = text));
    await createFirstAdministrator({ ...service.controlPlane, write });
    const door = doorOf(service, clock);
    const address = await door.listen({ kind: 'tcp', host: '127.0.0.1', port: 0 });
    return { service, door, address, admin: connect({ address, token }) };
  }

  async function end({ service, door, admin }: Running): Promise<void> {
    admin.close();
    await door.drain(0);
    service.table.close();
  }

  let running = await start();
  const clientWith = (ofToken: string): Latchkey => {
    const latchkey = connect({ address: running.address, token: ofToken });
    atEnd.push(() => latchkey.close());
    return latchkey;
  };

  return {
    get address() {
      return running.address;
    },
    get token() {
      return token;
    },
    get admin() {
      return running.admin;
    },
    get service() {
      return running.service;
    },
    get door() {
      return running.door;
    },
    contents,
    clock,
    operations,
    newKey: () => newKeyId(running.admin),
    newcomer: async (name, ...statements) => {
      const made = await newPrincipal(running.admin, name, statements);
      return { ...made, latchkey: clientWith(made.token) };
    },
    listenWithTls: async (files) => {
      const folder = makeTlsFolder(files);
      const report = { reloaded: () => undefined, refused: () => undefined };
      const tls = await openReloadingTls(folder.settings, { now: Date.now, report, intervalMs: 3_600_000 });
      atEnd.push(
        () => tls.close(),
        () => folder.remove(),
      );
      return (await running.door.listen({ kind: 'tcp', host: '127.0.0.1', port: 0 }, tls)).replace('127.0.0.1', 'localhost');
    },
    restart: async () => {
      await end(running);
      running = await start();
    },
    close: async () => {
      for (const step of atEnd) step();
      await end(running);
      rmSync(home, { recursive: true });
    },
  };
}

/** As serve.ts puts it together. */
function doorOf(service: Service, clock: ManualClock): GrpcDoor {
  const { controlPlane, dataPlane } = service;
  const { keyring } = dataPlane;
  const { directory } = keyring;
  const scope = testScope;
  const identify = identifier({
    findToken: (tokenId) => directory.accessToken(tokenId),
    issuers: new OidcIssuers({ issuers: [], now: () => clock.now() }),
    // Not what is tested here, and every caller of a test comes from one address.
    failures: new FailureLimit(clock, { burst: 1e6, perSecond: 1e6, maxAddresses: 100 }),
    steadyNow: () => controlPlane.clock.steadyNow(),
    principals: directory,
    register: registrar(controlPlane),
    nameRules: [{ san: 'uri', prefix: 'spiffe://example.org/' }],
    denyList: () => ({ principals: new Set(), serials: new Set() }),
    owners: new Map(),
  });
  const memo = new DecisionMemo({ maxPrincipals: 1000 });
  const authority = { keyring, directory, policies: new CompiledPolicies(scope), memo, scope, now: () => clock.now() };
  return grpcDoor({
    protocol: loadProtocol(),
    pipeline: pipeline({
      identify,
      authority,
      clock,
      metrics: { callEnded: () => undefined },
      log: pino({ level: 'silent' }),
    }),
    dataPlane,
    controlPlane,
    scope,
    builtIn: Object.values(builtInPrincipals(scope)),
    subjects: { nameRules: [], issuers: [] },
    denyList: () => ({ principals: new Set(), serials: new Set() }),
    info: serverInfo({ limits, opensslVersion: 'of the test', storeVersion: 4 }),
    clock,
    limits,
    connections: { refused: () => undefined, unverified: () => undefined, distrusted: () => undefined },
  });
}

async function newPrincipal(admin: Latchkey, name: string, statements: readonly object[]): Promise<Omit<Newcomer, 'latchkey'>> {
  const { principal } = await admin.access.createPrincipal({ name });
  if (principal === null) throw new Error('CreatePrincipal answered without a principal.');
  const { path, arn, principal_id } = principal;
  if (statements.length > 0) {
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: statements });
    await admin.access.putPrincipalPolicy({ principal: path, policy_name: 'own', policy });
  }
  const { access_token, token } = await admin.access.createAccessToken({ principal: path, lifetime_seconds: 3600 });
  return { arn, path, principalId: principal_id, token: access_token, tokenId: token?.token_id ?? '' };
}

export function allow(action: string | readonly string[], resource: string | readonly string[] = '*', more: object = {}): object {
  return { Effect: 'Allow', Action: action, Resource: resource, ...more };
}

/** A key policy that leaves everything to identity policies, and says the further statements. */
export function keyPolicy(...statements: readonly object[]): string {
  const trust = { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::000000000000:root' }, Action: 'kms:*', Resource: '*' };
  return JSON.stringify({ Version: '2012-10-17', Statement: [trust, ...statements] });
}

const limits = {
  maxPlaintextBytes: 1024 * 1024,
  maxMessageBytes: 64 * 1024 * 1024,
  maxInFlightBytes: 512 * 1024 * 1024,
  maxConnectionAgeMs: 3_600_000,
};
