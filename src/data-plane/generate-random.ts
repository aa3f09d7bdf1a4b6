import type { DataPlaneCall } from './data-plane.ts';

export function generateRandom({ request, plane, caller }: DataPlaneCall): Buffer {
  const parsed = plane.calls.parse('GenerateRandom', request);
  caller.permission.onAccount('kms:GenerateRandom');
  return plane.calls.generateRandom(request, parsed);
}
