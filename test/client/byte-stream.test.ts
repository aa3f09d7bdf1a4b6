import { once } from 'node:events';
import { Readable, Writable } from 'node:stream';
import type { Duplex } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { byteStream } from '../../src/client/byte-stream.ts';

describe('a transform as a stream', () => {
  test('takes strings as UTF-8 and gives bytes, as those of node:zlib do', async () => {
    const stream = byteStream(copy);
    stream.write('Zür');
    stream.end('ich');
    expect(stream.readableObjectMode).toBe(false);
    expect(await text(stream)).toBe('Zürich');
  });

  test('comes to its end when nothing is written', async () => {
    expect(await buffer(byteStream(copy).end())).toEqual(Buffer.alloc(0));
  });

  test('holds back who writes faster than it is read', async () => {
    const stream = byteStream(copy);
    let written = 0;
    while (stream.write(Buffer.alloc(10_000))) written += 10_000;
    await setImmediate();
    expect(written).toBeLessThan(stream.writableHighWaterMark + 10_000);
    expect(stream.readableLength).toBeLessThanOrEqual(stream.readableHighWaterMark + 10_000);
    stream.resume();
    await once(stream, 'drain');
    stream.destroy();
  });

  test('leaves a piece in use until its write was called back', async () => {
    const seen: string[] = [];
    const stream = byteStream(async function* slow(source) {
      for await (const piece of source) {
        await setImmediate();
        seen.push(piece.toString());
        yield piece;
      }
    });
    stream.resume();
    const piece = Buffer.from('one');
    await new Promise((resolve) => stream.write(piece, resolve));
    piece.write('two');
    stream.end(piece);
    await once(stream, 'finish');
    expect(seen).toEqual(['one', 'two']);
  });

  test('does not finish before the transform has: its failure fails the pipeline', async () => {
    const failing = byteStream(async function* failing(source) {
      for await (const piece of source) yield piece;
      await setImmediate();
      throw new Error('the end was wrong');
    });
    failing.resume();
    await expect(pipeline(Readable.from([Buffer.from('x')], { objectMode: false }), failing)).rejects.toThrow('the end was wrong');
  });
});

describe('a transform runs its finally', () => {
  let finallies = 0;
  const watched = (): Duplex =>
    byteStream(async function* watchedCopy(source) {
      try {
        yield* copy(source);
      } finally {
        finallies += 1;
      }
    });
  const endless = () =>
    Readable.from(
      (async function* pieces() {
        for (;;) yield await setImmediate(Buffer.alloc(30_000));
      })(),
      { objectMode: false },
    );

  test.each<[string, (stream: Duplex) => Promise<unknown>]>([
    ['at the end', async (stream) => buffer(stream.end('x'))],
    [
      'when its writer fails',
      async (stream) => {
        stream.resume();
        const failing = (async function* failing() {
          yield Buffer.from('x');
          await setImmediate();
          throw new Error('source');
        })();
        await expect(pipeline(failing, stream)).rejects.toThrow('source');
      },
    ],
    [
      'when its reader fails',
      async (stream) => {
        const sink = new Writable({ write: (_piece, _encoding, done) => done(new Error('sink')) });
        await expect(pipeline(endless(), stream, sink)).rejects.toThrow('sink');
      },
    ],
    [
      'when its reader has enough',
      async (stream) => {
        const source = endless().pipe(stream);
        for await (const piece of source) if (piece instanceof Buffer) break;
      },
    ],
    [
      'when it is destroyed while it waits',
      async (stream) => {
        stream.resume().write('x');
        await setImmediate();
        stream.destroy();
        await once(stream, 'close');
      },
    ],
    [
      'when the pipeline is aborted',
      async (stream) => {
        const controller = new AbortController();
        const sink = new Writable({ write: (_piece, _encoding, done) => done() });
        const running = pipeline(endless(), stream, sink, { signal: controller.signal });
        await setImmediate();
        controller.abort();
        await expect(running).rejects.toThrow('aborted');
      },
    ],
  ])('%s', async (_, use) => {
    const before = finallies;
    await use(watched());
    await expect.poll(() => finallies).toBe(before + 1);
  });
});

async function* copy(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of source) yield Buffer.from(piece);
}
