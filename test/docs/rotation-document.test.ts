import { testDocument } from './run-document.ts';

testDocument('docs/ROTATION.md');
