import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// Runs in whatever Node there is, before anything else is imported: nothing here may need a recent one.

/** Ends a process whose Node is too old, with the words which it needs and where one is. */
export function requireNode(): void {
  const { node: version } = process.versions;
  if (isEnough(version)) return;
  const needed = leastNode.join('.');
  process.stderr.write(`latchkey: Node ${needed} or newer is needed; ${process.execPath} is ${version}.\n  ${cure()}\n`);
  process.exit(1);
}

function isEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor, leastMinor] = leastNode;
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

/** Where script/setup puts a Node when the machine's own is too old. */
function cure(): string {
  const folder = fileURLToPath(new URL('../.tools/node_modules/.bin', import.meta.url));
  if (!existsSync(folder)) return 'In a checkout, script/setup installs one.';
  return `script/setup has put one into ${folder}: export PATH=${folder}:$PATH`;
}

/** Major and minor version; package.json says the same under `engines`. */
const leastNode = [22, 15] as const;
