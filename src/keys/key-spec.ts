/** What kind of key it is, by AWS KMS's names. */
export const keySpecs = ['SYMMETRIC_DEFAULT'] as const;
export type KeySpec = (typeof keySpecs)[number];

/** What a key is for. */
export const keyUsages = ['ENCRYPT_DECRYPT'] as const;
export type KeyUsage = (typeof keyUsages)[number];

/** Where its material comes from. */
export const keyOrigins = ['AWS_KMS', 'EXTERNAL'] as const;
export type KeyOrigin = (typeof keyOrigins)[number];

/** Who decides about it. */
export const keyManagers = ['CUSTOMER', 'AWS'] as const;
export type KeyManager = (typeof keyManagers)[number];
