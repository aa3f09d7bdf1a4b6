import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DerError, DerReader, derElements, onlyDerElement } from '../../src/identity/der.ts';
import { der } from './der-writer.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');

describe('DER', () => {
  it.each([
    ['', 'the bytes end'],
    ['30', 'the bytes end'],
    ['3001', 'longer than what holds it'],
    ['308000000000', 'indefinite'],
    ['30810100', 'not as short as it can be'],
    ['30817f', 'not as short as it can be'],
    ['3082007f', 'not as short as it can be'],
    ['308200ff', 'not as short as it can be'],
    ['3083010000', 'longer than what holds it'],
    ['308401000000', 'too great'],
    ['30ff', 'too great'],
    ['1f0100', 'more than one byte'],
    ['ff8101', 'more than one byte'],
    ['0400', 'tag 4 stands where 48 belongs'],
    ['300000', 'something follows'],
  ])('%s is refused: %s', (hex, why) => {
    expect(() => onlyDerElement(bytes(hex), 0x30)).toThrow(DerError);
    expect(() => onlyDerElement(bytes(hex), 0x30)).toThrow(why);
  });

  it.each([0, 1, 127, 128, 255, 256, 65_535, 65_536, 100_000])('of %i bytes is read', (length) => {
    expect(onlyDerElement(der(0x04, Buffer.alloc(length, 7)), 0x04)).toEqual(Buffer.alloc(length, 7));
  });

  it('reads what was written, and only as many elements as are allowed', () => {
    const element = fc.tuple(
      fc.nat({ max: 255 }).filter((tag) => (tag & 0x1f) !== 0x1f),
      fc.uint8Array({ maxLength: 300 }),
    );
    fc.assert(
      fc.property(fc.array(element, { maxLength: 10 }), (elements) => {
        const written = Buffer.concat(elements.map(([tag, contents]) => der(tag, contents)));
        const read = derElements(written, elements.length);
        expect(read.map(({ tag, contents }) => [tag, Buffer.from(contents)])).toEqual(
          elements.map(([tag, contents]) => [tag, Buffer.from(contents)]),
        );
        if (elements.length > 0) expect(() => derElements(written, elements.length - 1)).toThrow(DerError);
      }),
    );
  });

  it('answers every byte once, or fails', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (input) => {
        const reader = new DerReader(input);
        let read = 0;
        try {
          while (!reader.isAtEnd) read += der(0x04, reader.next().contents).length;
        } catch (error) {
          expect(error).toBeInstanceOf(DerError);
          return;
        }
        expect(read).toBe(input.length);
      }),
      { numRuns: 5000 },
    );
  });
});
