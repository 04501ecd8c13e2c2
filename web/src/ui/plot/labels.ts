// Labels at the ends of lines, shifted so that none covers another.
export interface Label {
  y: number;
}

// Moves labels apart by `gap`, as little as may be, within top and bottom; their order stays.
export function spread<T extends Label>(labels: readonly T[], gap: number, top: number, bottom: number): T[] {
  const list = labels.map((l) => ({ ...l })).sort((a, b) => a.y - b.y);
  const room = list.length > 1 ? Math.min(gap, (bottom - top) / (list.length - 1)) : gap;
  // Neighbours that are too near become one block around their middle; blocks that meet become one.
  const blocks: { from: number; count: number; centre: number }[] = [];
  list.forEach((label, i) => {
    let block = { from: i, count: 1, centre: label.y };
    for (let last = blocks.at(-1); last; last = blocks.at(-1)) {
      const apart = block.centre - last.centre;
      if (apart >= (room * (block.count + last.count)) / 2) break;
      blocks.pop();
      block = { from: last.from, count: last.count + block.count, centre: (last.centre * last.count + block.centre * block.count) / (last.count + block.count) };
    }
    const half = (room * (block.count - 1)) / 2;
    block.centre = Math.min(Math.max(block.centre, top + half), Math.max(top + half, bottom - half));
    blocks.push(block);
  });
  for (const block of blocks) for (let i = 0; i < block.count; i++) list[block.from + i]!.y = block.centre + (i - (block.count - 1) / 2) * room;
  for (let i = list.length - 1, floor = bottom; i >= 0; i--, floor -= room) list[i]!.y = Math.min(list[i]!.y, floor);
  return list;
}
