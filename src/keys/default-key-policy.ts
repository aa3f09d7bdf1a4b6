import type { ArnScope } from './arn.ts';

/** The policy of a key that was given none: identity policies decide. As AWS KMS's default for keys made by its API. */
export function defaultKeyPolicy({ partition, account }: ArnScope): string {
  const statement = {
    Sid: 'Enable identity policies',
    Effect: 'Allow',
    Principal: { AWS: `arn:${partition}:iam::${account}:root` },
    Action: 'kms:*',
    Resource: '*',
  };
  return JSON.stringify({ Version: '2012-10-17', Id: 'key-default-1', Statement: [statement] }, undefined, 2);
}
