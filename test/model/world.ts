import { createAlias } from '../../src/control-plane/create-alias.ts';
import { createKey } from '../../src/control-plane/create-key.ts';
import type { ControlPlane } from '../../src/control-plane/control-plane.ts';
import { importKeyMaterial } from '../../src/control-plane/import-key-material.ts';
import { lookAtKeys } from '../../src/control-plane/jobs/look-at-keys.ts';
import { updateAlias } from '../../src/control-plane/update-alias.ts';
import { KmsError } from '../../src/errors.ts';
import type { AliasName } from '../../src/keys/alias.ts';
import type { KeyId } from '../../src/keys/key-id.ts';
import type { KeyMaterialId } from '../../src/keys/key-material-id.ts';
import { type Service, openService } from '../e2e/in-process-service.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { type MemoryContents, openMemoryStore } from '../fakes/memory-store.ts';
import { type ImportPool, firstMoment, wrap } from './import-pool.ts';
import { findKey } from '../../src/control-plane/find-key.ts';
import { deleteAlias } from '../../src/control-plane/delete-alias.ts';

/** The real service, over what a disk would hold, and what its callers have written down. */
export class World {
  readonly clock = new ManualClock(firstMoment);
  readonly contents: MemoryContents;
  /** Ids of backing keys, per key in the order in which they were made, as they were first seen. */
  readonly materialIds: KeyMaterialId[][] = [];
  readonly ciphertexts: { readonly blob: Buffer; readonly plaintext: Buffer }[] = [];
  /** Every form in which a backing key was ever stored, by its id. */
  readonly storedKeys = new Map<string, Set<Uint8Array>>();
  readonly #pool: ImportPool;
  readonly #usedTokens: number[];
  #service: Service | undefined;
  #keys = 0;

  constructor(pool: ImportPool) {
    this.#pool = pool;
    this.contents = pool.copyOfContents();
    this.#usedTokens = pool.keyIds.map(() => 0);
  }

  get service(): Service {
    if (this.#service === undefined) throw new Error('The service is not open.');
    return this.#service;
  }

  get plane(): ControlPlane {
    return { ...this.service.controlPlane, newKeyId: () => this.keyId(this.#keys) };
  }

  keyId(index: number): KeyId {
    return this.#pool.keyIds[index]!;
  }

  get hasRoom(): boolean {
    return this.#keys < this.#pool.keyIds.length;
  }

  canImport(key: number): boolean {
    return this.#usedTokens[key]! < this.#pool.tokens[key]!.length;
  }

  /** Drops the service as a crash does, and starts another. */
  async restart(): Promise<void> {
    this.close();
    this.#service = await this.#open();
  }

  close(): void {
    this.#service?.table.close();
    this.#service = undefined;
  }

  async look(service: Service = this.service): Promise<void> {
    await lookAtKeys(service.controlPlane, {
      done: () => undefined,
      failed: (_, error) => {
        throw error;
      },
    });
  }

  /** Time passes, with a look at the end of each piece of it. */
  async runOn(ms: number, looks: number): Promise<void> {
    for (let look = 0; look < looks; look++) {
      this.clock.advance(ms);
      await this.look();
    }
  }

  /** A second instance starts, time passes, both look, at once or by turns, and then there is one again, which has seen nothing of it. */
  async lookTwice(ms: number, atOnce: boolean): Promise<void> {
    const second = await this.#open();
    try {
      this.clock.advance(ms);
      const first = this.look();
      if (!atOnce) await first;
      await Promise.all([first, this.look(second)]);
    } finally {
      second.table.close();
    }
    await this.restart();
  }

  async create(order: { external: boolean; rotationDays: number | undefined; isProtected: boolean }): Promise<void> {
    await createKey(
      {
        description: '',
        keySpec: 'SYMMETRIC_DEFAULT',
        keyUsage: 'ENCRYPT_DECRYPT',
        origin: order.external ? 'EXTERNAL' : 'AWS_KMS',
        tags: [],
        rotationPeriodDays: order.rotationDays,
        deletionProtected: order.isProtected,
        clientToken: undefined,
      },
      this.plane,
    );
    this.#keys += 1;
    this.materialIds.push([]);
  }

  async import(key: number, order: { bytes: number; expiresAt: number | undefined; asNew: boolean }): Promise<void> {
    const token = this.#pool.tokens[key]![this.#usedTokens[key]!++]!;
    await importKeyMaterial(
      {
        keyId: this.keyId(key),
        importToken: token.token,
        wrapped: wrap(token, Buffer.alloc(32, 1 + order.bytes)),
        expiresAt: order.expiresAt,
        importType: order.asNew ? 'NEW_KEY_MATERIAL' : undefined,
        expectedKeyMaterialId: undefined,
      },
      this.plane,
    );
  }

  async createAlias(name: string, key: number): Promise<void> {
    await createAlias({ aliasName: name as AliasName, targetKeyId: this.keyId(key) }, this.plane);
  }

  async updateAlias(name: string, key: number): Promise<void> {
    const aliasName = name as AliasName;
    await updateAlias({ aliasName, fromKeyId: await this.#targetOf(aliasName), targetKeyId: this.keyId(key) }, this.plane);
  }

  async deleteAlias(name: string): Promise<void> {
    const aliasName = name as AliasName;
    await deleteAlias({ aliasName, fromKeyId: await this.#targetOf(aliasName) }, this.plane);
  }

  async #targetOf(aliasName: AliasName): Promise<KeyId> {
    return (await findKey({ kind: 'alias', aliasName }, this.plane)).key.keyId;
  }

  async encrypt(key: number): Promise<void> {
    const plaintext = Buffer.from(`plaintext ${this.ciphertexts.length}`);
    const blob = await this.service.encrypt({ key_id: this.keyId(key), plaintext });
    this.ciphertexts.push({ blob, plaintext });
  }

  async reEncrypt(index: number, key: number): Promise<void> {
    const { blob, plaintext } = this.ciphertexts[index]!;
    const copy = await this.service.reEncrypt({ ciphertext_blob: blob, destination_key_id: this.keyId(key) });
    this.ciphertexts.push({ blob: copy, plaintext });
  }

  async #open(): Promise<Service> {
    const { secretsDirectory } = this.#pool;
    return openService({ store: openMemoryStore({ contents: this.contents }), secretsDirectory, clock: this.clock });
  }
}

/** What a call is refused with; `undefined` when it succeeds. */
export async function reasonOf(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (error instanceof KmsError) return error.reason;
    throw error;
  }
}
