import { requireNode } from './node-version.ts';

// The rest is imported afterwards: an older Node could not even link it, and the addon would end the process.
requireNode();
const { serve } = await import('./serve.ts');
await serve(process.argv.slice(2));
