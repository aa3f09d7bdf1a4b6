import type { ArnScope } from '../keys/arn.ts';
import { type PrincipalId, parsePrincipalArn, parsePrincipalId, principalArn } from './principal.ts';

/** How a caller names a principal. */
export type PrincipalReference =
  | { readonly kind: 'id'; readonly principalId: PrincipalId }
  /** `root` too. */
  | { readonly kind: 'path'; readonly path: string };

/** A principal named by id, ARN or path; `undefined` when the text is none that this account can have. */
export function parsePrincipalReference(text: string, scope: ArnScope): PrincipalReference | undefined {
  const principalId = parsePrincipalId(text);
  if (principalId !== undefined) return { kind: 'id', principalId };
  const path = parsePrincipalArn(text.startsWith('arn:') ? text : principalArn(scope, text), scope);
  return path === undefined ? undefined : { kind: 'path', path };
}
