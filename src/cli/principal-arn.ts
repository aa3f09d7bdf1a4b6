import type { Latchkey } from '../client/connect.ts';
import { principalNamed } from './principal-name.ts';

/** For help. */
export const principalArnForm = 'name, path (user/token/alice) or ARN';

/** For calls that take nothing but ARNs. What is neither name nor path stays as it is: the server says what is wrong with it. */
export async function principalArn(text: string, latchkey: Pick<Latchkey, 'access'>): Promise<string> {
  return text === '' ? '' : accountArn(principalNamed(text), latchkey);
}

/** A path of a principal or a group becomes its ARN in the caller's account, and any other text stays as it is. */
export async function accountArn(text: string, { access }: Pick<Latchkey, 'access'>): Promise<string> {
  if (!accountPath.test(text)) return text;
  const { arn } = await access.getCallerIdentity({});
  return [...arn.split(':').slice(0, 5), text].join(':');
}

const accountPath = /^(?:root$|user\/|group\/)/;
