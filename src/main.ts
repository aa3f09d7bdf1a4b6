import { randomUUID } from 'node:crypto';
import { url as inspectorUrl } from 'node:inspector';
import { type Arguments, readArguments, usage } from './arguments.ts';
import { systemClock } from './clock.ts';
import type { Config } from './config/config.ts';
import { readConfig } from './config/read-config.ts';
import { refuseUnbuilt } from './config/refuse-unbuilt.ts';
import type { ControlPlane } from './control-plane/control-plane.ts';
import { type KeyCounts, countKeys } from './control-plane/count-keys.ts';
import { every } from './control-plane/jobs/every.ts';
import { flushUses } from './control-plane/jobs/flush-uses.ts';
import { type LookReport, lookAtKeys } from './control-plane/jobs/look-at-keys.ts';
import { seedKeys } from './control-plane/seed-keys.ts';
import { BatchCalls } from './crypto/batch-calls.ts';
import { CryptoCalls } from './crypto/crypto-calls.ts';
import { type NativeAddon, type NativeKeyTable, loadNativeAddon, operations } from './crypto/native.ts';
import type { RefusedUse } from './data-plane/data-plane.ts';
import { KmsError, StartRefused } from './errors.ts';
import { type ListenAddress, formatTcp, resolveListenAddress } from './grpc/listen-address.ts';
import type { ConnectionReport } from './grpc/listener.ts';
import { loadProtocol } from './grpc/protocol.ts';
import { type GrpcDoor, grpcDoor, methodNames } from './grpc/server.ts';
import { rpcStatusEncoder } from './grpc/status.ts';
import { type MetricsDoor, openMetricsDoor } from './http/metrics-server.ts';
import { Keyring } from './keyring/keyring.ts';
import { MaterialTable } from './keyring/material-table.ts';
import { rowSeal } from './keyring/row-seal.ts';
import { openServiceClock } from './keyring/service-clock.ts';
import { unlock } from './keyring/unlock.ts';
import { UseCounts } from './keyring/use-counts.ts';
import { type KeyId, parseKeyId } from './keys/key-id.ts';
import { type Log, openLog } from './log.ts';
import { type Metrics, type TransportLoad, createMetrics } from './metrics.ts';
import { pipeline } from './pipeline.ts';
import { rootKeyFile } from './root-key/root-key-file.ts';
import { readSeedFile } from './seed-file.ts';
import { serverInfo } from './server-info.ts';
import { openSqliteStore } from './storage/sqlite/open-sqlite-store.ts';
import type { Store } from './storage/store.ts';

async function main(): Promise<void> {
  const given = readArguments(process.argv.slice(2));
  if (given === 'help') process.stdout.write(usage);
  else await serve(given);
}

/** The server: reads its settings, wires its parts by hand from top to bottom, and runs until SIGTERM or SIGINT. */
async function serve({ dev, seed }: Arguments): Promise<void> {
  const seedKeysOfFile = seed === undefined ? [] : readSeedFile(seed);
  const config = readConfig(process.env);
  refuseUnbuilt(config);
  const log = openLog(config.logLevel);
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'the server failed and ends');
    process.exit(1);
  });

  const addon = loadNativeAddon();
  addon.forbidCoreDumps();
  forbidInspector(log);

  const listenOn = await grpcAddresses(config);
  const metricsOn = await metricsAddress(config);

  const { store, table, domainKeyId } = await openKeys(addon, config, log);
  const protocol = loadProtocol();
  const metrics = serviceMetrics(
    { methods: methodNames(protocol), table, transport: () => grpc.load(), countKeys: () => countKeys(clock.steadyNow(), store) },
    log,
  );
  const seal = rowSeal(table, domainKeyId, (kind, primaryKey) => {
    metrics.rowRefused(kind);
    log.error({ kind, primaryKey }, 'a record of the store is not authentic and was refused');
  });
  const materials = new MaterialTable(table);
  const keyring = new Keyring({ store, seal, materials, scope: config.scope });
  const uses = new UseCounts({ native: table, store, materials });
  const clock = await openServiceClock(systemClock, keyring);
  const dataPlane = {
    keyring,
    calls: new CryptoCalls(table),
    batches: new BatchCalls(table, rpcStatusEncoder(protocol)),
    scope: config.scope,
    clock,
    refusedUse: useReport(metrics, log),
  };
  const maxOnDemandRotations = config.maxOnDemandRotations ?? Infinity;
  const controlPlane = { keyring, store, seal, uses, table, domainKeyId, clock, newKeyId, maxOnDemandRotations };
  await refuseInsecure(keyring, { dev, dataDirectory: config.dataDirectory });
  await seedKeys(seedKeysOfFile, controlPlane);
  warnOfDevelopment({ dev, seed, keys: seedKeysOfFile.length }, log);
  const grpc = grpcDoor({
    protocol,
    pipeline: pipeline({ clock: systemClock, metrics, log }),
    dataPlane,
    controlPlane,
    scope: config.scope,
    info: serverInfo({ limits: config, opensslVersion: addon.openssl().version, storeVersion: store.version }),
    clock: systemClock,
    limits: config,
    connections: connectionReport(metrics, log),
  });

  // Before anybody is told that the server is ready: whoever is may end it at once.
  const terminated = terminationSignal();
  let ready = false;
  const addresses: string[] = [];
  for (const address of listenOn) addresses.push(await grpc.listen(address));
  const http = await openMetricsDoor({
    ...metricsOn,
    registry: metrics.registry,
    isReady: () => ready,
    onError: (error) => log.error({ err: error }, 'metrics could not be collected'),
  });
  const jobs = startJobs({ plane: controlPlane, uses }, metrics, log);
  ready = true;
  log.info({ grpc: addresses, metrics: formatTcp(http.host, http.port) }, 'ready');

  const signal = await terminated;
  ready = false;
  log.info({ signal, graceMs: config.shutdownGraceMs }, 'draining');
  await shutDown({ grpc, http, jobs, store, table }, config.shutdownGraceMs);
  log.info('stopped');
  process.exit(0);
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

function serviceMetrics({ methods, table, transport, countKeys: count }: ServiceMetricSources, log: Log): Metrics {
  return createMetrics({
    methods,
    transport,
    keyTable: () => ({ operationNames: operations, ...table.stats() }),
    certificates: () => [],
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
  readonly table: NativeKeyTable;
  readonly transport: () => TransportLoad;
  readonly countKeys: () => Promise<KeyCounts>;
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

interface Job {
  stop(): Promise<void>;
}

function useReport(metrics: Pick<Metrics, 'useRefused'>, log: Log): (use: RefusedUse) => void {
  return (use) => {
    metrics.useRefused(use.reason);
    log.warn({ ...use }, 'a key was asked for that must not be used');
  };
}

function connectionReport(metrics: Pick<Metrics, 'connectionRefused'>, log: Log): ConnectionReport {
  return {
    refused: (reason) => metrics.connectionRefused(reason),
    distrusted: (listener, connections) =>
      log.info({ listener, connections }, 'connections were ended: authorities of their certificates are not trusted any more'),
  };
}

function lookReport(metrics: Pick<Metrics, 'keyChanged'>, log: Log): LookReport {
  return {
    done: (keyId, event) => {
      metrics.keyChanged(event);
      log.info({ keyId, event }, 'a key was changed because it was due');
    },
    failed: (keyId, error) => log.error({ keyId, err: error }, 'what is due for a key could not be done'),
  };
}

function terminationSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.on('SIGTERM', resolve);
    process.on('SIGINT', resolve);
  });
}

/** A debugger can read every key: none at start, and none by SIGUSR1, with which Node would open one. */
function forbidInspector(log: Log): void {
  if (inspectorUrl() !== undefined)
    throw new StartRefused('The server does not run under a debugger (--inspect): it would show every key.');
  process.on('SIGUSR1', () => log.warn('SIGUSR1 was ignored: the server does not open a debugger'));
}

async function grpcAddresses(config: Config): Promise<readonly ListenAddress[]> {
  const resolved = config.listeners.map(({ address, setting }) => resolveListenAddress(address, setting));
  return (await Promise.all(resolved)).flat();
}

async function metricsAddress(config: Config): Promise<Extract<ListenAddress, { kind: 'tcp' }>> {
  const { address: text, setting } = config.metrics;
  const [address] = await resolveListenAddress(text, setting);
  if (address?.kind !== 'tcp') throw new StartRefused(`${setting}: must be host:port.`);
  return address;
}

function newKeyId(): KeyId {
  const keyId = parseKeyId(randomUUID());
  if (keyId === undefined) throw new Error('A UUID that was just made is none.');
  return keyId;
}

/** How often the service looks at what is due. */
const lookPeriodMs = 60_000;
/** Backing keys in native memory at once: 2 MiB of locked pages, within the 8 MiB that systemd allows by default. */
const keyTableCapacity = 32_768;

try {
  await main();
} catch (error) {
  if (!(error instanceof StartRefused || error instanceof KmsError)) throw error;
  process.stderr.write(`latchkey: ${error.message}\n`);
  process.exit(1);
}
