import type { CreateKeyOrder } from '../../src/control-plane/create-key.ts';

/** An order for a key with nothing special about it. */
export const plainKey: CreateKeyOrder = {
  description: '',
  keySpec: 'SYMMETRIC_DEFAULT',
  keyUsage: 'ENCRYPT_DECRYPT',
  origin: 'AWS_KMS',
  tags: [],
  rotationPeriodDays: undefined,
  deletionProtected: false,
  clientToken: undefined,
};
