/**
 * Records: what decides something, as versioned JSON whose bytes are kept as written (docs/FORMATS.md, "Records"). Fields
 * that this version does not know survive a change, so that an older server loses nothing a newer one wrote.
 */
export type RecordFields = Readonly<Record<string, unknown>>;

/** The fields' bytes, with what `previous` holds beside `known`. A field that is undefined is absent. */
export function encodeRecord(fields: RecordFields, known: readonly string[], previous?: Uint8Array): Uint8Array {
  const kept = previous === undefined ? [] : Object.entries(parseRecord(previous)).filter(([name]) => !known.includes(name));
  return Buffer.from(JSON.stringify(Object.fromEntries([...Object.entries({ version: recordVersion, ...fields }), ...kept])));
}

/** Throws when the bytes are not a record that this version can read; they were authenticated before, so that is a bug. */
export function parseRecord(bytes: Uint8Array): RecordFields {
  const fields: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) throw new Error('A record is not a JSON object.');
  if (!('version' in fields) || fields.version !== recordVersion) throw new Error('A record has a version that is not known.');
  return { ...fields };
}

export function textField(fields: RecordFields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw malformed(name);
  return value;
}

export function wholeField(fields: RecordFields, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw malformed(name);
  return value;
}

/** A field that may be absent, read by one of the functions above. */
export function optionalField<Name extends string, T>(
  fields: RecordFields,
  name: Name,
  read: (fields: RecordFields, name: Name) => T,
): { readonly [Field in Name]?: T } {
  // The computed name is of type Name, which the compiler widens to string.
  return fields[name] === undefined ? {} : ({ [name]: read(fields, name) } as { readonly [Field in Name]: T });
}

/** A field that is itself a group of fields. */
export function groupField(fields: RecordFields, name: string): RecordFields {
  const value = fields[name];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(name);
  return { ...value };
}

export function flagField(fields: RecordFields, name: string): boolean {
  const value = fields[name];
  if (typeof value !== 'boolean') throw malformed(name);
  return value;
}

/** A field whose text is one of a closed list. */
export function choiceField<T extends string>(fields: RecordFields, name: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === fields[name]);
  if (found === undefined) throw malformed(name);
  return found;
}

/** A field whose text a parse function of the domain accepts. */
export function parsedField<T>(fields: RecordFields, name: string, parse: (text: string) => T | undefined): T {
  const parsed = parse(textField(fields, name));
  if (parsed === undefined) throw malformed(name);
  return parsed;
}

/** A field that is a list, each of whose items one of these functions reads. */
export function listField<T>(
  fields: RecordFields,
  name: string,
  readItem: (fields: RecordFields, name: string) => T,
): readonly T[] {
  const list = fields[name];
  if (!Array.isArray(list)) throw malformed(name);
  return list.map((item: unknown) => readItem({ [name]: item }, name));
}

/** A field that is a list of two texts: for names that may be anything, also what means something to JavaScript. */
export function pairField(fields: RecordFields, name: string): readonly [string, string] {
  const [first, second, ...more] = listField(fields, name, textField);
  if (first === undefined || second === undefined || more.length > 0) throw malformed(name);
  return [first, second];
}

function malformed(name: string): Error {
  return new Error(`A record's field ${name} is malformed.`);
}

const recordVersion = 1;
