import type { ArnScope } from '../keys/arn.ts';
import type { PolicyKind } from './policy-document.ts';
import type { PolicyVersion } from './policy-version.ts';
import { type Findings, type Spot, memberPath } from './policy-findings.ts';
import type { JsonObject, JsonScalar } from './policy-json.ts';
import { type Piece, parsePieces, plainPieces } from './policy-variables.ts';

/** What the parts of one document are read by. */
export interface DocumentRules {
  readonly kind: PolicyKind;
  readonly scope: ArnScope;
  readonly version: PolicyVersion;
  /** Where a part that is not right is noted; what there is of it is read on. */
  readonly findings: Findings;
  /** Where a pattern is that is made anew for each request, and looked for in all of its text. */
  readonly variableSearches: Spot[];
}

/** The members of an object, of these names and at least one of them. */
export function membersOf(spot: Spot, names: readonly string[], findings: Findings): ReadonlyMap<string, Spot> | undefined {
  const object = requireObject(spot, findings);
  if (object === undefined) return undefined;
  const members = memberSpots(object);
  for (const [name, member] of members) if (!names.includes(name)) findings.refuse(member, unknownName(name, names));
  return members;
}

/** The members of an object, whatever their names; at least one. */
export function anyMembersOf(spot: Spot, findings: Findings): ReadonlyMap<string, Spot> | undefined {
  const object = requireObject(spot, findings);
  return object && memberSpots(object);
}

/** The items of a list, or the one value that stands in its place. */
export function itemsOf(spot: Spot, findings: Findings): readonly Spot[] | undefined {
  const { value } = spot;
  if (value.kind !== 'list') return [spot];
  if (value.items.length === 0) return findings.refuse(spot, 'is an empty list; it needs at least one value.');
  return value.items.map((item, index) => ({ ...spot, value: item, at: item.at, path: `${spot.path}[${index}]` }));
}

/** Each of one or more strings that is one, with where it stands. */
export function stringsOf(spot: Spot, findings: Findings): readonly Spot<JsonScalar>[] {
  return (itemsOf(spot, findings) ?? []).flatMap((item) => stringAt(item, findings) ?? []);
}

export function stringAt(spot: Spot, findings: Findings): Spot<JsonScalar> | undefined {
  const { value } = spot;
  return value.kind === 'string' ? { ...spot, value } : findings.refuse(spot, `must be a string, not ${nameOf(value.kind)}.`);
}

/** A value taken apart at its variables, where the document's version has any. */
export function piecesAt(spot: Spot<JsonScalar>, { version, findings }: DocumentRules): readonly Piece[] | undefined {
  const { text } = spot.value;
  if (version === '2008-10-17') {
    if (text.includes('${')) findings.warn(spot, 'has ${…} as it is written: variables need "Version": "2012-10-17".');
    return plainPieces(text);
  }
  const parsed = parsePieces(text);
  return 'fault' in parsed ? findings.refuse(spot, parsed.fault) : parsed.pieces;
}

function requireObject(spot: Spot, findings: Findings): Spot<JsonObject> | undefined {
  const { value } = spot;
  if (value.kind !== 'object') return findings.refuse(spot, `must be an object, not ${nameOf(value.kind)}.`);
  if (value.members.size === 0) return findings.refuse(spot, 'is an empty object; say what it should hold, or leave it out.');
  return { ...spot, value };
}

function memberSpots(object: Spot<JsonObject>): ReadonlyMap<string, Spot> {
  const spots = new Map<string, Spot>();
  for (const [name, { value, at }] of object.value.members) {
    spots.set(name, { ...object, value, at, path: memberPath(object.path, name) });
  }
  return spots;
}

function unknownName(name: string, names: readonly string[]): string {
  const meant = names.find((known) => known.toLowerCase() === name.toLowerCase());
  if (meant !== undefined) return `is written ${meant}; the case counts.`;
  return `is not known here; known are ${names.join(', ')}.`;
}

function nameOf(kind: Spot['value']['kind']): string {
  return kind === 'null' ? kind : `${kind === 'object' ? 'an' : 'a'} ${kind}`;
}
