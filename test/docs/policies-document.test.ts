import { testDocument } from './run-document.ts';

testDocument('docs/POLICIES.md');
