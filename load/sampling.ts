import { setTimeout } from 'node:timers/promises';
import type { Offer, Sample } from './offer.ts';

/** What a real client found that sent the same as h2load, meanwhile. */
export interface Sampled {
  readonly right: number;
  /** What was wrong with the others, and how often. */
  readonly wrong: ReadonlyMap<string, number>;
}

/** Sends a sample now and then until `signal` aborts, and at least one. Never throws. */
export async function sampleReplies({ sample }: Pick<Offer, 'sample'>, signal: AbortSignal): Promise<Sampled> {
  let right = 0;
  const wrong = new Map<string, number>();
  do {
    const fault = await faultOf(sample);
    if (fault === undefined) right += 1;
    else wrong.set(fault, (wrong.get(fault) ?? 0) + 1);
    // Rejects when it is aborted, which ends the loop.
    await setTimeout(pauseMs, undefined, { signal }).catch(() => {});
  } while (!signal.aborted);
  return { right, wrong };
}

async function faultOf(sample: () => Promise<Sample>): Promise<string | undefined> {
  try {
    return (await sample()).isRight ? undefined : 'The reply is not what was asked for.';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** So that samples are some, and no load of their own. */
const pauseMs = 500;
