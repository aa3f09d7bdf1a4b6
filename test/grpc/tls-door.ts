import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentials } from '@grpc/grpc-js';
import { pino } from 'pino';
import { systemClock } from '../../src/clock.ts';
import { createKey } from '../../src/control-plane/create-key.ts';
import { loadProtocol } from '../../src/grpc/protocol.ts';
import { type GrpcDoor, grpcDoor } from '../../src/grpc/server.ts';
import { pipeline } from '../../src/pipeline.ts';
import { serverInfo } from '../../src/server-info.ts';
import { type ReloadingTls, openReloadingTls } from '../../src/tls/reloading-tls.ts';
import { type RawClient, openRawClient } from '../e2e/raw-client.ts';
import { openService } from '../e2e/in-process-service.ts';
import { openMemoryStore } from '../fakes/memory-store.ts';
import { plainKey } from '../fakes/plain-key.ts';
import type { Authority, Certificate } from '../tls/certificates.ts';
import { type TlsChoices, type TlsFolder, type TlsFolderFiles, makeTlsFolder } from '../tls/tls-folder.ts';
import { administrator, authorityOver } from '../fakes/callers.ts';

/** The whole service in this process, behind TLS. Its files are looked at when the test says so. */
export interface TlsDoor {
  readonly door: GrpcDoor;
  readonly tls: ReloadingTls;
  readonly folder: TlsFolder;
  readonly address: string;
  readonly port: number;
  readonly keyId: string;
  /** What was reported, in order: reasons of refused connections, and `distrusted 3`, `reloaded`, `not reloaded`. */
  readonly events: string[];
  /** Listener, remote address, and what was wrong with the certificate, of each that was refused. */
  readonly problems: string[];
  /** Writes the files and takes them into use. */
  reload(files: TlsFolderFiles): Promise<void>;
  /** A client of grpc-js that trusts `authority`. */
  client(authority: Authority, identity?: Certificate): RawClient;
  close(): Promise<void>;
}

export async function openTlsDoor(
  files: TlsFolderFiles,
  settings: TlsChoices = {},
  maxConnectionAgeMs = 3_600_000,
): Promise<TlsDoor> {
  const secretsDirectory = mkdtempSync(join(tmpdir(), 'latchkey-door-'));
  const service = await openService({ store: openMemoryStore(), secretsDirectory });
  const { keyId } = (await createKey(plainKey, service.controlPlane)).key;
  const protocol = loadProtocol();
  const { scope, keyring } = service.dataPlane;
  const events: string[] = [];
  const problems: string[] = [];
  const limits = {
    maxPlaintextBytes: 1024 * 1024,
    maxMessageBytes: 64 * 1024 * 1024,
    maxInFlightBytes: 512 * 1024 * 1024,
    maxConnectionAgeMs,
  };
  const door = grpcDoor({
    protocol,
    pipeline: pipeline({
      identify: () => administrator(scope),
      authority: authorityOver({ keyring, directory: keyring.directory }, scope),
      clock: systemClock,
      metrics: { callEnded: () => undefined },
      log: pino({ level: 'silent' }),
    }),
    dataPlane: service.dataPlane,
    controlPlane: service.controlPlane,
    scope,
    builtIn: [],
    subjects: { nameRules: [], issuers: [] },
    denyList: () => ({ principals: new Set(), serials: new Set() }),
    info: serverInfo({ limits, opensslVersion: 'of the test', storeVersion: 1 }),
    clock: systemClock,
    limits,
    connections: {
      refused: (reason) => events.push(reason),
      unverified: (listener, { problem, remoteAddress }) => problems.push(`${listener} ${remoteAddress} ${problem}`),
      distrusted: (_listener, connections) => events.push(`distrusted ${connections}`),
    },
  });
  const folder = makeTlsFolder(files, settings);
  const report = { reloaded: () => events.push('reloaded'), refused: () => events.push('not reloaded') };
  const tls = await openReloadingTls(folder.settings, { now: Date.now, report, intervalMs: 3_600_000 });
  const address = await door.listen({ kind: 'tcp', host: '127.0.0.1', port: 0 }, tls);
  return {
    door,
    tls,
    folder,
    address,
    port: Number(address.split(':')[1]),
    keyId,
    events,
    problems,
    reload: async (changed) => {
      folder.write(changed);
      await tls.reload();
    },
    client: (authority, identity) =>
      openRawClient({ address: address.replace('127.0.0.1', 'localhost') }, channelCredentials(authority, identity)),
    close: async () => {
      tls.close();
      await door.drain(0);
      folder.remove();
      service.table.close();
      rmSync(secretsDirectory, { recursive: true });
    },
  };
}

export function channelCredentials(authority: Authority, identity?: Certificate) {
  const [key, chain] = identity === undefined ? [null, null] : [Buffer.from(identity.key), Buffer.from(identity.certificate)];
  return credentials.createSsl(Buffer.from(authority.certificate), key, chain);
}
