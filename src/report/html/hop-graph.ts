import type { Hop, HopEnd } from '../../trace/tracks.ts';

/** A machine of the graph. */
export interface Node {
  readonly key: string;
  readonly name: string;
  /** What stands under the name: the address, where both are known. */
  readonly address: string;
  readonly outside: boolean;
  readonly logs: boolean;
  /** The first hop that led here. */
  readonly by: Hop | null;
  /** Further hops that led here. */
  more: number;
  readonly layer: number;
  /** Left upper corner, in units of the drawing. */
  x: number;
  y: number;
}

/** Logins from one machine to another. */
export interface Edge {
  readonly from: Node;
  readonly to: Node;
  readonly sure: Hop['confidence'];
}

/** Machines in layers from left to right, the way in first. */
export interface Graph {
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
  readonly width: number;
  readonly height: number;
  /** Machines beyond those that are drawn. */
  readonly left: number;
}

export const NODE = { width: 204, height: 78 } as const;
const GAP = { x: 76, y: 22 } as const;
const EDGE = 10;
const MAX_NODES = 40;

const keyOf = ({ host, address }: HopEnd): string => (host === '' ? `address ${address}` : `host ${host}`);

/** Lays hops out: each machine once, in the layer after the one from which it was first entered. */
export function layOut(hops: readonly Hop[]): Graph {
  const nodes = new Map<string, Node>();
  const edges = new Map<string, Edge>();
  const left = new Set<string>();
  const order = [...hops].sort((a, b) => a.chain - b.chain || a.depth - b.depth);
  const place = (end: HopEnd, layer: number, by: Hop | null): Node | null => {
    const key = keyOf(end);
    const known = nodes.get(key);
    if (known) {
      if (by) known.more += 1;
      return known;
    }
    if (nodes.size >= MAX_NODES) {
      left.add(key);
      return null;
    }
    const outside = by === null && end.host === '' && !end.logs;
    const address = end.host === '' ? '' : end.address;
    const node: Node = {
      key,
      name: end.host || end.address,
      address,
      outside,
      logs: end.logs,
      by,
      more: 0,
      layer,
      x: 0,
      y: 0,
    };
    nodes.set(key, node);
    return node;
  };
  for (const hop of order) {
    const from = place(hop.from, Math.max(0, hop.depth - 1), null);
    const to = place(hop.to, (from?.layer ?? hop.depth - 1) + 1, hop);
    const key = `${from?.key}\n${to?.key}`;
    if (from && to && from !== to && !edges.has(key)) edges.set(key, { from, to, sure: hop.confidence });
  }
  return { ...spread([...nodes.values()]), edges: [...edges.values()], left: left.size };
}

/** Gives each node its place: layers as columns, centred on the tallest. */
function spread(nodes: readonly Node[]): Pick<Graph, 'nodes' | 'width' | 'height'> {
  const layers = [...new Set(nodes.map(({ layer }) => layer))].sort((a, b) => a - b);
  const most = Math.max(1, ...layers.map((layer) => nodes.filter((node) => node.layer === layer).length));
  const height = most * (NODE.height + GAP.y) - GAP.y;
  for (const [column, layer] of layers.entries()) {
    const some = nodes.filter((node) => node.layer === layer);
    const top = (height - (some.length * (NODE.height + GAP.y) - GAP.y)) / 2;
    for (const [row, node] of some.entries()) {
      node.x = EDGE + column * (NODE.width + GAP.x);
      node.y = EDGE + top + row * (NODE.height + GAP.y);
    }
  }
  const width = Math.max(1, layers.length) * (NODE.width + GAP.x) - GAP.x;
  return { nodes, width: width + 2 * EDGE, height: height + 2 * EDGE };
}
