import { testDocument } from './run-document.ts';

testDocument('docs/IMPORT.md');
