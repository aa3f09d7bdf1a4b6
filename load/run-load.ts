import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type Latchkey, connect } from '../src/client/connect.ts';
import { fileToken, foundToken } from '../src/client/credential-files.ts';
import { requireFit } from './fit.ts';
import { type Offered, runH2load } from './h2load.ts';
import { type LoadCaller, loadCaller } from './load-caller.ts';
import { takeLargeReplies } from './large-replies.ts';
import { type Offer, makeOffer } from './offer.ts';
import type { Options } from './options.ts';
import { type Sampled, sampleReplies } from './sampling.ts';
import { type CallCount, type ServerCounts, countedBetween, readServerCounts } from './server-counts.ts';
import { type Timings, readTimings } from './timings.ts';

/** Everything that was seen of one run. */
export interface Run {
  readonly options: Options;
  readonly keyId: string;
  readonly serverVersion: string;
  readonly offered: Offered;
  readonly timings: Timings;
  readonly sampled: Sampled;
  /** Of one reply, as the sample before the run had it, with the headers of its gRPC frames. */
  readonly expectedReplyBytes: number;
  readonly countedAs: string;
  readonly callsPerRequest: number;
  readonly server: ServerFigures | ServerLost;
}

/** What the server counted meanwhile, samples and other callers included. */
export interface ServerFigures {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly calls: readonly CallCount[];
}

/** Why nobody knows what it counted: it ended, or was started anew. */
export interface ServerLost {
  readonly lost: string;
}

/** `say` takes what a person wants to know meanwhile. Throws what kept the run from happening. */
export async function runLoad(options: Options, signal: AbortSignal, say: (line: string) => void): Promise<Run> {
  const { address } = options;
  const own = await ownToken(options);
  const latchkey = connect({ address, ...(own === undefined ? {} : { token: own }) });
  try {
    const { version: serverVersion, limits } = await latchkey.server.getServerInfo({});
    if (limits === null) throw new Error('GetServerInfo answered without limits.');
    // What cannot be is said before a key is made for it.
    requireFit(options, limits);
    await readServerCounts(options.metricsAddress);
    const caller = await loadCaller(latchkey, own, options.durationSeconds);
    if (caller.note !== undefined) say(caller.note);
    try {
      return { ...(await runAs(caller, { options, latchkey, signal, say })), serverVersion };
    } finally {
      const left = await caller.end();
      if (left !== undefined) say(left);
    }
  } finally {
    latchkey.close();
  }
}

async function runAs({ token }: LoadCaller, { latchkey, ...run }: RunParts): Promise<Omit<Run, 'serverVersion'>> {
  const { options, say } = run;
  const largeReplies = takeLargeReplies(options.address, token === undefined ? {} : { token });
  const parts = { ...run, crypto: largeReplies.crypto, token };
  try {
    if (options.keyId !== undefined) return await runWithKey(options.keyId, parts);
    const keyId = await newKey(latchkey);
    say(`Made key ${keyId}.`);
    try {
      return await runWithKey(keyId, parts);
    } finally {
      say(await scheduleDeletion(keyId, options.address, latchkey));
    }
  } finally {
    largeReplies.close();
  }
}

async function ownToken({ address, tokenFile }: Options): Promise<string | undefined> {
  const token = tokenFile === undefined ? foundToken(address, process.env) : fileToken(tokenFile);
  return typeof token === 'function' ? token() : token;
}

async function runWithKey(
  keyId: string,
  { options, crypto, token, signal, say }: KeyRunParts,
): Promise<Omit<Run, 'serverVersion'>> {
  const offer = await makeOffer(options, keyId, { crypto, token });
  // Before the load, so that what the server refuses is said once and not offered a million times.
  const first = await offer.sample();
  if (!first.isRight) throw new Error(`A single ${offer.countedAs} is not answered with what was asked for.`);

  const before = await readServerCounts(options.metricsAddress);
  const from = performance.now();
  say(`Calling ${options.address} for ${options.durationSeconds} s …`);
  const { offered, timings, sampled } = await offerAndSample(offer, options, signal);
  const server = await figuresSince(before, from, options.metricsAddress);

  return {
    options,
    keyId,
    offered,
    timings,
    sampled,
    expectedReplyBytes: first.replyBytes,
    countedAs: offer.countedAs,
    callsPerRequest: offer.callsPerRequest,
    server,
  };
}

interface RunParts {
  readonly options: Options;
  /** Of whoever runs this. */
  readonly latchkey: Latchkey;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

interface KeyRunParts extends Omit<RunParts, 'latchkey'> {
  /** In the name of the load; takes large replies. */
  readonly crypto: Latchkey['crypto'];
  readonly token: string | undefined;
}

/** Never throws: of a server that ended, what h2load saw is worth saying all the same. */
async function figuresSince(before: ServerCounts, from: number, metricsAddress: string): Promise<ServerFigures | ServerLost> {
  try {
    const after = await readServerCounts(metricsAddress);
    const seconds = (performance.now() - from) / 1000;
    return { ...countedBetween(before, after), seconds, residentBytes: after.residentBytes };
  } catch (error) {
    return { lost: messageOf(error) };
  }
}

async function offerAndSample(
  offer: Offer,
  options: Options,
  signal: AbortSignal,
): Promise<Pick<Run, 'offered' | 'timings' | 'sampled'>> {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-load-'));
  const loadEnded = new AbortController();
  try {
    const [bodyFile, logFile] = [join(directory, 'body'), join(directory, 'log')];
    await writeFile(bodyFile, offer.body);
    const sampling = sampleReplies(offer, loadEnded.signal);
    const offered = await runH2load({ ...options, path: offer.path, headers: offer.headers, bodyFile, logFile }, signal).finally(
      () => loadEnded.abort(),
    );
    return { offered, sampled: await sampling, timings: await readTimings(logFile) };
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function newKey({ keys }: Latchkey): Promise<string> {
  const { key_metadata } = await keys.createKey({ description: 'Load test' });
  if (!key_metadata) throw new Error('CreateKey answered without key_metadata.');
  return key_metadata.key_id;
}

/** Answers what became of it. Never throws, since the figures come after it. */
async function scheduleDeletion(keyId: string, address: string, { keys }: Latchkey): Promise<string> {
  try {
    await keys.scheduleKeyDeletion({ key_id: keyId, pending_window_in_days: leastWindowDays });
    return `Key ${keyId} is scheduled for deletion in ${leastWindowDays} days.`;
  } catch (error) {
    const command = `script/latchkey keys schedule-deletion ${keyId} --window ${leastWindowDays} --yes --address ${address}`;
    return `Key ${keyId} is not scheduled for deletion (${messageOf(error)}) and stays. Once the server answers:\n  ${command}`;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The shortest that there is. */
const leastWindowDays = 7;
