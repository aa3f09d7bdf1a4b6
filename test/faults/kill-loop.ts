import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Latchkey, connect } from '../../src/client/connect.ts';
import { startServer } from '../e2e/start-server.ts';
import { KeyWriter } from './key-writer.ts';

/**
 * Kills a server in the middle of writes, again and again, and holds it to every answer it gave: after each restart every
 * acknowledged key, rotation, alias and state is there, and every ciphertext it returned decrypts.
 */
export async function killDuringWrites(rounds: number): Promise<{ readonly acknowledged: number }> {
  const home = await mkdtemp(join(tmpdir(), 'latchkey-kill-'));
  const writers = Array.from({ length: writersAtOnce }, (_, index) => new KeyWriter(index));
  try {
    for (let round = 0; round < rounds; round++) {
      await oneLife(home, writers, round);
    }
    return { acknowledged: total(writers) };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function oneLife(home: string, writers: readonly KeyWriter[], round: number): Promise<void> {
  const server = await startServer({ home });
  const latchkey = connect({ address: server.address, token: server.token });
  await verify(writers, latchkey);
  const writing = Promise.all(writers.map(async (writer) => writer.writeUntilRefused(latchkey)));
  await reached(() => total(writers), total(writers) + fewestAnswers + ((round * 37) % (mostAnswers - fewestAnswers)));
  await server.kill();
  await writing;
  latchkey.close();
}

/** Everything that a server still answers for, and no rows that are half there. */
async function verify(writers: readonly KeyWriter[], latchkey: Latchkey): Promise<void> {
  await Promise.all(writers.map(async (writer) => writer.verify(latchkey)));
  for (let page_token = ''; ;) {
    const page = await latchkey.keys.listKeys({ page_size: 1000, page_token });
    expect(page.keys.filter(({ key_state }) => key_state === 'KEY_STATE_UNAVAILABLE')).toEqual([]);
    page_token = page.next_page_token;
    if (page_token === '') return;
  }
}

function total(writers: readonly KeyWriter[]): number {
  return writers.reduce((sum, writer) => sum + writer.acknowledged, 0);
}

async function reached(count: () => number, least: number): Promise<void> {
  while (count() < least) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const writersAtOnce = 8;
/** Answers that a life gives before it is ended. */
const fewestAnswers = 10;
const mostAnswers = 120;
