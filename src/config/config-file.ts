import { isUtf8 } from 'node:buffer';
import { readFileSync, statSync } from 'node:fs';
import { StartRefused } from '../errors.ts';

/** The text of the configuration file. Throws `StartRefused` when there is none, or it cannot be one. */
export function readConfigFile(path: string): string {
  const bytes = contentOf(path);
  if (!isUtf8(bytes)) throw new StartRefused(`The configuration file is not UTF-8: ${path}:${firstLineThatIsNot(bytes)}.`);
  return bytes.toString('utf8');
}

function contentOf(path: string): Buffer {
  try {
    const found = statSync(path);
    // A pipe or a device might never end.
    if (!found.isFile()) throw new StartRefused(`The configuration file ${path} (LATCHKEY_CONFIG) is not a file.`);
    if (found.size > maxBytes) {
      throw new StartRefused(`The configuration file ${path} (LATCHKEY_CONFIG) is too large: it may have ${maxBytes} bytes.`);
    }
    return readFileSync(path);
  } catch (cause) {
    if (cause instanceof StartRefused) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartRefused(`The configuration file ${path} (LATCHKEY_CONFIG) cannot be read: ${reason}.`, { cause });
  }
}

/** From 1. A line break is no part of a longer character in UTF-8. */
function firstLineThatIsNot(bytes: Buffer): number {
  let line = 1;
  for (let start = 0; ; line++) {
    const end = bytes.indexOf('\n', start);
    if (end < 0 || !isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
  }
}

/** Room for thousands of rules; what is worse than any rule, 256 KiB of brackets, is refused within seconds. */
const maxBytes = 256 * 1024;
