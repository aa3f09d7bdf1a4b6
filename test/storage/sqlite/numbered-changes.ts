import type { Change, Store } from '../../../src/storage/store.ts';
import { aliasRow, keyRow, materialId, materialRow } from '../sample-rows.ts';
import { allMaterials, plain, valueAt } from '../store-content.ts';

/** The change that takes a store from counter `number` to the next: an insert, an update and a deletion that belong together. */
export function numberedChange(number: number): Change {
  const head = keyRow('head', { revision: number });
  const rotation = [materialRow('head', number + 1), aliasRow(`alias/${number}`, 'head', number)];
  if (number === 0) return { insert: [head, ...rotation] };
  return { insert: rotation, update: [head], deleteAliases: [`alias/${number - 1}`] };
}

/** Fails unless the store holds numbered changes 0 … counter − 1, each of them whole, and nothing else. Answers the counter. */
export async function checkNumberedChanges(store: Store): Promise<number> {
  const { counter, value: head } = await store.readKey('head');
  if (counter === 0) return 0;
  const last = counter - 1;
  same(plain(head), plain(keyRow('head', { revision: last })), 'head');

  const materials = await allMaterials(store, 'head', 1000);
  same(materials.length, counter, 'number of backing keys');
  for (const [index, row] of materials.entries())
    same(plain(row), plain(materialRow('head', index + 1)), `backing key ${index + 1}`);
  const newest = await valueAt(counter, store.readMaterial(materialId('head', counter)));
  same(newest?.sequence, counter, 'newest backing key, by id');

  const aliases = await valueAt(counter, store.listAliases({ after: undefined, limit: 10 }));
  same(aliases.map(plain), [plain(aliasRow(`alias/${last}`, 'head', last))], 'alias');
  return counter;
}

function same(actual: unknown, expected: unknown, what: string): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${what} is ${left}, not ${right}`);
}
