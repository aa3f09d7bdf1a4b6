import type { Clock } from '../clock.ts';
import type { ArnScope } from '../keys/arn.ts';
import type { NameRule } from './certificate-subject.ts';
import { type DenyList, parseDenyList } from './deny-list.ts';
import { parseFetchUrl } from './fetch-text.ts';
import { JwksFile } from './jwks-file.ts';
import { JwksUrl } from './jwks-url.ts';
import type { JwtAlgorithm, OidcIssuer } from './oidc-issuer.ts';
import { OidcIssuers } from './oidc-issuers.ts';
import { ReloadedFile } from './reloaded-file.ts';
import type { SourceReport } from './source.ts';

/** What the operator has set about who may come. Paths are absolute. */
export interface IdentitySettings {
  readonly certificates: { readonly mapping: readonly NameRule[]; readonly denyList: string | undefined };
  readonly oidc: readonly OidcSettings[];
}

interface OidcSettings extends Omit<OidcIssuer, 'keys' | 'algorithms'> {
  readonly algorithms: readonly JwtAlgorithm[];
  readonly keys: { readonly kind: 'file'; readonly path: string } | { readonly kind: 'url'; readonly url: string };
}

/** Where it is known from who callers are. */
export interface IdentitySources {
  readonly issuers: OidcIssuers;
  readonly denyList: () => DenyList;
  /** Reads files again; to be called every few seconds. */
  readonly look: () => Promise<void>;
}

export interface SourcesParts {
  readonly scope: ArnScope;
  readonly clock: Clock;
  readonly report: SourceReport;
}

/** Opens what the settings name. Throws `StartRefused` for a file that is not there or not right. */
export function openIdentitySources({ certificates, oidc }: IdentitySettings, parts: SourcesParts): IdentitySources {
  const { scope, clock, report } = parts;
  const { denyList: path } = certificates;
  const denied =
    path === undefined
      ? undefined
      : new ReloadedFile({ setting: denyListSetting, path, parse: (text) => parseDenyList(text, scope), report });
  const files: { look(): Promise<void> }[] = denied === undefined ? [] : [denied];
  const issuers = oidc.map(({ keys, ...issuer }, index) => {
    if (keys.kind === 'url') {
      const url = parseFetchUrl(keys.url, `jwks_url of ${issuer.name}`);
      return { ...issuer, keys: new JwksUrl({ url, clock, report }) };
    }
    const file = new JwksFile({ setting: `identities.oidc[${index}].jwks_file`, path: keys.path, report });
    files.push(file);
    return { ...issuer, keys: file };
  });
  return {
    issuers: new OidcIssuers({ issuers, now: () => clock.now() }),
    denyList: () => denied?.value ?? nobody,
    look: async () => {
      for (const file of files) await file.look();
    },
  };
}

const nobody: DenyList = { principals: new Set(), serials: new Set() };
const denyListSetting = 'identities.certificates.deny_list';
