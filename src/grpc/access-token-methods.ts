import { createAccessToken } from '../control-plane/access/create-access-token.ts';
import { listAccessTokens } from '../control-plane/access/list-access-tokens.ts';
import { revokeAccessToken } from '../control-plane/access/revoke-access-token.ts';
import { accessTokenAtStake, principalAtStake, principalToChange } from '../permission/principal-at-stake.ts';
import { accessTokenMessage, listedAccessToken } from './access-messages.ts';
import type { AccessParts } from './access-parts.ts';
import { parseLifetime, parsePrincipal, parseTokenDescription, parseTokenId } from './access-requests.ts';
import { parsePage } from './requests.ts';
import type { AccessServiceMethods } from './service-methods.ts';

export function accessTokenMethods(parts: AccessParts) {
  const { plane, scope } = parts;
  return {
    CreateAccessToken: async (request, { permission }) => {
      const lifetimeSeconds = parseLifetime(request.lifetime_seconds);
      const description = parseTokenDescription(request.description);
      const call = { action: 'latchkey:CreateAccessToken', permission } as const;
      const { principal } = await principalToChange(parsePrincipal(request.principal, scope), call, parts);
      const { token, text } = await createAccessToken({ principalId: principal.principalId, lifetimeSeconds, description }, plane);
      return { access_token: text, token: accessTokenMessage(token) };
    },
    ListAccessTokens: async (request, { permission }) => {
      const page = parsePage(request);
      const call = { action: 'latchkey:ListAccessTokens', permission } as const;
      const { principal } = await principalAtStake(parsePrincipal(request.principal, scope), call, parts);
      const { items, nextPageToken } = await listAccessTokens({ principalId: principal.principalId, ...page }, plane);
      return { tokens: items.map(listedAccessToken), next_page_token: nextPageToken };
    },
    RevokeAccessToken: async (request, { permission }) => {
      const call = { action: 'latchkey:RevokeAccessToken', permission } as const;
      const { tokenId } = await accessTokenAtStake(parseTokenId(request.token_id), call, parts);
      await revokeAccessToken(tokenId, plane);
      return {};
    },
  } satisfies Partial<AccessServiceMethods>;
}
