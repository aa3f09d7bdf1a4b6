/** What a sample was doing, from the outermost caller inwards. */
export interface Frame {
  readonly name: string;
  readonly kind: Kind;
}

export type Kind = 'service' | 'addon' | 'OpenSSL' | 'gRPC' | 'Node' | 'V8' | 'garbage collection' | 'kernel';

export interface CallTree extends Frame {
  /** In how many samples it was, itself or what it called. */
  samples: number;
  readonly callees: Map<string, CallTree>;
}

/** Joins the samples of `perf script -F comm,ip,sym,dso` that have one beginning. `root` is the folder of the sources. */
export function callTree(samples: string, root: string): CallTree {
  const tree: CallTree = { name: 'all threads of the server', kind: 'Node', samples: 0, callees: new Map() };
  for (const sample of samples.split('\n\n')) {
    const [thread, ...lines] = sample.trim().split('\n');
    if (thread === undefined || lines.length === 0) continue;
    const frames = lines.map((line) => frameOf(line, root)).filter((frame) => frame !== undefined);
    add(tree, [threadFrame(thread.trim()), ...frames.toReversed()]);
  }
  return tree;
}

function add(tree: CallTree, frames: readonly Frame[]): void {
  let at = tree;
  at.samples += 1;
  for (const frame of frames) {
    // A function that calls itself, or another instruction of the same.
    if (frame.name === at.name) continue;
    const next = at.callees.get(frame.name) ?? { ...frame, samples: 0, callees: new Map() };
    at.callees.set(frame.name, next);
    next.samples += 1;
    at = next;
  }
}

function threadFrame(name: string): Frame {
  if (name.startsWith('latchkey')) return { name: `threads ${name}`, kind: 'addon' };
  return { name: name === 'MainThread' || name === 'node' ? 'main thread' : `threads ${name}`, kind: 'Node' };
}

/** `undefined` for what is only on the way: how V8 enters JavaScript, and what has no name. */
function frameOf(line: string, root: string): Frame | undefined {
  const [, symbol = '', binary = ''] = /^\s*[0-9a-f]+ (.*) \(([^()]*|\[[^\]]*\])\)$/.exec(line) ?? [];
  if (symbol === '' || symbol === '[unknown]' || passages.test(symbol)) return undefined;
  const script = /^JS:[*'+^~]*(\S*) (\S+?)(:\d+)+$/.exec(symbol);
  if (script !== null) return scriptFrame(script[1] ?? '', script[2] ?? '', root);
  // Without arguments, template arguments and what the compiler made of a part of it.
  const name = symbol
    .replace(/\(anonymous namespace\)::/g, '')
    .replace(/(?<!operator)[(<[{].*$|\.(isra|part|constprop|cold)\..*$/, '');
  return { name, kind: nativeKind(symbol, binary) };
}

function scriptFrame(name: string, location: string, root: string): Frame {
  const file = location
    .replace(/^file:\/\//, '')
    .replace(`${root}/`, '')
    .replace(/^node_modules\//, '');
  const kind = file.startsWith('src/') || file.startsWith('bench/') ? 'service' : file.startsWith('node:') ? 'Node' : 'gRPC';
  return { name: `${name || '(anonymous)'} ${file}`, kind };
}

function nativeKind(symbol: string, binary: string): Kind {
  if (binary.startsWith('[')) return 'kernel';
  if (symbol.startsWith('latchkey::') || binary.endsWith('.node')) return 'addon';
  if (openSsl.test(symbol) || binary.includes('libcrypto')) return 'OpenSSL';
  if (garbage.test(symbol)) return 'garbage collection';
  return symbol.startsWith('v8::') || symbol.startsWith('Builtins_') ? 'V8' : 'Node';
}

const passages =
  /^(Builtins_(JSEntry|JSEntryTrampoline|CEntry\w*|InterpreterEntryTrampoline|Call\w*|InterpreterPushArgs\w*|HandleApiCallOrConstruct)|v8::internal::(\(anonymous namespace\)::)?(Invoke|Execution::Call|Builtin_HandleApiCall|Builtins::InvokeApiFunction)|v8::Function::Call|_start|__libc_start\w*|node::(Start|NodeMainInstance::Run|SpinEventLoopInternal))\b/;
const openSsl = /^(aesni|aes_|gcm_|ossl_|EVP_|evp_|CRYPTO_|OPENSSL_|rand_|RAND_|cipher_)/;
const garbage = /v8::internal::.*(Scaveng|Mark|Sweep|Heap::(Collect|Perform)|GarbageCollect|GCTracer|MinorGC)|cppgc/;
