import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Line, lines, maxLineBytes } from '../../src/cli/lines.ts';

async function linesOf(...pieces: (string | Buffer)[]): Promise<Line[]> {
  async function* source() {
    for (const piece of pieces) yield Buffer.from(piece);
  }
  const all: Line[] = [];
  for await (const line of lines(source())) all.push(line);
  return all;
}

test('lines end with a line break or with the stream', async () => {
  expect(await linesOf('a\n', '\nb', 'c\r\nd')).toMatchObject([
    { number: 1, bytes: Buffer.from('a'), ending: '\n', lengthBytes: 2 },
    { number: 2, bytes: Buffer.from(''), ending: '\n', lengthBytes: 1 },
    { number: 3, bytes: Buffer.from('bc\r'), ending: '\n', lengthBytes: 4 },
    { number: 4, bytes: Buffer.from('d'), ending: '', lengthBytes: 1 },
  ]);
  expect(await linesOf()).toEqual([]);
  expect(await linesOf('\n')).toHaveLength(1);
});

test('a line that is too long is none, and nothing of it is held', async () => {
  const quarter = Buffer.alloc(maxLineBytes / 4, 'x');
  const [first, second, third] = await linesOf('a\n', quarter, quarter, quarter, quarter, 'y\nb\n');
  expect(first?.bytes?.toString()).toBe('a');
  expect(second).toMatchObject({ number: 2, bytes: undefined, lengthBytes: maxLineBytes + 2 });
  expect(third?.bytes?.toString()).toBe('b');
  const [longest] = await linesOf(quarter, quarter, quarter, quarter, '\n');
  expect(longest?.bytes?.length).toBe(maxLineBytes);
});

test('however a stream is cut, its lines are the same bytes', async () => {
  const pieces = fc.array(fc.string({ unit: fc.constantFrom('a', 'ä', '\n', '\r') }));
  await fc.assert(
    fc.asyncProperty(pieces, async (parts) => {
      const all = await linesOf(...parts);
      expect(all.map(({ bytes, ending }) => `${String(bytes)}${ending}`).join('')).toBe(parts.join(''));
      expect(all.slice(0, -1).every(({ ending }) => ending === '\n')).toBe(true);
    }),
  );
});
