import { existsSync } from 'node:fs';
import { chmod, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Server, type ServerCredentials, logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import type { Clock } from '../clock.ts';
import { StartRefused } from '../errors.ts';
import type { Pipeline } from '../pipeline.ts';
import type { ReloadingTls } from '../tls/reloading-tls.ts';
import { notingAdmissions } from './admission.ts';
import { Health } from './health.ts';
import { InFlightBytes, smallMessageBytes } from './in-flight-bytes.ts';
import { type ListenAddress, clearSocketPath, formatAddress, formatTcp } from './listen-address.ts';
import { type ConnectionReport, Listener } from './listener.ts';
import { MessageGate } from './message-gate.ts';
import { type ServiceParts, cryptoService, directMethods, serviceNames } from './methods.ts';
import { OpenExchanges } from './open-exchanges.ts';
import type { Peer } from './peer.ts';
import { refusedUnlessPost } from './post-only.ts';
import type { Protocol } from './protocol.ts';
import { servedDirectly } from './served-directly.ts';
import { statusEncoder } from './status.ts';
import { tuneTransport } from './transport.ts';
import { turns } from './turn.ts';
import { WatchLimit } from './watch-limit.ts';

export interface GrpcDoor {
  /**
   * Listens, in plaintext without `tls`, and answers the address in the form that clients use, with the port that was taken.
   * Throws `StartRefused`.
   */
  listen(address: ListenAddress, tls?: ReloadingTls): Promise<string>;
  /** Ends the connections whose peers are not to stay, and their streams with them. Answers how many. */
  closeWhere(mustClose: (peer: Peer) => boolean): number;
  /** Refuses new calls, lets those in flight end within the grace, then ends them. */
  drain(graceMs: number): Promise<void>;
  /** What it holds at this moment. */
  load(): GrpcLoad;
}

export interface GrpcLoad {
  readonly openConnections: number;
  readonly openExchanges: number;
  readonly inFlightBytes: number;
  readonly waitingForMemory: number;
}

export interface GrpcDoorParts extends ServiceParts {
  readonly pipeline: Pipeline;
  readonly clock: Clock;
  readonly limits: GrpcLimits;
  readonly connections: ConnectionReport;
}

export interface GrpcLimits {
  readonly maxPlaintextBytes: number;
  readonly maxMessageBytes: number;
  /** Memory for messages that are not small: at least `memoryPerByte` times the largest. */
  readonly maxInFlightBytes: number;
  readonly maxConnectionAgeMs: number;
}

/** The gRPC server with all services, health checking and reflection. */
export function grpcDoor(parts: GrpcDoorParts): GrpcDoor {
  // It writes to standard error by itself; what matters comes back as errors.
  setLogVerbosity(logVerbosity.NONE);
  const { limits, clock, protocol } = parts;
  const inFlight = new InFlightBytes({ maxBytes: limits.maxInFlightBytes, maxWaiting, maxWaitMs });
  const { maxMessageBytes } = limits;
  const answering = {
    pipeline: notingAdmissions(parts.pipeline),
    encodeStatus: statusEncoder(protocol),
    turn: turns(),
    inFlight,
    maxMessageBytes,
  };
  const exchanges = new OpenExchanges();
  const server = new Server({
    'grpc.max_receive_message_length': limits.maxMessageBytes,
    // What the caller takes decides (latchkey-max-reply-bytes).
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': maxConcurrentStreams,
    // Statistics that nobody reads here.
    'grpc.enable_channelz': 0,
  });
  const refused = refusedCalls(protocol, parts.pipeline);
  const gate = new MessageGate({
    inFlight,
    maxMessageBytes,
    maxRequestBytes: (path) => maxRequestBytes(path, maxMessageBytes),
    elapsed: () => clock.elapsed(),
    encodeStatus: answering.encodeStatus,
    refused,
    longLived: new Set([exchangePath]),
  });
  const serveDirectly = servedDirectly({
    methods: directMethods(parts, answering, exchanges),
    maxMessageBytes,
    encodeStatus: answering.encodeStatus,
    refused,
    now: () => clock.now(),
  });
  const watches = new WatchLimit();
  tuneTransport(server, (stream, headers, rawHeaders) => {
    gate.pass(stream, headers[':path'] ?? '');
    return refusedUnlessPost(stream, headers) || watches.refused(stream, headers) || serveDirectly(stream, headers, rawHeaders);
  });
  const health = new Health(['', ...serviceNames]);
  health.addToServer(server);
  new ReflectionService(parts.protocol.described).addToServer(server);
  const listeners: Listener[] = [];
  const socketPaths: string[] = [];

  async function listen(address: ListenAddress, tls?: ReloadingTls): Promise<string> {
    const text = formatAddress(address);
    const { maxConnectionAgeMs: maxAgeMs } = limits;
    const listener = new Listener({ address: text, tls, maxAgeMs, exchanges, now: () => clock.now(), report: parts.connections });
    listeners.push(listener);
    if (address.kind === 'tcp') return formatTcp(address.host, await bind(server, text, listener.credentials));
    await clearSocketPath(address.path);
    await bindSocket(server, address.path, listener.credentials);
    socketPaths.push(address.path);
    return text;
  }

  async function drain(graceMs: number): Promise<void> {
    health.stop();
    exchanges.drain(Math.floor(graceMs * exchangeShare));
    await shutDown(server, graceMs);
    gate.close();
    for (const path of socketPaths) await unlink(path).catch(ignoreAbsent);
  }

  const load = () => ({
    openConnections: total(listeners.map(({ size }) => size)),
    openExchanges: exchanges.size,
    inFlightBytes: inFlight.used,
    waitingForMemory: inFlight.waiting,
  });
  const closeWhere = (mustClose: (peer: Peer) => boolean) => total(listeners.map((listener) => listener.closeWhere(mustClose)));
  return { listen, closeWhere, drain, load };
}

/** Counts the calls that are answered before their methods hear of them. */
function refusedCalls(protocol: Protocol, { ended }: Pick<Pipeline, 'ended'>): (path: string, error: unknown) => void {
  const methods = new Set(methodNames(protocol));
  return (path, error) => {
    const method = path.slice(path.lastIndexOf('/') + 1);
    if (methods.has(method)) ended({ method, arrivedAt: performance.now() }, error);
  };
}

/** The methods that calls are counted for. */
export function methodNames(protocol: Protocol): readonly string[] {
  return serviceNames.flatMap((name) => Object.keys(protocol.service(name)));
}

function bind(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync(address, credentials, (error, port) => {
    if (error) reject(cannotListen(address, error));
    else resolve(port);
  });
  return promise;
}

function cannotListen(address: string, error: Error): StartRefused {
  return new StartRefused(
    `Cannot listen on ${address}: ${whyNot(address, error)}. LATCHKEY_GRPC_ADDRESS, or listeners in the file of LATCHKEY_CONFIG, names another address.`,
    { cause: error },
  );
}

function whyNot(address: string, { message }: Error): string {
  if (message.includes('EADDRINUSE')) return 'another process listens there';
  const folder = address.startsWith('unix:') ? dirname(address.slice('unix:'.length)) : undefined;
  // Node says EACCES for a folder that is not there.
  if (folder !== undefined && !existsSync(folder)) return `the folder ${folder} does not exist`;
  if (folder !== undefined && message.includes('EACCES')) return `the server's user may not write in the folder ${folder}`;
  return message;
}

/** A socket is born with the mode that the umask leaves it, so that there is no moment at which others may connect. */
async function bindSocket(server: Server, path: string, credentials: ServerCredentials): Promise<void> {
  const before = process.umask(0o177);
  try {
    await bind(server, `unix:${path}`, credentials);
  } finally {
    process.umask(before);
  }
  await chmod(path, 0o600);
}

/** `tryShutdown` alone never ends while a stream idles. */
async function shutDown(server: Server, graceMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    server.forceShutdown();
    resolve();
  }, graceMs);
  server.tryShutdown(() => resolve());
  await promise;
  clearTimeout(timer);
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function ignoreAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

/** Whatever is not the service's own is for everybody, and so gets no memory that is counted and that others may wait for. */
function maxRequestBytes(path: string, maxMessageBytes: number): number {
  if (path.startsWith(`/${cryptoService}/`)) return maxMessageBytes;
  return serviceNames.some((name) => path.startsWith(`/${name}/`)) ? maxControlRequestBytes : smallMessageBytes;
}

/** Messages that wait for memory at once, each with at most a window of bytes, and for how long. */
const maxWaiting = 64;
const maxWaitMs = 10_000;
/** Of the grace: streams of Exchange end somewhat before the connections, so that their statuses leave. */
const exchangeShare = 0.9;
const exchangePath = `/${cryptoService}/Exchange`;
/** The longest that a call outside the CryptoService can need is a description, 32 KiB in UTF-8; longer ones are not even read. */
const maxControlRequestBytes = 128 * 1024;
/** Per connection. */
export const maxConcurrentStreams = 1000;
