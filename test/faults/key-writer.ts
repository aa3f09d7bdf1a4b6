import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { type Latchkey, LatchkeyError } from '../../src/client/connect.ts';

/**
 * One caller that makes a key and changes it, one call after the other, and remembers every answer. Of the call that was not
 * answered it knows nothing: it is repeated, with its client token where it has one, before the next.
 */
export class KeyWriter {
  /** Calls that were answered. */
  acknowledged = 0;
  readonly #alias: string;
  readonly #description = randomUUID();
  #keyId = '';
  readonly #createToken = randomUUID();
  #rotateToken = randomUUID();
  #step = 0;
  #disabled = false;
  #hasAlias = false;
  /** Whether the last call of a kind has been answered; if not, either outcome is right. */
  #open: 'state' | 'alias' | 'rotation' | 'none' = 'none';
  readonly #materials: string[] = [];
  readonly #ciphertexts: { readonly blob: Buffer; readonly plaintext: Buffer }[] = [];

  constructor(index: number) {
    this.#alias = `alias/writer/${index}`;
  }

  /** Writes until the server is gone. */
  async writeUntilRefused(latchkey: Latchkey): Promise<void> {
    try {
      for (;;) {
        await this.#write(latchkey);
        this.acknowledged += 1;
        this.#step += 1;
      }
    } catch (error) {
      if (!(error instanceof LatchkeyError) || !error.retryable) throw error;
    }
  }

  async #write({ keys, crypto }: Latchkey): Promise<void> {
    if (this.#keyId === '') return this.#create(keys);
    switch (this.#step % 6) {
      case 0:
      case 3:
        return this.#rotate(keys);
      case 1:
        return this.#encrypt(crypto);
      case 2:
        return this.#setAlias(keys, !this.#hasAlias);
      case 4:
        return this.#setDisabled(keys, true);
      default:
        return this.#setDisabled(keys, false);
    }
  }

  async #create(keys: Latchkey['keys']): Promise<void> {
    const { key_metadata } = await keys.createKey({ description: this.#description, client_token: this.#createToken });
    this.#keyId = key_metadata?.key_id ?? '';
    this.#materials.push(key_metadata?.current_key_material_id ?? '');
  }

  async #rotate(keys: Latchkey['keys']): Promise<void> {
    this.#open = 'rotation';
    const { key_material_id } = await keys.rotateKeyOnDemand({ key_id: this.#keyId, client_token: this.#rotateToken });
    this.#materials.push(key_material_id);
    this.#rotateToken = randomUUID();
    this.#open = 'none';
  }

  async #encrypt(crypto: Latchkey['crypto']): Promise<void> {
    const plaintext = Buffer.from(randomUUID());
    const { ciphertext_blob, key_material_id } = await crypto.encrypt({ key_id: this.#keyId, plaintext });
    expect(key_material_id).toBe(this.#materials.at(-1));
    this.#ciphertexts.push({ blob: ciphertext_blob, plaintext });
  }

  async #setAlias(keys: Latchkey['keys'], present: boolean): Promise<void> {
    this.#open = 'alias';
    const [done, call] = present
      ? (['ALREADY_EXISTS', keys.createAlias({ alias_name: this.#alias, target_key_id: this.#keyId })] as const)
      : (['ALIAS_NOT_FOUND', keys.deleteAlias({ alias_name: this.#alias })] as const);
    await call.catch((error: unknown) => {
      // It had happened before the server was killed.
      if (!(error instanceof LatchkeyError) || error.reason !== done) throw error;
    });
    this.#hasAlias = present;
    this.#open = 'none';
  }

  async #setDisabled(keys: Latchkey['keys'], disabled: boolean): Promise<void> {
    this.#open = 'state';
    await (disabled ? keys.disableKey({ key_id: this.#keyId }) : keys.enableKey({ key_id: this.#keyId }));
    this.#disabled = disabled;
    this.#open = 'none';
  }

  /** Holds a server that has just started to everything that was answered before. */
  async verify(latchkey: Latchkey): Promise<void> {
    if (this.#keyId === '') return;
    await this.#verifyRecords(latchkey);
    await this.#verifyCiphertexts(latchkey);
  }

  async #verifyRecords({ keys }: Latchkey): Promise<void> {
    const { key_metadata } = await keys.describeKey({ key_id: this.#keyId });
    expect(key_metadata?.description).toBe(this.#description);
    if (this.#open !== 'state') expect(key_metadata?.enabled).toBe(!this.#disabled);

    const { rotations } = await keys.listKeyRotations({ key_id: this.#keyId, include_key_material: true, page_size: 1000 });
    const ids = rotations.map(({ key_material_id }) => key_material_id);
    expect(ids.slice(0, this.#materials.length)).toEqual(this.#materials);
    expect(ids.length).toBeLessThanOrEqual(this.#materials.length + (this.#open === 'rotation' ? 1 : 0));
    expect(key_metadata).toMatchObject({ current_key_material_id: ids.at(-1), rotation: { key_material_count: ids.length } });

    const { aliases } = await keys.listAliases({ key_id: this.#keyId });
    if (this.#open !== 'alias') expect(aliases.map(({ alias_name }) => alias_name)).toEqual(this.#hasAlias ? [this.#alias] : []);
  }

  async #verifyCiphertexts({ keys, crypto }: Latchkey): Promise<void> {
    const { key_metadata } = await keys.describeKey({ key_id: this.#keyId });
    if (key_metadata?.enabled !== true) {
      await keys.enableKey({ key_id: this.#keyId });
      this.#disabled = false;
      if (this.#open === 'state') this.#open = 'none';
    }
    for (const { blob, plaintext } of this.#ciphertexts) {
      expect((await crypto.decrypt({ ciphertext_blob: blob })).plaintext).toEqual(plaintext);
    }
  }
}
