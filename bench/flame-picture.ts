import type { CallTree, Kind } from './call-tree.ts';

/** A call tree as SVG: as wide as its share of the samples, callees upon their callers. What is too thin to see is left out. */
export function flamePicture(tree: CallTree, { title, subtitle }: { title: string; subtitle: string }): string {
  const scale = (width - 2 * margin) / tree.samples;
  const rows = depth(tree, tree.samples);
  const bottom = head + rows * rowHeight;
  const boxes: string[] = [];
  draw(tree, { left: 0, level: 0 });

  function draw(call: CallTree, at: { readonly left: number; readonly level: number }): void {
    boxes.push(box(call, { x: margin + at.left * scale, y: bottom - (at.level + 1) * rowHeight, total: tree.samples, scale }));
    let { left } = at;
    for (const callee of [...call.callees.values()].toSorted((a, b) => a.name.localeCompare(b.name))) {
      if (isSeen(callee, tree.samples)) draw(callee, { left, level: at.level + 1 });
      left += callee.samples;
    }
  }

  const legend = Object.entries(colours).map(([kind, colour], index) => {
    const x = margin + index * 140;
    return `<rect x="${x}" y="30" width="12" height="12" fill="${colour}"/><text x="${x + 16}" y="40">${kind}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${bottom + margin}" font-family="sans-serif" font-size="11">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${margin}" y="20" font-size="15">${escaped(title)}</text>`,
    `<text x="${width - margin}" y="20" text-anchor="end">${escaped(subtitle)}</text>`,
    ...legend,
    ...boxes,
    '</svg>',
    '',
  ].join('\n');
}

function box(call: CallTree, { x, y, total, scale }: { x: number; y: number; total: number; scale: number }): string {
  const across = call.samples * scale;
  const share = `${((100 * call.samples) / total).toFixed(1)} %`;
  const letters = Math.floor((across - 6) / letterWidth);
  const label = call.name.length <= letters ? call.name : letters >= fewestLetters ? `${call.name.slice(0, letters - 1)}…` : '';
  const text = label === '' ? '' : `<text x="${(x + 3).toFixed(1)}" y="${y + 12}">${escaped(label)}</text>`;
  const size = `x="${x.toFixed(1)}" y="${y}" width="${Math.max(across - 0.5, 0.3).toFixed(1)}" height="${rowHeight - 1}"`;
  return `<g><title>${escaped(call.name)}, ${share}</title><rect ${size} fill="${colours[call.kind]}"/>${text}</g>`;
}

function depth(call: CallTree, total: number): number {
  const callees = [...call.callees.values()].filter((callee) => isSeen(callee, total));
  return 1 + Math.max(0, ...callees.map((callee) => depth(callee, total)));
}

function isSeen(call: CallTree, total: number): boolean {
  return call.samples / total >= leastShare;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const width = 1200;
const margin = 10;
const head = 52;
const rowHeight = 17;
const letterWidth = 6.4;
const fewestLetters = 6;
const leastShare = 0.003;
const colours: Readonly<Record<Kind, string>> = {
  service: '#6cc070',
  addon: '#f4a259',
  OpenSSL: '#e76f6f',
  gRPC: '#5b9bd5',
  Node: '#d8dee4',
  V8: '#d3b8ea',
  'garbage collection': '#8d8d99',
  kernel: '#e3d39b',
};
