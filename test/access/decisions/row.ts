/** A decision, with all it rests on, and the rule that says so. Rows are written by hand from AWS's documentation and ours. */
export interface Row {
  readonly name: string;
  readonly situation: Situation;
  readonly allowed: boolean;
  /** In short words. */
  readonly why: string;
}

/** What is left out is: Alice encrypts with the key, and its policy is the default one. */
export interface Situation {
  readonly caller?: CallerName;
  readonly action?: string;
  readonly resource?: string;
  /** By condition key, as policies name them. */
  readonly attributes?: Attributes;
  readonly now?: string;
  /** The statements of the key's policy. Those without a principal name Alice. Of no matter where no key is at stake. */
  readonly keyPolicy?: readonly StatementJson[];
  /** The statements of each of the caller's identity policies. */
  readonly identity?: readonly (readonly StatementJson[])[];
  /** Of all policies; without it 2012-10-17. */
  readonly version?: string;
  readonly grants?: readonly GrantSketch[];
  readonly newGrant?: ScopeSketch;
}

export type Attributes = Readonly<Record<string, string | readonly string[]>>;
export type StatementJson = Readonly<Record<string, unknown>>;
export type ConditionJson = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface ScopeSketch {
  readonly operations: readonly string[];
  readonly equals?: Readonly<Record<string, string>>;
  readonly subset?: Readonly<Record<string, string>>;
}

export interface GrantSketch extends ScopeSketch {
  readonly grantee: CallerName;
  readonly retiring?: CallerName;
}

export function allow(members: StatementJson = {}): StatementJson {
  return statement('Allow', members);
}

export function deny(members: StatementJson = {}): StatementJson {
  return statement('Deny', members);
}

/** kms:Encrypt on everything, unless the members say otherwise. */
function statement(effect: string, members: StatementJson): StatementJson {
  const action = 'NotAction' in members ? {} : { Action: 'kms:Encrypt' };
  const resource = 'NotResource' in members ? {} : { Resource: '*' };
  return { Effect: effect, ...action, ...resource, ...members };
}

export type RowCells = readonly [name: string, situation: Situation, allowed: boolean, why: string];
export type ConditionCells = readonly [condition: ConditionJson, attributes: Attributes, holds: boolean, why: string];

export function rows(cells: readonly RowCells[]): readonly Row[] {
  return cells.map(([name, situation, allowed, why]) => ({ name, situation, allowed, why }));
}

/** Conditions of an Allow to Alice: it is allowed exactly when the condition holds. */
export function conditionRows(cells: readonly ConditionCells[], common: Situation = {}): readonly Row[] {
  return cells.map(([condition, attributes, holds, why]) => ({
    name: `${JSON.stringify(condition)} with ${JSON.stringify(attributes)}`,
    situation: { ...common, attributes, keyPolicy: [allow({ Condition: condition })] },
    allowed: holds,
    why,
  }));
}

export const account = '000000000000';
export const key = `arn:aws:kms:us-east-1:${account}:key/11111111-1111-4111-8111-111111111111`;
export const otherKey = `arn:aws:kms:us-east-1:${account}:key/22222222-2222-4222-8222-222222222222`;
export const alias = `arn:aws:kms:us-east-1:${account}:alias/app`;
export const rootArn = arnOf('root');
export const wholeAccount = { AWS: rootArn };

/** Those that there are; each is bound to its id. */
export const callers = {
  root: { id: '00000000-0000-4000-8000-000000000000', path: 'root', tags: {} },
  alice: { id: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa', path: 'user/token/alice', tags: { team: 'blue', stars: '*', empty: '' } },
  bob: { id: 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb', path: 'user/cert/dns.bob', tags: {} },
  carol: { id: 'cccccccc-cccc-4ccc-8ccc-cccccccccccc', path: 'user/oidc/github/carol', tags: { team: 'red' } },
} as const satisfies Record<string, { id: string; path: string; tags: Readonly<Record<string, string>> }>;

export type CallerName = keyof typeof callers;

export const alice = arnOf(callers.alice.path);
export const bob = arnOf(callers.bob.path);
export const carol = arnOf(callers.carol.path);

export function arnOf(path: string): string {
  return `arn:aws:iam::${account}:${path}`;
}
