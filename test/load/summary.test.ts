import { describe, expect, it } from 'vitest';
import type { Run, ServerFigures } from '../../load/run-load.ts';
import { readOptions } from '../../load/options.ts';
import { durationText, summarise } from '../../load/summary.ts';

const counted: ServerFigures = {
  seconds: 5,
  cpuSeconds: 2,
  residentBytes: 1e8,
  calls: [{ method: 'Encrypt', reason: 'OK', calls: 10_000 }],
};
const good = runOf(['--mode', 'exchange', '--items', '10', '--duration', '5']);

describe('summarise', () => {
  it('gives figures for a request and for an item', () => {
    const facts = new Map(summarise(good).facts);
    expect(Object.fromEntries(facts)).toMatchObject({
      Answered: '1,000 streams, 200/s',
      Items: '2,000/s, 10 in each',
      Plaintext: '0.512 MB/s',
      'Latency, p50': '500 µs',
      'Latency, p99.9': '999 µs',
      'Latency, max': '1 ms',
      'Server CPU': '0.4 cores',
      'CPU for a stream': '2,000 µs',
      'CPU for an item': '200 µs',
      'Replies checked': '7 by a real client, 0 wrong',
      'Bytes of a reply': '500, expected 500, at least 495',
    });
    expect(summarise(good)).toMatchObject({ faults: [], notes: [] });
  });

  it('does not count for a fault what was cancelled at the end', () => {
    const offered = { ...good.offered, started: 1001 };
    const cancelled = { method: 'Encrypt', reason: 'CANCELLED', calls: 10 };
    const withCancelled = (calls: number) => ({ ...counted, calls: [...counted.calls, { ...cancelled, calls }] });
    expect(faultsOf({ offered, server: withCancelled(10) })).toEqual([]);
    expect(faultsOf({ offered, server: withCancelled(11) })).toEqual(['The server counts 11 of Encrypt that ended in CANCELLED.']);
  });

  it.each<[string, Partial<Run>, string]>([
    ['a broken request', { offered: { ...good.offered, broken: 2 } }, '2 requests broke off.'],
    [
      'a call that failed',
      { server: { ...counted, calls: [...counted.calls, { method: 'Encrypt', reason: 'THROTTLED', calls: 3 }] } },
      'The server counts 3 of Encrypt that ended in THROTTLED.',
    ],
    [
      'an answer that the server does not know of',
      { server: { ...counted, calls: [{ method: 'Encrypt', reason: 'OK', calls: 9_999 }] } },
      'Encrypt was answered 10000 times, and the server counts 9999 that succeeded.',
    ],
    [
      'items that failed',
      { offered: { ...good.offered, receivedBytes: 490_000 } },
      'Replies are shorter than they must be: items of them failed.',
    ],
    [
      'a wrong reply',
      { sampled: { right: 3, wrong: new Map([['Bad.', 4]]) } },
      'Of the replies that a real client asked for, 4: Bad.',
    ],
  ])('counts %s for a fault', (_, change, fault) => {
    expect(faultsOf(change)).toEqual([fault]);
  });

  it('counts it for a fault when the server was lost, and has the figures of h2load all the same', () => {
    const { facts, faults } = summarise({ ...good, server: { lost: 'It is gone.' } });
    expect(faults).toEqual(['The server was lost. It is gone.']);
    expect(new Map(facts).get('Answered')).toBe('1,000 streams, 200/s');
    expect(new Map(facts).get('Server CPU')).toBe('unknown: the server was lost');
  });

  it('counts it for a fault when nothing was answered', () => {
    const nothing = { started: 0, succeeded: 0, broken: 0, receivedBytes: 0 };
    const run = { ...good, offered: nothing, timings: { startedAt: [], took: [] } };
    expect(summarise(run).faults).toEqual(['No request was answered.']);
    expect(new Map(summarise(run).facts).get('Bytes of a reply')).toBe('none, expected 500, at least 495');
  });

  it('says when a rate was not reached', () => {
    expect(summarise(runOf(['--rate', '200', '--duration', '5'])).notes).toEqual([]);
    expect(summarise(runOf(['--rate', '300', '--duration', '5'])).notes).toEqual([
      expect.stringContaining('Of 300 calls a second'),
    ]);
  });
});

it('durations have the unit that fits', () => {
  expect([7, 999, 1000, 1_234_000].map(durationText)).toEqual(['7 µs', '999 µs', '1 ms', '1.23 s']);
});

function faultsOf(change: Partial<Run>): readonly string[] {
  return summarise({ ...good, ...change }).faults;
}

/** A thousand requests that were answered as they should be. */
function runOf(args: readonly string[]): Run {
  const options = readOptions(args, {});
  if (options === 'help') throw new Error('No options.');
  return {
    options,
    keyId: 'a-key',
    serverVersion: '0.1.0',
    offered: { started: 1000, succeeded: 1000, broken: 0, receivedBytes: 500_000 },
    timings: {
      startedAt: Array.from({ length: 1000 }, (_, index) => index),
      took: Array.from({ length: 1000 }, (_, index) => index + 1),
    },
    sampled: { right: 7, wrong: new Map() },
    expectedReplyBytes: 500,
    countedAs: 'Encrypt',
    callsPerRequest: options.items,
    server: counted,
  };
}
