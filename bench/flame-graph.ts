import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { loadProtocol } from '../src/client/protocol.ts';
import { callTree } from './call-tree.ts';
import { flamePicture } from './flame-picture.ts';
import { grpcFrame } from './grpc-frame.ts';
import { offerLoad } from './h2load.ts';
import { cores, machine } from './machine.ts';
import { newKey } from './new-key.ts';
import { withoutReplaced } from './perf-map.ts';
import { withServer } from './with-server.ts';

const usage = `Usage: node bench/flame-graph.ts unary|batch FILE.svg

Draws where the server spends its CPU time while it is called as the benchmarks call it. Needs perf and the right to use it.
`;

const { crypto } = loadProtocol();
const { load: core } = cores();
/** As in unary-encrypt.ts and batch-calls.ts. */
const loads = {
  unary: {
    title: 'Encrypt of 256 B: CPU time of the server',
    request: (key_id: string) => ({
      method: crypto.Encrypt.path,
      message: crypto.Encrypt.requestSerialize({
        key_id,
        plaintext: randomBytes(256),
        encryption_context: { purpose: 'benchmark' },
      }),
    }),
    load: { core, connections: 4, streams: 50, calls: 60_000 },
  },
  batch: {
    title: 'BatchEncrypt of 1000 × 256 B: CPU time of the server',
    request: (key_id: string) => ({
      method: crypto.BatchEncrypt.path,
      message: crypto.BatchEncrypt.requestSerialize({ key_id, plaintexts: Array.from({ length: 1000 }, () => randomBytes(256)) }),
    }),
    load: { core, connections: 2, streams: 2, calls: 3_000 },
  },
};

process.exitCode = await main(process.argv.slice(2));

async function main([what = '', file]: readonly string[]): Promise<number> {
  if (!(what === 'unary' || what === 'batch') || file === undefined) {
    process.stderr.write(usage);
    return 2;
  }
  const { title, request, load } = loads[what];
  const { cpu, node, date } = machine();
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-flame-graph-'));
  try {
    const samples = join(directory, 'perf.data');
    const pid = await withServer(
      async ({ latchkey, server }) => {
        const { method, message } = request(await newKey(latchkey));
        const body = join(directory, 'request');
        await writeFile(body, grpcFrame(message));
        await record(server.pid, samples, () => offerLoad({ body, address: server.address, token: server.token, method }, load));
        return server.pid;
      },
      { nodeOptions: ['--perf-basic-prof'] },
    );
    const stacks = await readStacks(pid, samples);
    await writeFile(
      file,
      flamePicture(callTree(stacks, dirname(import.meta.dirname)), {
        title,
        subtitle: `${cpu}, Node ${node}, ${date.slice(0, 10)}`,
      }),
    );
    return 0;
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Samples the stacks of a process during the second time that work is done. */
async function record(pid: number, file: string, work: () => Promise<unknown>): Promise<void> {
  await work();
  const options = ['-e', 'cpu-clock', '-F', '4000', '-g', '-p', String(pid), '-o', file];
  const perf = spawn('perf', ['record', ...options], { stdio: 'ignore' });
  const ended = once(perf, 'exit');
  // Until it samples.
  await delay(500);
  await work();
  perf.kill('SIGINT');
  await ended;
}

/** The samples as text, with the names that V8 left for perf, which are removed. */
async function readStacks(pid: number, file: string): Promise<string> {
  const map = `/tmp/perf-${pid}.map`;
  await writeFile(map, withoutReplaced(await readFile(map, 'utf8')));
  try {
    const fields = ['script', '-i', file, '-F', 'comm,ip,sym,dso'];
    const { stdout } = await promisify(execFile)('perf', fields, { maxBuffer: 2 ** 30 });
    return stdout;
  } finally {
    await rm(map);
  }
}
