#!/usr/bin/env node
import { requireNode } from '../node-version.ts';

// The rest is imported afterwards: an older Node could not even link it.
requireNode();
const { runCommandLine } = await import('./run-command-line.ts');
await runCommandLine();
