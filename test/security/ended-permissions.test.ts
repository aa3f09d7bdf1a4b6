import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Latchkey, connect } from '../../src/client/connect.ts';
import { type ExchangeClient, errorOf, openExchange } from '../e2e/exchange-client.ts';
import { type AccessService, type Newcomer, allow, keyPolicy, openAccessService } from './access-service.ts';

/**
 * When the call that takes a permission away has returned, no call that begins afterwards is let in: neither a decision that is
 * remembered, nor a token that is known, nor a stream that is open lets anybody on. Callers hammer from several connections, and
 * each call notes whether it began before the change had returned.
 */
let world: AccessService;
let key_id: string;
let caller: Newcomer;
let number = 0;
const connections: Latchkey[] = [];
const streams: ExchangeClient[] = [];

beforeAll(async () => {
  world = await openAccessService();
});
beforeEach(async () => {
  number += 1;
  key_id = await world.newKey();
});
afterAll(async () => {
  for (const one of [...connections, ...streams]) one.close();
  await world.close();
});

const operations = ['GRANT_OPERATION_ENCRYPT' as const];
const byPolicy = () => world.newcomer(`caller-${number}`, allow('kms:Encrypt'));
const byGroup = async (policy: string) => {
  const made = await world.newcomer(`caller-${number}`);
  const group_name = `group-${number}`;
  await world.admin.access.createGroup({ group_name });
  await world.admin.access.putGroupPolicy({ group_name, policy_name: 'own', policy });
  await world.admin.access.addPrincipalToGroup({ principal: made.path, group_name });
  return made;
};
const mayEncrypt = JSON.stringify({ Version: '2012-10-17', Statement: [allow('kms:Encrypt')] });

interface Ending {
  readonly begin: () => Promise<Newcomer>;
  readonly end: (grantId: string) => Promise<unknown>;
  readonly reason?: string;
}

const endings: Readonly<Record<string, Ending>> = {
  'PutKeyPolicy, with a Deny': {
    begin: byPolicy,
    end: () => putPolicy({ Effect: 'Deny', Principal: { AWS: caller.arn }, Action: 'kms:Encrypt', Resource: '*' }),
  },
  'PutKeyPolicy, without the Allow': {
    begin: async () => {
      caller = await world.newcomer(`caller-${number}`);
      await putPolicy({ Effect: 'Allow', Principal: { AWS: caller.arn }, Action: 'kms:Encrypt', Resource: '*' });
      return caller;
    },
    end: () => putPolicy(),
  },
  DetachPrincipalPolicy: {
    begin: async () => {
      const made = await world.newcomer(`caller-${number}`);
      await world.admin.access.attachPrincipalPolicy({ principal: made.path, policy_name: 'key-user' });
      return made;
    },
    end: () => world.admin.access.detachPrincipalPolicy({ principal: caller.path, policy_name: 'key-user' }),
  },
  DeletePrincipalPolicy: {
    begin: byPolicy,
    end: () => world.admin.access.deletePrincipalPolicy({ principal: caller.path, policy_name: 'own' }),
  },
  RemovePrincipalFromGroup: {
    begin: () => byGroup(mayEncrypt),
    end: () => world.admin.access.removePrincipalFromGroup({ principal: caller.path, group_name: `group-${number}` }),
  },
  DeleteGroupPolicy: {
    begin: () => byGroup(mayEncrypt),
    end: () => world.admin.access.deleteGroupPolicy({ group_name: `group-${number}`, policy_name: 'own' }),
  },
  RevokeGrant: {
    begin: () => world.newcomer(`caller-${number}`),
    end: (grant_id) => world.admin.keys.revokeGrant({ key_id, grant_id }),
  },
  RetireGrant: {
    begin: () => world.newcomer(`caller-${number}`),
    end: (grant_id) => world.admin.keys.retireGrant({ key_id, grant_id }),
  },
  'UntagResource, where a policy asks for the tag': {
    begin: async () => {
      await world.admin.keys.tagResource({ key_id, tags: [{ tag_key: 'open', tag_value: 'yes' }] });
      return world.newcomer(
        `caller-${number}`,
        allow('kms:Encrypt', '*', { Condition: { StringEquals: { 'aws:ResourceTag/open': 'yes' } } }),
      );
    },
    end: () => world.admin.keys.untagResource({ key_id, tag_keys: ['open'] }),
  },
  'DeleteAlias, where a policy asks for it': {
    begin: async () => {
      const alias_name = `alias/open-${number}`;
      await world.admin.keys.createAlias({ alias_name, target_key_id: key_id });
      const condition = { Condition: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': alias_name } } };
      return world.newcomer(`caller-${number}`, allow('kms:Encrypt', '*', condition));
    },
    end: () => world.admin.keys.deleteAlias({ alias_name: `alias/open-${number}` }),
  },
  RevokeAccessToken: {
    begin: byPolicy,
    end: () => world.admin.access.revokeAccessToken({ token_id: caller.tokenId }),
    reason: 'UNAUTHENTICATED',
  },
  DisablePrincipal: {
    begin: byPolicy,
    end: () => world.admin.access.disablePrincipal({ principal: caller.path }),
    reason: 'UNAUTHENTICATED',
  },
  DeletePrincipal: {
    begin: byPolicy,
    end: () => world.admin.access.deletePrincipal({ principal: caller.path }),
    reason: 'UNAUTHENTICATED',
  },
};

describe('no call that begins afterwards is let in', () => {
  it.each(Object.entries(endings))('%s', async (name, { begin, end, reason = 'ACCESS_DENIED' }) => {
    caller = await begin();
    let grantId = '';
    if (name.endsWith('Grant'))
      grantId = (await world.admin.keys.createGrant({ key_id, grantee_principal: caller.arn, operations })).grant_id;
    const change = { hasReturned: false };
    const hammers = [...Array.from({ length: 3 }, () => hammerCalls(change)), hammerStream(change)];
    await untilAll(hammers, ({ outcomes }) => outcomes.length > 3);
    await end(grantId);
    change.hasReturned = true;
    await untilAll(hammers, ({ outcomes, isOver }) => isOver || outcomes.filter(({ began }) => began === 'after').length > 3);
    for (const { outcomes, stop } of hammers) {
      stop();
      expect(outcomes[0]).toEqual({ began: 'before', reason: 'OK' });
      expect(new Set(outcomes.filter(({ began }) => began === 'after').map((outcome) => outcome.reason))).toEqual(
        new Set([reason]),
      );
    }
  });
});

interface Hammer {
  readonly outcomes: readonly { readonly began: 'before' | 'after'; readonly reason: string }[];
  readonly isOver: boolean;
  stop(): void;
}

/** Calls one after the other, on a connection of its own. */
function hammerCalls(change: { readonly hasReturned: boolean }): Hammer {
  const latchkey = connect({ address: world.address, token: caller.token });
  connections.push(latchkey);
  return hammer(change, () => latchkey.crypto.encrypt({ key_id, plaintext: Buffer.from('x') }).then(() => 'OK', reasonOf));
}

/** Requests one after the other, on one stream. */
function hammerStream(change: { readonly hasReturned: boolean }): Hammer {
  const stream = openExchange({ address: world.address, token: caller.token });
  streams.push(stream);
  let id = 0;
  return hammer(change, async () => {
    id += 1;
    stream.send({ id, encrypt: { key_id, plaintext: Buffer.from('x') } });
    try {
      const answer = await stream.answer(id);
      return answer.encrypt ? 'OK' : String(errorOf(answer).reason);
    } catch {
      return String((await stream.ended).reason);
    }
  });
}

function hammer(change: { readonly hasReturned: boolean }, call: () => Promise<string>): Hammer {
  const outcomes: { began: 'before' | 'after'; reason: string }[] = [];
  let isStopped = false;
  const run = async () => {
    while (!isStopped) {
      const began = change.hasReturned ? 'after' : 'before';
      outcomes.push({ began, reason: await call() });
      if (outcomes.length > 5000) isStopped = true;
    }
  };
  void run();
  return {
    outcomes,
    get isOver() {
      return isStopped;
    },
    stop: () => {
      isStopped = true;
    },
  };
}

async function untilAll(hammers: readonly Hammer[], is: (hammer: Hammer) => boolean): Promise<void> {
  await expect.poll(() => hammers.every(is), { timeout: 10_000, interval: 5 }).toBe(true);
}

function putPolicy(...statements: readonly object[]): Promise<unknown> {
  return world.admin.keys.putKeyPolicy({ key_id, policy: keyPolicy(...statements) });
}

function reasonOf(error: { readonly reason?: string }): string {
  return String(error.reason);
}
