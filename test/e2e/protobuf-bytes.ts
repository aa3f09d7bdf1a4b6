/**
 * Protobuf by hand, byte by byte: for messages that no library writes (a map key twice, text that is not UTF-8, lengths that
 * lie) and for an encoding that does not share code with what is tested.
 */
export function message(...fields: readonly Uint8Array[]): Buffer {
  return Buffer.concat(fields);
}

/** A length-delimited field: text, bytes or a message. */
export function bytesField(number: number, content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

export function varintField(number: number, value: number): Buffer {
  return Buffer.concat([varint(number * 8), varint(value)]);
}

/** One entry of a `map<string, string>` field. */
export function mapEntry(number: number, key: string | Uint8Array, value: string | Uint8Array): Buffer {
  return bytesField(number, message(bytesField(1, key), bytesField(2, value)));
}

/** `value` is a whole number from 0 to 2^53. */
export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Buffer.from([...bytes, rest]);
}

/** Length-delimited fields of a message by number, the last of each; enough to read a response. */
export function readBytesFields(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const fields = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length;) {
    const tag = readVarint(bytes, at);
    const next = readVarint(bytes, tag.end);
    const isBytes = tag.value % 8 === 2;
    const end = isBytes ? next.end + next.value : next.end;
    if (isBytes) fields.set(Math.floor(tag.value / 8), bytes.subarray(next.end, end));
    at = end;
  }
  return fields;
}

function readVarint(bytes: Buffer, start: number): { value: number; end: number } {
  let value = 0;
  for (let at = start, scale = 1; ; at++, scale *= 0x80) {
    const byte = bytes[at];
    if (byte === undefined) throw new Error('The message ends within a number.');
    value += (byte % 0x80) * scale;
    if (byte < 0x80) return { value, end: at + 1 };
  }
}
