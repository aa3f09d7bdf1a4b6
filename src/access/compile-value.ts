import type { AccessRequest } from './access-request.ts';
import {
  type Attribute,
  type AttributeReads,
  type CompiledAttribute,
  compileAttribute,
  isSameAttribute,
  read,
} from './attributes.ts';
import type { KnownConditionKey } from './condition-keys.ts';
import type { Comparison, Piece } from './policy-variables.ts';

/** Whether a text of a request fits a value of a policy, whose variables stand for what the request has. */
export type Fits = (text: string, request: AccessRequest, reads: AttributeReads) => boolean;

/** A value of a policy made ready: a pattern of resources, or what a condition compares with. */
export interface CompiledValue {
  readonly fits: Fits;
  /** What its variables may read. */
  readonly reads: readonly Attribute[];
}

export function compileValue(pieces: readonly Piece[], comparison: Comparison): CompiledValue {
  const keys = pieces.flatMap((piece) => (piece.kind === 'variable' ? [piece.key] : []));
  if (keys.length === 0) return { fits: (text) => comparison(text, unresolved), reads: [] };
  const attributes = keys.map(compileAttribute);
  const attributeOf = (key: KnownConditionKey) => attributes.find((attribute) => isSameAttribute(attribute, key));
  return { fits: (text, request, reads) => comparison(text, (key) => textOf(attributeOf(key), request, reads)), reads: keys };
}

/** A value that is one variable and nothing else, as in tags of the caller and the key that must be equal: it takes no pattern. */
export function equalToVariable({ key, fallback }: Extract<Piece, { kind: 'variable' }>): CompiledValue {
  const attribute = compileAttribute(key);
  return { fits: (text, request, reads) => text === (textOf(attribute, request, reads) ?? fallback), reads: [key] };
}

/** Whether a text fits one of them. */
export function anyOf(values: readonly CompiledValue[]): CompiledValue {
  const [only] = values;
  if (values.length === 1 && only !== undefined) return only;
  return {
    fits: (text, request, reads) => values.some(({ fits }) => fits(text, request, reads)),
    reads: values.flatMap(({ reads }) => reads),
  };
}

/**
 * Keeps the answers for texts that come again and again, the ARN of a key and the address of a client: to take one apart costs as much
 * as all else of a decision. With variables the answer depends on more than the text, and is not kept.
 */
export function remembering({ fits, reads }: CompiledValue): CompiledValue {
  if (reads.length > 0) return { fits, reads };
  let answers: Map<string, boolean> | undefined;
  return {
    reads,
    fits: (text, request, noted) => {
      const known = answers?.get(text);
      if (known !== undefined) return known;
      const answer = fits(text, request, noted);
      if (answers === undefined || answers.size >= maxAnswers) answers = new Map();
      if (text.length <= maxRememberedCharacters) answers.set(text, answer);
      return answer;
    },
  };
}

/** Variables name only keys of one value. */
function textOf(attribute: CompiledAttribute | undefined, request: AccessRequest, reads: AttributeReads): string | undefined {
  const value = attribute && read(attribute, request, reads);
  return typeof value === 'string' ? value : undefined;
}

const unresolved = (_key: KnownConditionKey): undefined => undefined;
const maxAnswers = 256;
const maxRememberedCharacters = 256;
