import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { withMaterial } from '../../src/cli/material-file.ts';
import { scratch } from './run-against.ts';

const { path } = scratch();
const material = Buffer.alloc(32, 7);

describe('withMaterial', () => {
  test('lends the bytes of the file and wipes them afterwards', async () => {
    writeFileSync(path('material.bin'), material);
    let lent: Buffer = Buffer.alloc(0);
    await withMaterial(path('material.bin'), async (bytes) => {
      lent = bytes;
      expect(bytes).toEqual(material);
      await Promise.resolve();
      expect(bytes).toEqual(material);
    });
    expect(lent).toEqual(Buffer.alloc(32));
  });

  test('wipes them when their use fails, too', async () => {
    writeFileSync(path('material.bin'), material);
    let lent: Buffer = Buffer.alloc(0);
    const failing = withMaterial(path('material.bin'), (bytes) => {
      lent = bytes;
      return Promise.reject(new Error('refused'));
    });
    await expect(failing).rejects.toThrow('refused');
    expect(lent).toEqual(Buffer.alloc(32));
  });
});
