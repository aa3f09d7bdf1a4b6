import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createKey } from '../../src/control-plane/create-key.ts';
import { rotateKeyOnDemand } from '../../src/control-plane/rotate-key-on-demand.ts';
import { openMemoryStore } from '../fakes/memory-store.ts';
import { openService } from './in-process-service.ts';
import { plainKey } from '../fakes/plain-key.ts';

const count = 10_000;

/** More backing keys than memory holds, so that most have to be loaded again. */
it(`ciphertexts of ${count} backing keys of one key open`, { timeout: 600_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-many-'));
  const service = await openService({ store: openMemoryStore(), secretsDirectory: folder, capacity: 1000 });
  const { key } = await createKey(plainKey, service.controlPlane);
  const ciphertexts: Buffer[] = [];
  for (let sequence = 1; sequence <= count; sequence++) {
    if (sequence > 1) await rotateKeyOnDemand({ keyId: key.keyId, ...unconditionally }, service.controlPlane);
    ciphertexts.push(await service.encrypt({ key_id: key.keyId, plaintext: Buffer.from(`number ${sequence}`) }));
  }
  const materialIds = new Set(ciphertexts.map((ciphertext) => ciphertext.toString('hex', 2, 34)));
  expect(materialIds.size).toBe(count);
  for (const [index, ciphertext_blob] of ciphertexts.entries()) {
    expect((await service.decrypt({ ciphertext_blob })).toString()).toBe(`number ${index + 1}`);
  }
  service.table.close();
  await rm(folder, { recursive: true });
});

const unconditionally = { clientToken: undefined, expectedCurrentKeyMaterialId: undefined };
