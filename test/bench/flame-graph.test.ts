import { expect, it } from 'vitest';
import { type CallTree, callTree } from '../../bench/call-tree.ts';
import { flamePicture } from '../../bench/flame-picture.ts';
import { withoutReplaced } from '../../bench/perf-map.ts';

const samples = `
MainThread 
\t          5dae1e latchkey::crypto::(anonymous namespace)::Seal(unsigned char const*, int) [clone .isra.0] (/here/build/Release/latchkey.node)
\t          38f0e1 JS:*'encrypt file:///here/src/crypto/crypto-calls.ts:62:10 (/tmp/perf-1.map)
\t         16346ea Builtins_InterpreterEntryTrampoline (/usr/bin/node)
\t          92e429 node::MakeCallback(v8::Isolate*) (/usr/bin/node)

MainThread 
\t          28f0e1 JS:+sendMessage /here/node_modules/@grpc/grpc-js/build/src/server.js:3:1 (/tmp/perf-1.map)
\t          92e429 node::MakeCallback(v8::Isolate*) (/usr/bin/node)

V8Worker 
\t           98f0e v8::internal::Scavenger::Process(v8::JobDelegate*) (/usr/bin/node)
\t               0 [unknown] ([unknown])

latchkey-batch 
\tffffffff813a2413 finish_task_switch.isra.0 ([kernel.kallsyms])
`;

it('joins samples by their callers, without how V8 gets into JavaScript, arguments and paths', () => {
  expect(flat(callTree(samples, '/here'))).toEqual([
    '4 Node all threads of the server',
    ' 2 Node main thread',
    '  2 Node node::MakeCallback',
    '   1 service encrypt src/crypto/crypto-calls.ts',
    '    1 addon latchkey::crypto::Seal',
    '   1 gRPC sendMessage @grpc/grpc-js/build/src/server.js',
    ' 1 Node threads V8Worker',
    '  1 garbage collection v8::internal::Scavenger::Process',
    ' 1 addon threads latchkey-batch',
    '  1 kernel finish_task_switch',
  ]);
});

it('draws each as wide as its share, with its name as text that is no markup', () => {
  const tree: CallTree = { name: 'all', kind: 'Node', samples: 0, callees: new Map() };
  tree.samples = 100;
  tree.callees.set('a', { name: 'operator<', kind: 'V8', samples: 50, callees: new Map() });
  tree.callees.set('b', { name: 'rare', kind: 'V8', samples: 0.1, callees: new Map() });
  const picture = flamePicture(tree, { title: 'R&D', subtitle: 'today' });
  expect(picture).toContain('<title>all, 100.0 %</title><rect x="10.0" y="69" width="1179.5"');
  expect(picture).toContain('<title>operator&lt;, 50.0 %</title><rect x="10.0" y="52" width="589.5"');
  expect(picture).toContain('R&amp;D');
  expect(picture).toContain('today');
  expect(picture).not.toContain('rare');
});

it('takes the newest of the functions that were at one place', () => {
  const map = ['100 10 old', '10c 10 across', '200 10 other', '108 8 new', '110 4 beside', ''].join('\n');
  expect(withoutReplaced(map).split('\n')).toEqual(['108 8 new', '110 4 beside', '200 10 other', '']);
});

function flat(tree: CallTree, depth = 0): string[] {
  const line = `${' '.repeat(depth)}${tree.samples} ${tree.kind} ${tree.name}`;
  return [line, ...[...tree.callees.values()].flatMap((callee) => flat(callee, depth + 1))];
}
