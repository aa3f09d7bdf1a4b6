import { writeSync } from 'node:fs';
import { openSqliteStore } from '../../../src/storage/sqlite/open-sqlite-store.ts';
import type { Store } from '../../../src/storage/store.ts';
import { numberedChange } from './numbered-changes.ts';

/**
 * A process that owns a store: `store-child.ts write|hold <data directory>`. It prints the counter when the store is open
 * and again after each acknowledged commit. `write` commits until it is killed; `hold` commits once and waits for that.
 * A store that cannot be opened: the message on stderr, exit code 3.
 */
const [mode, dataDirectory] = process.argv.slice(2);
if ((mode !== 'write' && mode !== 'hold') || dataDirectory === undefined) throw new Error('write|hold <data directory>');

const store = await openOrExit(dataDirectory);
let { counter } = await store.countKeys(0);
print(counter);
for (;;) {
  counter = await store.commit(numberedChange(counter), { expectedCounter: counter });
  print(counter);
  if (mode === 'hold') break;
}
setInterval(() => undefined, 60_000);

async function openOrExit(directory: string): Promise<Store> {
  try {
    return await openSqliteStore({ dataDirectory: directory });
  } catch (error) {
    writeSync(2, error instanceof Error ? error.message : String(error));
    process.exit(3);
  }
}

/** Straight to the pipe: an acknowledgement that waits in a buffer would die with the process. */
function print(value: number): void {
  writeSync(1, `${value}\n`);
}
