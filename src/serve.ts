import { randomBytes, randomUUID } from 'node:crypto';
import { url as inspectorUrl } from 'node:inspector';
import { join } from 'node:path';
import { DecisionMemo } from './access/decision-memo.ts';
import { type PrincipalId, parsePrincipalId } from './access/principal.ts';
import { type Arguments, readArguments, usage } from './arguments.ts';
import { systemClock } from './clock.ts';
import type { Config } from './config/config.ts';
import { readConfig } from './config/read-config.ts';
import { createFirstAdministrator } from './control-plane/access/first-administrator.ts';
import { registrar } from './control-plane/access/register-newcomer.ts';
import type { ControlPlane } from './control-plane/control-plane.ts';
import { type KeyCounts, countKeys } from './control-plane/count-keys.ts';
import { every } from './control-plane/jobs/every.ts';
import { flushUses } from './control-plane/jobs/flush-uses.ts';
import { lookAtKeys } from './control-plane/jobs/look-at-keys.ts';
import { seedKeys } from './control-plane/seed-keys.ts';
import { BatchCalls } from './crypto/batch-calls.ts';
import { CryptoCalls } from './crypto/crypto-calls.ts';
import { type NativeAddon, type NativeKeyTable, loadNativeAddon, operations } from './crypto/native.ts';
import type { DataPlane } from './data-plane/data-plane.ts';
import { KmsError, StartRefused } from './errors.ts';
import { formatTcp } from './grpc/listen-address.ts';
import { type Protocol, loadProtocol } from './grpc/protocol.ts';
import { type GrpcDoor, grpcDoor, methodNames } from './grpc/server.ts';
import { rpcStatusEncoder } from './grpc/status.ts';
import { type MetricsDoor, openMetricsDoor } from './http/metrics-server.ts';
import { type SocketOwner, builtInPrincipals } from './identity/built-in.ts';
import { FailureLimit } from './identity/failure-limit.ts';
import { identifier } from './identity/identify.ts';
import { type IdentitySources, openIdentitySources } from './identity/identity-sources.ts';
import { newAccessToken } from './identity/new-access-token.ts';
import { writeTokenFile } from './identity/token-file.ts';
import type { PrincipalSnapshot } from './keyring/directory.ts';
import { Keyring } from './keyring/keyring.ts';
import { MaterialTable } from './keyring/material-table.ts';
import { rowSeal } from './keyring/row-seal.ts';
import { openServiceClock } from './keyring/service-clock.ts';
import { unlock } from './keyring/unlock.ts';
import { UseCounts } from './keyring/use-counts.ts';
import type { ArnScope } from './keys/arn.ts';
import { parseKeyId } from './keys/key-id.ts';
import {
  type OpenListener,
  areRemote,
  certificatesOf,
  type OpenMetricsListener,
  openListeners,
  requireIdentities,
} from './listeners.ts';
import { type Log, openLog } from './log.ts';
import { type MetricSources, type Metrics, type TransportLoad, createMetrics } from './metrics.ts';
import { CompiledPolicies } from './permission/compiled-policies.ts';
import type { Authority } from './permission/permission.ts';
import { type PipelineParts, pipeline } from './pipeline.ts';
import { connectionReport, lookReport, rowReport, sourceReport, tlsReport, useReport } from './reports.ts';
import { rootKeyFile } from './root-key/root-key-file.ts';
import { readSeedFile } from './seed-file.ts';
import { serverInfo } from './server-info.ts';
import { openSqliteStore } from './storage/sqlite/open-sqlite-store.ts';
import type { Store } from './storage/store.ts';
import type { ReloadingTlsParts } from './tls/reloading-tls.ts';

/** The server, with the arguments of its command line; ends the process. */
export async function serve(args: readonly string[]): Promise<void> {
  try {
    const given = readArguments(args);
    if (given === 'help') process.stdout.write(usage);
    else await run(given);
  } catch (error) {
    if (!(error instanceof StartRefused || error instanceof KmsError)) throw error;
    process.stderr.write(`latchkey: ${error.message}\n`);
    process.exit(1);
  }
}

/** Reads the settings, wires the parts by hand from top to bottom, and runs until SIGTERM or SIGINT. */
async function run({ dev, seed }: Arguments): Promise<void> {
  const seedKeysOfFile = seed === undefined ? [] : readSeedFile(seed);
  const config = readConfig(process.env);
  const log = openLog(config.logLevel);
  endWithBugs(log);

  const addon = loadNativeAddon();
  addon.forbidCoreDumps();
  forbidInspector(log);

  const protocol = loadProtocol();
  const metrics = serviceMetrics(
    {
      methods: methodNames(protocol),
      table: () => table,
      transport: () => grpc.load(),
      countKeys: () => countKeys(clock.steadyNow(), store),
      certificates: () => certificatesOf(listeners),
    },
    log,
  );
  const { listeners, metricsListener } = await openListeners(config, tlsParts(metrics, log));
  const sources = openIdentitySources(config.identities, { scope: config.scope, clock: systemClock, report: sourceReport(log) });
  // All settings have been looked at: whoever made a mistake finds nothing made of it.
  const { store, table, domainKeyId } = await openKeys(addon, config, log);
  const seal = rowSeal(table, domainKeyId, rowReport(metrics, log));
  const materials = new MaterialTable(table);
  const keyring = new Keyring({ store, seal, materials, scope: config.scope });
  const uses = new UseCounts({ native: table, store, materials });
  const clock = await openServiceClock(systemClock, keyring);
  const builtIn = builtInPrincipals(config.scope);
  const dataPlane = {
    keyring,
    ...cryptoOf(table, protocol),
    table,
    scope: config.scope,
    clock,
    refusedUse: useReport(metrics, log),
  };
  const controlPlane: ControlPlane = {
    keyring,
    store,
    seal,
    uses,
    table,
    domainKeyId,
    clock,
    maxOnDemandRotations: config.maxOnDemandRotations ?? Infinity,
    principals: { scope: config.scope, builtIn: idsByPath(builtIn) },
    ...random,
  };
  await refuseInsecure(keyring, { dev, dataDirectory: config.dataDirectory });
  await seedKeys(seedKeysOfFile, { ...controlPlane, table });
  warnOfDevelopment({ dev, seed, keys: seedKeysOfFile.length }, log);
  if (!areRemote(listeners)) await makeFirstAdministrator(controlPlane, config, log);
  requireIdentities(listeners, { issuers: config.identities.oidc.length, principals: await countPrincipals(keyring) });

  const failures = new FailureLimit(systemClock);
  const identify = identifierOf({ config, controlPlane, sources, failures, builtIn });
  const grpc = grpcDoor({
    protocol,
    pipeline: pipeline({ identify, authority: authorityOver(keyring, config.scope), clock: systemClock, metrics, log }),
    dataPlane,
    controlPlane,
    scope: config.scope,
    builtIn: Object.values(builtIn),
    subjects: { nameRules: config.identities.certificates.mapping, issuers: config.identities.oidc.map(({ name }) => name) },
    denyList: sources.denyList,
    info: serverInfo({ limits: config, opensslVersion: addon.openssl().version, storeVersion: store.version }),
    clock: systemClock,
    limits: config,
    connections: connectionReport(metrics, log),
  });

  const jobs = () => [...startJobs({ plane: controlPlane, uses }, metrics, log), lookAgain(sources, failures, log)];
  await serveUntilTold({ grpc, listeners, metricsListener, jobs, store, table }, { config, metrics, log });
  process.exit(0);
}

/** Takes calls until SIGTERM or SIGINT. */
async function serveUntilTold(
  { grpc, listeners, metricsListener, jobs: start, store, table }: Doors,
  { config, metrics, log }: { config: Config; metrics: Metrics; log: Log },
): Promise<void> {
  // Before anybody is told that the server is ready: whoever is may end it at once.
  const terminated = terminationSignal();
  let ready = false;
  const addresses: string[] = [];
  for (const { addresses: listenOn, tls } of listeners) {
    for (const address of listenOn) addresses.push(await grpc.listen(address, tls));
  }
  const http = await openMetricsDoor({
    ...metricsListener,
    registry: metrics.registry,
    isReady: () => ready,
    onError: (error) => log.error({ err: error }, 'metrics could not be collected'),
  });
  const jobs = start();
  const certificates = [...listeners, metricsListener].flatMap(({ tls }) => tls ?? []);
  process.on('SIGHUP', () => void Promise.all(certificates.map((tls) => tls.reload())));
  ready = true;
  log.info({ grpc: addresses, metrics: formatTcp(http.host, http.port) }, 'ready');

  const signal = await terminated;
  ready = false;
  log.info({ signal, graceMs: config.shutdownGraceMs }, 'draining');
  for (const tls of certificates) tls.close();
  await shutDown({ grpc, http, jobs, store, table }, config.shutdownGraceMs);
  log.info('stopped');
}

interface Doors {
  readonly grpc: GrpcDoor;
  readonly listeners: readonly OpenListener[];
  readonly metricsListener: OpenMetricsListener;
  readonly jobs: () => readonly Job[];
  readonly store: Store;
  readonly table: NativeKeyTable;
}

async function openKeys(addon: NativeAddon, config: Config, log: Log) {
  const store = await openSqliteStore({ dataDirectory: config.dataDirectory });
  const table = new addon.KeyTable({ capacity: keyTableCapacity, maxPlaintextBytes: config.maxPlaintextBytes });
  if (!table.stats().memoryLocked) log.warn('keys cannot be locked in memory (RLIMIT_MEMLOCK): they may be written to swap');
  const rootKey = rootKeyFile(table, config.secretsDirectory);
  const { domainKeyId, isNew } = await unlock(store, rootKey, { table, now: systemClock.now() });
  if (isNew) log.warn({ dataDirectory: config.dataDirectory, rootKey: rootKey.location }, 'the store is new and has no keys');
  return { store, table, domainKeyId };
}

function serviceMetrics({ methods, table, transport, countKeys: count, certificates }: ServiceMetricSources, log: Log): Metrics {
  return createMetrics({
    methods,
    transport,
    keyTable: () => ({ operationNames: operations, ...table().stats() }),
    certificates,
    countKeys: async () => {
      try {
        return await count();
      } catch (error) {
        log.error({ err: error }, 'the keys of the store could not be counted');
        return undefined;
      }
    },
  });
}

interface ServiceMetricSources {
  readonly methods: readonly string[];
  readonly table: () => NativeKeyTable;
  readonly transport: () => TransportLoad;
  readonly countKeys: () => Promise<KeyCounts>;
  readonly certificates: MetricSources['certificates'];
}

function cryptoOf(table: NativeKeyTable, protocol: Protocol): Pick<DataPlane, 'calls' | 'batches'> {
  return { calls: new CryptoCalls(table), batches: new BatchCalls(table, rpcStatusEncoder(protocol)) };
}

/** What finds out who calls. */
function identifierOf({ config, controlPlane, sources, failures, builtIn }: IdentifierParts): PipelineParts['identify'] {
  const { keyring, clock } = controlPlane;
  return identifier({
    findToken: (tokenId) => keyring.directory.accessToken(tokenId),
    issuers: sources.issuers,
    failures,
    steadyNow: () => clock.steadyNow(),
    principals: keyring.directory,
    register: registrar(controlPlane),
    nameRules: config.identities.certificates.mapping,
    denyList: sources.denyList,
    owners: socketOwnersOf(config, builtIn),
  });
}

interface IdentifierParts {
  readonly config: Config;
  readonly controlPlane: ControlPlane;
  readonly sources: IdentitySources;
  readonly failures: FailureLimit;
  readonly builtIn: BuiltIn;
}

/** What decides what callers may do. */
function authorityOver(keyring: Keyring, scope: ArnScope): Authority {
  const memo = new DecisionMemo({ maxPrincipals: rememberedPrincipals });
  const { directory } = keyring;
  return { keyring, directory, policies: new CompiledPolicies(scope), memo, scope, now: () => systemClock.now() };
}

type BuiltIn = Readonly<Record<SocketOwner, PrincipalSnapshot>>;

function idsByPath(builtIn: BuiltIn): ReadonlyMap<string, PrincipalId> {
  return new Map(Object.values(builtIn).map(({ principal }) => [principal.path, principal.principalId]));
}

function countPrincipals(keyring: Keyring): Promise<number> {
  return keyring.change(async (reading) => ({ answer: await reading.principalCount() }));
}

function tlsParts(metrics: Metrics, log: Log): ReloadingTlsParts {
  return { now: () => systemClock.now(), report: tlsReport(metrics, log) };
}

/** Whoever may open a socket of the server is who the operator says. */
function socketOwnersOf({ listeners }: Config, builtIn: BuiltIn): ReadonlyMap<string, PrincipalSnapshot> {
  return new Map(
    listeners.flatMap((listener) => (listener.kind === 'unix' ? [[listener.address, builtIn[listener.principal]] as const] : [])),
  );
}

/** Whoever starts a server for the first time, where no other machine can reach it, is its administrator. */
async function makeFirstAdministrator(plane: ControlPlane, { secretsDirectory }: Config, log: Log): Promise<void> {
  const path = join(secretsDirectory, administratorTokenFile);
  const made = await createFirstAdministrator({ ...plane, write: (text) => writeTokenFile(path, text) });
  if (made) log.warn({ token: path }, 'an administrator was made; whoever can read the file is it, for 30 days');
}

/** A store that ever held keys whose material others know is for development, whatever became of them. Throws `StartRefused`. */
async function refuseInsecure(keyring: Keyring, { dev, dataDirectory }: { dev: boolean; dataDirectory: string }): Promise<void> {
  if (dev) return;
  const isInsecure = await keyring.change(async (reading) => ({ answer: await reading.isInsecure() }));
  if (!isInsecure) return;
  throw new StartRefused(
    `The store in ${dataDirectory} was made with --seed: others know keys in it. Start it with --dev, or name another folder in LATCHKEY_DATA_DIR.`,
  );
}

function warnOfDevelopment({ dev, seed, keys }: { dev: boolean; seed: string | undefined; keys: number }, log: Log): void {
  if (dev) log.warn('--dev: for development only; keys may be insecure, and nothing but this machine can connect');
  if (seed !== undefined) log.warn({ seed, keys }, 'the store holds keys whose material is known');
}

/** Calls first, then what they work with. */
async function shutDown(
  parts: { grpc: GrpcDoor; http: MetricsDoor; jobs: readonly Job[]; store: Store; table: NativeKeyTable },
  graceMs: number,
): Promise<void> {
  await parts.grpc.drain(graceMs);
  await parts.http.close();
  for (const job of parts.jobs) await job.stop();
  try {
    await parts.store.close();
  } finally {
    parts.table.close();
  }
}

/** What the service does without being asked. */
function startJobs({ plane, uses }: { plane: ControlPlane; uses: UseCounts }, metrics: Metrics, log: Log): readonly Job[] {
  const looking = every(
    lookPeriodMs,
    (isStopping) => lookAtKeys(plane, lookReport(metrics, log), isStopping),
    (error) => log.error({ err: error }, 'the look at what is due failed'),
  );
  const flushing = flushUses(uses, (error) =>
    log.error({ err: error, waiting: uses.waiting }, 'uses of backing keys could not be stored and wait for the next time'),
  );
  return [looking, flushing];
}

/** Files that say who may come, and what is remembered of those who may not. */
function lookAgain(sources: IdentitySources, failures: FailureLimit, log: Log): Job {
  return every(
    sourcesPeriodMs,
    async () => {
      failures.sweep();
      await sources.look();
    },
    (error) => log.error({ err: error }, 'the files about identities could not be read again'),
  );
}

interface Job {
  stop(): Promise<void>;
}

function terminationSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.on('SIGTERM', resolve);
    process.on('SIGINT', resolve);
  });
}

/** What nobody caught leaves a process that nobody can vouch for. */
function endWithBugs(log: Log): void {
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'the server failed and ends');
    process.exit(1);
  });
}

/** A debugger can read every key: none at start, and none by SIGUSR1, with which Node would open one. */
function forbidInspector(log: Log): void {
  if (inspectorUrl() !== undefined)
    throw new StartRefused('The server does not run under a debugger (--inspect): it would show every key.');
  process.on('SIGUSR1', () => log.warn('SIGUSR1 was ignored: the server does not open a debugger'));
}

/** What is drawn at random. */
const random = {
  newKeyId: () => required(parseKeyId(randomUUID())),
  newPrincipalId: () => required(parsePrincipalId(randomUUID())),
  newGrantId: () => randomBytes(32).toString('hex'),
  newToken: newAccessToken,
} satisfies Partial<ControlPlane>;

function required<T>(id: T | undefined): T {
  if (id === undefined) throw new Error('A UUID that was just made is none.');
  return id;
}

const administratorTokenFile = 'admin.token';
/** Whose decisions are remembered at once. */
const rememberedPrincipals = 10_000;
/** How often files that may change are read. */
const sourcesPeriodMs = 5_000;
/** How often the service looks at what is due. */
const lookPeriodMs = 60_000;
/** Backing keys in native memory at once: 2 MiB of locked pages, within the 8 MiB that systemd allows by default. */
const keyTableCapacity = 32_768;
