import type { ReadRequest, RequestTexts } from '../crypto/request-texts.ts';
import { requireGrantTokens as requireAuthentic } from '../keyring/grant-token.ts';
import type { DataPlane } from './data-plane.ts';

/** Refuses a request with a grant token that is not of this service. They decide nothing: grants count without. Throws INVALID_REQUEST. */
export function requireGrantTokens(
  read: ReadRequest & { readonly grantTokens: number },
  texts: RequestTexts,
  { table }: Pick<DataPlane, 'table'>,
): void {
  if (read.grantTokens > 0) requireAuthentic(texts.grantTokens(read), table);
}
