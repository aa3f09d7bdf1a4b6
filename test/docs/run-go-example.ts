/** Runs the programs of examples/go as README.md says, against a server of their own. Ends with exit code 1 when one does not decrypt. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeHome, startServer } from '../e2e/start-server.ts';
import { readDocument, repositoryRoot } from './documents.ts';

const [, commands = ''] = /`cd examples\/go && ([^`]+)`/.exec(readDocument('README.md')) ?? [];
const folder = mkdtempSync(join(tmpdir(), 'latchkey-go-'));
const server = await startServer();
try {
  const example = join(folder, 'examples/go');
  cpSync(join(repositoryRoot, 'examples/go'), example, { recursive: true });
  for (const name of ['proto', 'node_modules']) symlinkSync(join(repositoryRoot, name), join(folder, name));

  const env = { ...process.env, LATCHKEY_ADDRESS: server.address };
  symlinkSync(server.secretsDirectory, join(folder, 'secrets'));
  const output = execFileSync('bash', ['-euo', 'pipefail', '-c', commands], { cwd: example, encoding: 'utf8', env });
  if (output !== 'attack at dawn\n') throw new Error(`The Go example wrote ${JSON.stringify(output)}.`);

  const rows = execFileSync('go', ['run', './encrypt-rows', '2500'], { cwd: example, encoding: 'utf8', env });
  if (!/^2500 of 2500 rows in .*\n3 of 3 rows decrypt to what they were\n$/.test(rows))
    throw new Error(`The Go example wrote ${JSON.stringify(rows)}.`);

  // `go run` answers 1 for any failure.
  execFileSync('go', ['build', '-o', 'encrypt-rows', './encrypt-rows'], { cwd: example });
  const { status } = spawnSync(join(example, 'encrypt-rows/encrypt-rows'), ['abc'], { env });
  if (status !== 2) throw new Error(`The Go example ended with ${status} for rows that are no number.`);
} finally {
  await server.stop();
  await removeHome(server);
  rmSync(folder, { recursive: true });
}
