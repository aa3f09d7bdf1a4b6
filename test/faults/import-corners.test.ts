import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKey } from '../../src/control-plane/create-key.ts';
import { deleteImportedKeyMaterial } from '../../src/control-plane/delete-imported-key-material.ts';
import { getParametersForImport } from '../../src/control-plane/get-parameters-for-import.ts';
import { importKeyMaterial } from '../../src/control-plane/import-key-material.ts';
import { parseClientToken } from '../../src/keys/client-token.ts';
import { dayMs } from '../../src/keys/days.ts';
import type { KeyId } from '../../src/keys/key-id.ts';
import type { ImportType } from '../../src/keys/key-import.ts';
import { type Service, openService } from '../e2e/in-process-service.ts';
import { wrapMaterial } from '../e2e/importing.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { MemoryContents, openMemoryStore } from '../fakes/memory-store.ts';
import { plainKey } from '../fakes/plain-key.ts';
import { refused } from '../properties/two-keys.ts';

let folder: string;
let contents: MemoryContents;
let clock: ManualClock;
let service: Service;
let keyId: KeyId;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-import-'));
  contents = new MemoryContents();
  clock = new ManualClock(Date.UTC(2030, 0, 1));
  service = await open();
  keyId = await newExternalKey(service);
});
afterEach(async () => {
  service.table.close();
  await rm(folder, { recursive: true });
});

const open = (of = contents) =>
  openService({ store: openMemoryStore({ contents: of }), secretsDirectory: join(folder, 'secrets'), clock });
const newExternalKey = async ({ controlPlane }: Service) =>
  (await createKey({ ...plainKey, origin: 'EXTERNAL' }, controlPlane)).key.keyId;

async function restart(): Promise<void> {
  service.table.close();
  service = await open();
}

async function parameters({ controlPlane }: Service) {
  const order = { keyId, wrappingAlgorithm: 'RSAES_OAEP_SHA_256', wrappingKeySpec: 'RSA_2048' } as const;
  return getParametersForImport(order, controlPlane);
}

interface Import {
  readonly material: Buffer;
  readonly with?: Awaited<ReturnType<typeof parameters>>;
  readonly expiresAt?: number;
  readonly importType?: ImportType;
}

async function bring({ material, expiresAt, importType, ...given }: Import, into = service): Promise<string> {
  const { token, publicKey } = given.with ?? (await parameters(into));
  const wrapped = wrapMaterial(Buffer.from(publicKey), 'RSAES_OAEP_SHA_256', material);
  const order = { keyId, importToken: token, wrapped, expiresAt, importType, expectedKeyMaterialId: undefined };
  return importKeyMaterial(order, into.controlPlane);
}

describe('an import key whose row is not as it was written', () => {
  it('ends its own tokens and no others', async () => {
    const before = await parameters(service);
    for (const [key, row] of contents.rows) {
      if (row.kind === 'import-key') contents.rows.set(key, { ...row, stored: Buffer.from(row.stored).fill(0, 60, 70) });
    }
    await restart();
    expect((await refused(bring({ material: randomBytes(32), with: before }))).reason).toBe('INVALID_IMPORT_TOKEN');
    expect(await bring({ material: randomBytes(32) })).toMatch(/^[0-9a-f]{64}$/);
  });
});

it('a token that was used stays so when a clock that was ahead dies with the process', async () => {
  const material = randomBytes(32);
  const made = await parameters(service);
  await bring({ material, with: made });
  await deleteImportedKeyMaterial({ keyId, keyMaterialId: undefined }, service.controlPlane);

  clock.jump(3 * dayMs);
  await createKey({ ...plainKey, clientToken: parseClientToken(randomUUID()) }, service.controlPlane);
  clock.jump(-3 * dayMs);
  await restart();
  expect((await refused(bring({ material, with: made }))).reason).toBe('INVALID_IMPORT_TOKEN');
});

it('expired material that is pending rotation decrypts nothing, also what others made with it', async () => {
  const material = randomBytes(32);
  const elsewhere = await open(new MemoryContents());
  const sameId = { ...elsewhere.controlPlane, newKeyId: () => keyId };
  await createKey({ ...plainKey, origin: 'EXTERNAL' }, sameId);
  await bring({ material }, elsewhere);
  const ciphertext_blob = await elsewhere.encrypt({ key_id: keyId, plaintext: Buffer.from('x') });
  elsewhere.table.close();

  await bring({ material: randomBytes(32) });
  await bring({ material, expiresAt: clock.now() + dayMs, importType: 'NEW_KEY_MATERIAL' });
  expect((await service.decrypt({ ciphertext_blob })).toString()).toBe('x');
  clock.advance(dayMs);
  expect((await refused(service.decrypt({ ciphertext_blob }))).reason).toBe('KEY_PENDING_IMPORT');
});
