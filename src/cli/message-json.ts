/**
 * A message of the API as JSON: field names as in the proto files, bytes as base64, timestamps in ISO 8601, a message that is not
 * there as null.
 */
export function messageJson(message: object): string {
  return `${JSON.stringify(plain(message), undefined, 2)}\n`;
}

/** A google.protobuf.Timestamp as `2026-11-22T09:50:31.000Z`. */
function isoTimestamp({ seconds, nanos }: Timestamp): string {
  return new Date(Number(seconds) * 1000 + Math.trunc(nanos / 1e6)).toISOString();
}

/** A point in time for people, in UTC: `2026-11-22 09:50:31 UTC`. */
export function readableTimestamp(timestamp: Timestamp | null): string {
  return timestamp === null ? '-' : isoTimestamp(timestamp).replace(/^(.*)T(.*)\..*$/, '$1 $2 UTC');
}

export interface Timestamp {
  readonly seconds: string;
  readonly nanos: number;
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if (isTimestamp(value)) return isoTimestamp(value);
  return Object.fromEntries(Object.entries(value).map(([field, content]) => [field, plain(content)]));
}

/** No other message of the API has these two fields. */
function isTimestamp(value: object): value is Timestamp {
  return 'seconds' in value && 'nanos' in value;
}
