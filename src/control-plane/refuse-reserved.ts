import { KmsError } from '../errors.ts';
import { type AliasName, isReserved } from '../keys/alias.ts';

/** Names that the service gives are not the user's to make, move or remove. */
export function refuseReserved(aliasName: AliasName): void {
  if (isReserved(aliasName))
    throw new KmsError('INVALID_ALIAS_NAME', `${aliasName} is reserved: alias/aws/ and alias/latchkey/ belong to the service.`);
}
