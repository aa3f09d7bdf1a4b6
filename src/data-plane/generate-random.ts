import type { DataPlane } from './data-plane.ts';

export function generateRandom(request: Buffer, { calls }: DataPlane): Buffer {
  return calls.generateRandom(request, calls.parse('GenerateRandom', request));
}
