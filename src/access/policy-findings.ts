import { type FieldViolation, KmsError } from '../errors.ts';
import type { JsonValue } from './policy-json.ts';
import { shown } from './shown-text.ts';

/** A problem of a document, for which it is refused, or a warning about it. */
export interface PolicyFinding {
  /** Its index, from 0; `undefined` when no one statement is concerned. */
  readonly statement: number | undefined;
  readonly sid: string | undefined;
  /** `Statement[0].Condition.Bool.aws:SecureTransport`; empty for the document itself. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
  /** What is wrong, with the path as its subject, and what would be right. */
  readonly message: string;
}

/** Where something stands. */
export type Location = Omit<Spot, 'value'>;

/** A principal that a document names, whether there is one or not. */
export interface NamedPrincipal {
  readonly arn: string;
  readonly location: Location;
}

/** A value and where it stands. */
export interface Spot<Value extends JsonValue = JsonValue> {
  readonly value: Value;
  /** Offset of the value or, of a member, of its name. */
  readonly at: number;
  readonly path: string;
  readonly statement: number | undefined;
  readonly sid: string | undefined;
}

/** What is found in one document, the first of each kind. */
export class Findings {
  readonly #text: string;
  readonly #problems: PolicyFinding[] = [];
  readonly #warnings: PolicyFinding[] = [];
  readonly #principals: NamedPrincipal[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  /** In the order of the document. */
  get problems(): readonly PolicyFinding[] {
    return this.#problems.toSorted(inOrder);
  }

  get warnings(): readonly PolicyFinding[] {
    return this.#warnings.toSorted(inOrder);
  }

  /** Every principal of this service, other than root, as often as it is named. */
  get principals(): readonly NamedPrincipal[] {
    return this.#principals;
  }

  /** A message that is costly to make is given as a function, which is not called for what is not kept. */
  refuse(spot: Location, message: string | (() => string)): undefined {
    if (this.#problems.length >= maxOfAKind) return;
    this.#problems.push(findingAt(spot, this.#text, typeof message === 'string' ? message : message()));
  }

  warn(spot: Location, message: string): void {
    if (this.#warnings.length < maxOfAKind) this.#warnings.push(findingAt(spot, this.#text, message));
  }

  name(arn: string, location: Location): void {
    this.#principals.push({ arn, location });
  }
}

/** The problems of a document, together with those of principals that there are not; as many as are told, in its order. */
export function withAbsent(
  problems: readonly PolicyFinding[],
  absent: readonly NamedPrincipal[],
  text: string,
): readonly PolicyFinding[] {
  const ofPrincipals = absent
    .slice(0, maxOfAKind)
    .map(({ arn, location }) => findingAt(location, text, `there is no ${arn}; make it first, or let it come once.`));
  return [...problems, ...ofPrincipals].toSorted(inOrder).slice(0, maxOfAKind);
}

function findingAt({ at, path, statement, sid }: Location, text: string, message: string): PolicyFinding {
  const lines = text.slice(0, at).split('\n');
  return { statement, sid, path, line: lines.length, column: (lines.at(-1) ?? '').length + 1, message };
}

/**
 * MALFORMED_POLICY with the first problems, as many as fit into the metadata of a gRPC answer; `field` is the proto field that the
 * document came in.
 */
export function malformedPolicy(problems: readonly PolicyFinding[], field = 'policy'): KmsError {
  const violations = problems.map((problem) => violation(problem, field));
  const [first] = violations;
  const more = problems.length > 1 ? ` This is the first of ${problems.length} problems.` : '';
  return new KmsError('MALFORMED_POLICY', `The policy is refused. ${first?.field ?? field}: ${first?.description ?? ''}${more}`, {
    fieldViolations: violations.slice(0, countOfFitting(violations)),
  });
}

/** The path of a member. */
export function memberPath(path: string, name: string): string {
  const step = plainName.test(name) ? name : `[${shown(name)}]`;
  return path === '' || step.startsWith('[') ? `${path}${step}` : `${path}.${step}`;
}

function violation({ statement, sid, path, line, column, message }: PolicyFinding, field: string): FieldViolation {
  const ofStatement = statement === undefined || sid === undefined ? '' : `statement ${shown(sid)}, `;
  return {
    field: path === '' ? field : `${field}.${path}`,
    description: `${message} (${ofStatement}line ${line}, column ${column})`,
  };
}

function countOfFitting(violations: readonly FieldViolation[]): number {
  let bytes = 0;
  const tooMuch = violations.findIndex(({ field, description }) => {
    bytes += Buffer.byteLength(field) + Buffer.byteLength(description);
    return bytes > maxViolationBytes;
  });
  return tooMuch < 0 ? violations.length : Math.max(tooMuch, 1);
}

function inOrder(a: PolicyFinding, b: PolicyFinding): number {
  return a.line - b.line || a.column - b.column;
}

const maxOfAKind = 20;
/** Clients take 8 KiB of metadata; there it is in base64, and the first problem once more in the message. */
const maxViolationBytes = 3500;
const plainName = /^[A-Za-z][A-Za-z0-9:/_-]{0,127}$/;
