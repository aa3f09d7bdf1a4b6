/** Runs examples/go as README.md says, against a server of its own. Ends with exit code 1 when it does not decrypt. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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
  const source = readFileSync(join(example, 'main.go'), 'utf8').replace('127.0.0.1:50051', server.address);
  writeFileSync(join(example, 'main.go'), source);

  const output = execFileSync('bash', ['-euo', 'pipefail', '-c', commands], { cwd: example, encoding: 'utf8' });
  if (output !== 'attack at dawn\n') throw new Error(`The Go example wrote ${JSON.stringify(output)}.`);
} finally {
  await server.stop();
  await removeHome(server);
  rmSync(folder, { recursive: true });
}
