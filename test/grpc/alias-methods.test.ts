import { beforeEach, describe, expect, it } from 'vitest';
import type { KeyId } from '../../src/keys/key-id.ts';
import { refusal } from '../keys/example-key.ts';
import { allow, identityPolicy, useKeyService } from './use-key-service.ts';

const service = useKeyService();
const alias_name = 'alias/orders';

describe('an alias that is moved', () => {
  let target: KeyId;
  beforeEach(async () => {
    target = await service.newKey();
    await service.as('alice').createAlias({ alias_name, target_key_id: service.keyId });
  });
  const move = () => service.as('bob').updateAlias({ alias_name, target_key_id: target });

  it('takes that one action, on all that it is about', async () => {
    await service.change('bob', { inlinePolicies: [identityPolicy(['kms:UpdateAlias'])] });
    await move();
    const { aliases } = await service.as('alice').listAliases({});
    expect(aliases.map(({ target_key_id }) => target_key_id)).toEqual([target]);
  });

  it('takes it on the key that it leaves, whatever else its mover may do with that', async () => {
    await service.change('bob', { inlinePolicies: [identityPolicy(['kms:*'])] });
    const deny = { ...allow('bob', 'kms:UpdateAlias'), Effect: 'Deny' };
    await service.putPolicy([allow('alice', 'kms:*'), allow('bob', 'kms:*'), deny]);
    await expect(move()).rejects.toThrow(refusal('ACCESS_DENIED'));
  });
});
