import { describe, expect, it } from 'vitest';
import { accessLimits } from '../../../src/access/access-limits.ts';
import { requireFewGroups, requireFewPrincipals } from '../../../src/control-plane/access/require-few.ts';

describe('limits', () => {
  it('the last principal that there can be is made, and no other', async () => {
    await requireFewPrincipals({ principalCount: async () => accessLimits.principals - 1 });
    await expect(requireFewPrincipals({ principalCount: async () => accessLimits.principals })).rejects.toMatchObject({
      reason: 'LIMIT_EXCEEDED',
    });
  });

  it('the last group that there can be is made, and no other', async () => {
    await requireFewGroups({ groupCount: async () => accessLimits.groups - 1 });
    await expect(requireFewGroups({ groupCount: async () => accessLimits.groups })).rejects.toMatchObject({
      reason: 'LIMIT_EXCEEDED',
    });
  });
});
