import fc from 'fast-check';

/** Texts that nearly are policies: of policies, with members and values changed, and of any documents, with letters changed. */
export function nearPolicies(policies: readonly string[], others: readonly string[]): fc.Arbitrary<string> {
  const any = fc.constantFrom(...policies, ...others);
  return fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...policies), fc.array(edit, { maxLength: 3 })).map(edited) },
    { weight: 3, arbitrary: fc.tuple(any, fc.array(splice, { minLength: 1, maxLength: 3 })).map(spliced) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('utf8')) },
    { weight: 1, arbitrary: fc.string({ unit: punctuation }) },
  );
}

/** One value of a document becomes another, goes, or gets a new name. `at` counts values, round and round. */
interface Edit {
  readonly at: number;
  readonly kind: 'value' | 'name' | 'remove' | 'list';
  readonly word: string;
}

interface Splice {
  readonly at: number;
  readonly removed: number;
  readonly text: string;
}

function edited([text, edits]: readonly [string, readonly Edit[]]): string {
  const value = edits.reduce<unknown>(
    (before, { at, ...change }) => editedAt(before, { left: at % countOf(before) }, change),
    JSON.parse(text),
  );
  return value === undefined ? '' : JSON.stringify(value);
}

function editedAt(value: unknown, counter: { left: number }, change: Omit<Edit, 'at'>): unknown {
  if (counter.left-- === 0) return changed(value, change);
  if (Array.isArray(value)) return value.flatMap((item: unknown) => kept(editedAt(item, counter, change)));
  if (!isObject(value)) return value;
  const members = Object.entries(value).flatMap(([name, member]) => {
    const renamed = counter.left === 0 && change.kind === 'name' ? change.word : name;
    return kept(editedAt(member, counter, change)).map((next) => [renamed, next] as const);
  });
  return objectOf(members);
}

function changed(value: unknown, { kind, word }: Omit<Edit, 'at'>): unknown {
  if (kind === 'remove') return undefined;
  if (kind === 'list') return [value];
  return kind === 'value' ? fromWord(word) : value;
}

function kept(value: unknown): unknown[] {
  return value === undefined ? [] : [value];
}

/** With own members only, also where a name is `__proto__`. */
function objectOf(members: readonly (readonly [string, unknown])[]): object {
  const object = {};
  for (const [name, value] of members) Object.defineProperty(object, name, { value, enumerable: true, configurable: true });
  return object;
}

function countOf(value: unknown): number {
  if (!isObject(value)) return 1;
  return Object.values(value).reduce<number>((count, member) => count + countOf(member), 1);
}

function spliced([text, splices]: readonly [string, readonly Splice[]]): string {
  return splices.reduce((before, { at, removed, text: added }) => {
    const start = at % (before.length + 1);
    return `${before.slice(0, start)}${added}${before.slice(start + removed)}`;
  }, text);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function fromWord(word: string): unknown {
  return word.startsWith('=') ? JSON.parse(word.slice(1)) : word;
}

/** What policies are made of, and what looks like it. A word behind = is JSON. */
const words = [
  'Effect Action NotAction Resource NotResource Principal NotPrincipal Condition Sid Version Statement',
  'Allow Deny allow * ** ? __proto__ constructor 2012-10-17 2008-10-17',
  'kms:* KMS:decrypt kms:Sign kms:Nothing latchkey:* k*:* \u212Ams:Decrypt',
  'arn:aws:kms:us-east-1:111122223333:key/* arn:*:*:*:*:* arn:aws:kms arn:aws:iam::111122223333:root 111122223333',
  'StringEquals StringLikeIfExists ForAnyValue:StringLike ForAllValues:ArnLike NumericLessThan DateEquals Bool Null',
  'IpAddress NullIfExists BinaryEquals aws:SourceIp AWS:sourceip aws:CurrentTime aws:TagKeys aws:SecureTransport',
  'kms:EncryptionContext:a kms:EncryptionContext: aws:PrincipalTag/a aws:PrincipalOrgID kms:RotationPeriodInDays',
  'true false 30 0x10 1e3 2027-01-31T00:00:00Z 2027-02-30 10.0.0.0/8 ::ffff:10.0.0.0/104 10.0.0.0/99',
  "${aws:username} ${aws:username,'x'} ${*} ${ ${} ${aws:TagKeys} \uD800 \u0000 😀",
  '={} =[] =null =true =1 =[1,"a",[]] ={"AWS":"*"} ={"AWS":["*","111122223333"]} ={"Bool":{"aws:SecureTransport":true}}',
]
  .flatMap((line) => line.split(' '))
  .concat('', ' ', 'kms:Decrypt ');
const word = fc.constantFrom(...words);
const punctuation = fc.constantFrom(
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '"',
  '\\',
  'u',
  'e',
  '$',
  '*',
  '1',
  '-',
  '.',
  ' ',
  '\u0000',
  '\uD800',
);
const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat(200),
  kind: fc.constantFrom('value', 'name', 'remove', 'list'),
  word,
});
const splice: fc.Arbitrary<Splice> = fc.record({
  at: fc.nat(),
  removed: fc.nat(4),
  text: fc.oneof(word, fc.string({ unit: punctuation, maxLength: 3 })),
});
