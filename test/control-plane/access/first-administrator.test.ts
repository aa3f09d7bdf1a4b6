import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createFirstAdministrator } from '../../../src/control-plane/access/first-administrator.ts';
import { newAccessToken } from '../../../src/identity/new-access-token.ts';
import { administrator } from '../../grpc/access-world.ts';
import { usingAccessWorld } from '../../grpc/using-access-world.ts';
import { loaded } from '../../keyring/open-keyring.ts';

const path = 'user/token/administrator';
const dayMs = 86_400_000;

describe('the first administrator', () => {
  const { world } = usingAccessWorld();

  it('has one token, of 30 days, which is the one that was written', async () => {
    const token = newAccessToken();
    const written: string[] = [];
    const write = async (text: string) => void written.push(text);
    expect(await createFirstAdministrator({ ...world().plane, newToken: () => token, write })).toBe(true);
    expect(written).toEqual([token.text]);
    const found = await loaded(() => world().keyring.directory.accessToken(token.tokenId));
    const { principal } = await world().who(path);
    expect(found).toMatchObject({ principalId: principal.principalId, secretHash: token.secretHash });
    expect((found?.expiresAt ?? 0) - world().clock.now()).toBe(30 * dayMs);
  });

  it('counts only once its token is written', async () => {
    const principalsThen: number[] = [];
    const write = async () => {
      // Whoever does not wait gets on meanwhile.
      for (let turn = 0; turn < 10; turn++) await setImmediate();
      principalsThen.push(await principals());
    };
    await createFirstAdministrator({ ...world().plane, write });
    expect([principalsThen, await principals()]).toEqual([[0], 1]);
  });

  it('is not made when its token cannot be written, and is at the next start', async () => {
    const full = new Error('The disk is full.');
    await expect(createFirstAdministrator({ ...world().plane, write: () => Promise.reject(full) })).rejects.toBe(full);
    expect(await principals()).toBe(0);
    expect(await createFirstAdministrator({ ...world().plane, write: async () => undefined })).toBe(true);
  });

  it('is made once, also when it was deleted', async () => {
    const written: string[] = [];
    const start = () => createFirstAdministrator({ ...world().plane, write: async (text) => void written.push(text) });
    await start();
    expect(await start()).toBe(false);
    await world().call(administrator, 'DeletePrincipal', { principal: path });
    expect(await start()).toBe(false);
    expect(written).toHaveLength(1);
  });

  async function principals(): Promise<number> {
    return (await world().call(administrator, 'ListPrincipals', {})).principals.length;
  }
});
