import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { fencedBlocks, readDocument, repositoryRoot } from './documents.ts';
import { testCommands } from './run-document.ts';

const path = 'docs/OPERATIONS.md';

describe('the commands', () => {
  let ports: readonly number[] = [];
  beforeAll(async () => {
    ports = await freePorts(2);
  });

  testCommands(path, (folder) => ({
    environment: { LATCHKEY_METRICS_ADDRESS: `127.0.0.1:${ports[1]}` },
    replacements: [
      [':50051', `:${ports[0]}`],
      [':9464', `:${ports[1]}`],
      ['/run/latchkey', folder],
    ],
  }));
});

describe('the unit', () => {
  const [unit = ''] = fencedBlocks(readDocument(path), 'ini');

  it('starts the server as script/server does', () => {
    const [, started] = /^exec (.*) "\$@"$/m.exec(readDocument('script/server')) ?? [];
    expect(unit).toContain(`ExecStart=${unitTools}/${started}\n`);
  });

  it('keeps keys out of swap and core dumps, and the process from what it does not need', () => {
    const lines = [
      'LimitCORE=0',
      'LimitMEMLOCK=64M',
      'MemorySwapMax=0',
      'NoNewPrivileges=yes',
      'ProtectSystem=strict',
      'User=latchkey',
    ];
    expect(lines.filter((line) => !unit.split('\n').includes(line))).toEqual([]);
  });

  it('has nothing that systemd would not take', () => {
    expect(complaintsAbout(unit)).toEqual([]);
    expect(complaintsAbout(`${unit}[Service]\nNoNewPrivileges\n`)).not.toEqual([]);
  });
});

/** Where script/setup puts Node in the checkout of the unit. */
const unitTools = '/opt/latchkey/.tools/node_modules/.bin';

/** Of systemd-analyze; where there is none, lines that are no section and no setting. */
function complaintsAbout(unit: string): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-unit-'));
  try {
    const file = join(folder, 'latchkey.service');
    // Not every machine that tests has a Node in .tools.
    writeFileSync(file, unit.replaceAll(`${unitTools}/node`, process.execPath).replaceAll('/opt/latchkey', repositoryRoot));
    const { error, stdout, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
    if (error !== undefined) return unit.split('\n').filter((line) => !/^(?:\[[A-Z][a-z]+\]|[A-Z][A-Za-z]+=.*|)$/.test(line));
    return `${stdout}${stderr}`.split('\n').filter((line) => line.includes('latchkey.service'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Of this machine, at the moment. */
function freePorts(count: number): Promise<readonly number[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      server.close();
      await once(server, 'close');
      return port;
    }),
  );
}
