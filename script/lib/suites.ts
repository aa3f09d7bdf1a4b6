import { globSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Counts, countClosingLine, countJunit } from './counts.ts';

/** Commands that run in order until one fails. */
export interface Suite {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Where the last step's runner writes what it counted; without one the whole suite counts as one test. */
  readonly report?: Report;
  /** Ended, and failed, after so many minutes. */
  readonly minutes: number;
}

export interface Report {
  /** Glob pattern. */
  readonly files: string;
  readonly count: (text: string) => Counts;
}

export interface Step {
  readonly command: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** File that takes the standard output, too. */
  readonly stdout?: string;
}

/** What `script/test` was asked for. With `filters`, only the TypeScript tests run. */
export function suites(options: {
  readonly slow: boolean;
  readonly polyglot: boolean;
  readonly filters: readonly string[];
}): Suite[] {
  const typescript = typescriptSuite(options.filters, options.slow);
  if (options.filters.length > 0) return [build, typescript];
  return [
    build,
    ...checks(),
    typescript,
    ...nativeSuites(options.slow),
    pythonSuite(options.slow),
    ...(options.polyglot ? polyglotSuites() : []),
  ];
}

/** The addon is compiled with warnings as errors, here as everywhere. */
const build: Suite = check('build', 'script/setup', '--test');

function checks(): Suite[] {
  return [
    check('types', ...npmRun('check')),
    check('lint', ...npmRun('lint')),
    check('lint of shell scripts', ...npmRun('lint:shell')),
    check('format', ...npmRun('format:check')),
    check('format of C++', ...npmRun('format:check:native')),
    check('unused code', ...npmRun('knip')),
    check('proto: lint', ...npmRun('proto:lint')),
    check('proto: breaking changes', ...npmRun('proto:breaking')),
  ];
}

function typescriptSuite(filters: readonly string[], slow: boolean): Suite {
  const report = 'build/reports/vitest.xml';
  return {
    name: 'TypeScript tests',
    steps: [
      {
        command: ['vitest', 'run', '--reporter=default', '--reporter=junit', `--outputFile.junit=${report}`, ...filters],
        env: { LATCHKEY_TEST_SLOW: slow ? '1' : '0' },
      },
    ],
    report: { files: report, count: countJunit },
    minutes: slow ? 60 : 20,
  };
}

/** Standalone C++ under AddressSanitizer and UndefinedBehaviorSanitizer, by clang because of libFuzzer. */
function nativeSuites(slow: boolean): Suite[] {
  const folder = 'build/native-tests';
  const report = 'build/reports/native.xml';
  return [
    {
      name: 'native tests',
      steps: [
        { command: ['cmake', '-S', '.', '-B', folder, '-DLATCHKEY_TESTS=ON', '-DCMAKE_BUILD_TYPE=None'], env: { CXX: 'clang++' } },
        { command: ['cmake', '--build', folder, '--parallel', '2'] },
        { command: [`${folder}/latchkey_native_tests`, '--gtest_brief=1', `--gtest_output=xml:${report}`] },
      ],
      report: { files: report, count: countJunit },
      minutes: 15,
    },
    threadStress(slow),
    selfCounting('fuzz smoke', 'script/fuzz-smoke'),
    check(
      'request parser beside upb',
      'python3',
      'test/fuzz/differential.py',
      `${folder}/parse_request`,
      '--count',
      slow ? '200000' : '20000',
    ),
    check('lint of C++', ...npmRun('lint:native')),
  ];
}

/** Standalone C++ under ThreadSanitizer, which ends it at the first race. */
function threadStress(slow: boolean): Suite {
  const folder = 'build/native-tsan';
  return {
    name: 'threads under stress',
    steps: [
      {
        command: ['cmake', '-S', '.', '-B', folder, '-DLATCHKEY_THREAD_SANITIZER=ON', '-DCMAKE_BUILD_TYPE=None'],
        env: { CXX: 'clang++' },
      },
      { command: ['cmake', '--build', folder, '--parallel', '2'] },
      { command: [`${folder}/batch_pool_stress`, slow ? '60' : '3'], env: { TSAN_OPTIONS: 'halt_on_error=1' } },
    ],
    minutes: 5,
  };
}

function pythonSuite(slow: boolean): Suite {
  const report = 'build/reports/python.xml';
  return {
    name: 'Python tests',
    steps: [
      {
        command: ['python3', '-m', 'pytest', 'test/python', `--junitxml=${report}`],
        env: { LATCHKEY_TEST_SLOW: slow ? '1' : '0' },
      },
    ],
    report: { files: report, count: countJunit },
    minutes: 10,
  };
}

/** Clients in other languages, each where its toolchain is installed. */
function polyglotSuites(): Suite[] {
  const clients = [
    { language: 'Go', tool: 'go', run: 'test/polyglot/go/run' },
    { language: 'Java', tool: 'mvn', run: 'test/polyglot/java/run' },
  ];
  const suitesOfClients = clients
    .filter(({ tool }) => isInstalled(tool))
    .map(({ language, run }) => selfCounting(`${language} client`, run));
  return isInstalled('go') ? [...suitesOfClients, check('Go example', 'node', 'test/docs/run-go-example.ts')] : suitesOfClients;
}

/** A script whose last line is `N passed, N failed`. */
function selfCounting(name: string, script: string): Suite {
  const report = `build/reports/${name.replaceAll(' ', '-')}.txt`;
  return { name, steps: [{ command: [script], stdout: report }], report: { files: report, count: countClosingLine }, minutes: 15 };
}

function check(name: string, ...command: Step['command']): Suite {
  return { name, steps: [{ command }], minutes: 15 };
}

function npmRun(script: string): Step['command'] {
  return ['npm', 'run', '--silent', script];
}

function isInstalled(program: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.some((folder) => globSync(join(folder, program)).length > 0);
}
