import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type Latchkey, connect } from '../src/client/connect.ts';
import { type Offered, runH2load } from './h2load.ts';
import { type Offer, makeOffer } from './offer.ts';
import type { Options } from './options.ts';
import { type Sampled, sampleReplies } from './sampling.ts';
import { type CallCount, countedBetween, readServerCounts } from './server-counts.ts';
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
  /** What the server counted meanwhile, samples and other callers included. */
  readonly server: {
    readonly seconds: number;
    readonly cpuSeconds: number;
    readonly residentBytes: number;
    readonly calls: readonly CallCount[];
  };
}

/** `say` takes what a person wants to know meanwhile. Throws what kept the run from happening. */
export async function runLoad(options: Options, signal: AbortSignal, say: (line: string) => void): Promise<Run> {
  const latchkey = connect({ address: options.address });
  try {
    const { version: serverVersion } = await latchkey.server.getServerInfo({});
    if (options.keyId !== undefined)
      return { ...(await runWithKey(options.keyId, { options, latchkey, signal, say })), serverVersion };
    const keyId = await newKey(latchkey);
    say(`Made key ${keyId}.`);
    try {
      return { ...(await runWithKey(keyId, { options, latchkey, signal, say })), serverVersion };
    } finally {
      await latchkey.keys.scheduleKeyDeletion({ key_id: keyId, pending_window_in_days: leastWindowDays });
      say(`Key ${keyId} is scheduled for deletion in ${leastWindowDays} days.`);
    }
  } finally {
    latchkey.close();
  }
}

async function runWithKey(keyId: string, { options, latchkey, signal, say }: RunParts): Promise<Omit<Run, 'serverVersion'>> {
  const offer = await makeOffer(options, keyId, latchkey);
  // Before the load, so that what the server refuses is said once and not offered a million times.
  const first = await offer.sample();
  if (!first.isRight) throw new Error(`A single ${offer.countedAs} is not answered with what was asked for.`);

  const before = await readServerCounts(options.metricsAddress);
  const from = performance.now();
  say(`Calling ${options.address} for ${options.durationSeconds} s …`);
  const { offered, timings, sampled } = await offerAndSample(offer, options, signal);
  const after = await readServerCounts(options.metricsAddress);
  const seconds = (performance.now() - from) / 1000;

  return {
    options,
    keyId,
    offered,
    timings,
    sampled,
    expectedReplyBytes: first.replyBytes,
    countedAs: offer.countedAs,
    callsPerRequest: offer.callsPerRequest,
    server: { ...countedBetween(before, after), seconds, residentBytes: after.residentBytes },
  };
}

interface RunParts {
  readonly options: Options;
  readonly latchkey: Latchkey;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
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
    const offered = await runH2load({ ...options, path: offer.path, bodyFile, logFile }, signal).finally(() => loadEnded.abort());
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

/** The shortest that there is. */
const leastWindowDays = 7;
