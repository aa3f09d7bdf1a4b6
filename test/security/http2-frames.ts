/** HTTP/2 by hand (RFC 9113), for clients that do not keep to what the server allows. */
export interface Http2Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

export const frameTypes = { data: 0, headers: 1, resetStream: 3, settings: 4, goAway: 7 } as const;
/** Error code. */
export const refusedStream = 7;

/** What a client says first: its preface and empty settings. */
export function clientPreface(): Buffer {
  return Buffer.concat([
    Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    encodeFrame({ type: frameTypes.settings, flags: 0, streamId: 0, payload: Buffer.alloc(0) }),
  ]);
}

/** GOAWAY without an error: the client will open no more streams. */
export function goAway(): Buffer {
  return encodeFrame({ type: frameTypes.goAway, flags: 0, streamId: 0, payload: Buffer.alloc(8) });
}

/** HEADERS that open a stream and leave it open. */
export function openStream(streamId: number, headers: Readonly<Record<string, string>>): Buffer {
  // Literals without indexing and without Huffman coding (RFC 7541, 6.2.2).
  const fields = Object.entries(headers).map(([name, value]) => Buffer.concat([Buffer.of(0), text(name), text(value)]));
  return encodeFrame({ type: frameTypes.headers, flags: endHeaders, streamId, payload: Buffer.concat(fields) });
}

/** DATA that leaves the stream open. */
export function data(streamId: number, payload: Buffer): Buffer {
  return encodeFrame({ type: frameTypes.data, flags: 0, streamId, payload });
}

/** RST_STREAM without an error. */
export function resetStream(streamId: number): Buffer {
  return encodeFrame({ type: frameTypes.resetStream, flags: 0, streamId, payload: Buffer.alloc(4) });
}

/** The whole frames at the beginning of `bytes`. */
export function decodeFrames(bytes: Buffer): readonly Http2Frame[] {
  const frames: Http2Frame[] = [];
  for (let at = 0; at + headLength <= bytes.length;) {
    const end = at + headLength + bytes.readUIntBE(at, 3);
    if (end > bytes.length) break;
    const [type = 0, flags = 0] = bytes.subarray(at + 3, at + 5);
    frames.push({ type, flags, streamId: bytes.readUInt32BE(at + 5), payload: bytes.subarray(at + headLength, end) });
    at = end;
  }
  return frames;
}

function encodeFrame({ type, flags, streamId, payload }: Http2Frame): Buffer {
  const head = Buffer.alloc(headLength);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** Up to 126 bytes. */
function text(content: string): Buffer {
  return Buffer.concat([Buffer.of(content.length), Buffer.from(content)]);
}

const headLength = 9;
const endHeaders = 4;
