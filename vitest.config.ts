import { defineConfig } from 'vitest/config';

const slow = process.env['LATCHKEY_TEST_SLOW'] === '1';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: slow ? [] : ['**/*.slow.test.ts'],
    // The addon keeps its key table per process: a process each, so that no file sees another's keys.
    pool: 'forks',
    maxWorkers: 2,
    watch: false,
    // Many tests start processes, on machines that may be busy: the bound is there for what hangs.
    testTimeout: slow ? 600_000 : 120_000,
    hookTimeout: 60_000,
    // A test that is left in `only` hides the others.
    allowOnly: false,
  },
});
