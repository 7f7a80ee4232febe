import type { NodeCondition, NodeStatus, RefusedPart } from "@tollgate/config-stream";
import { TXN_MAX_BYTES } from "../store/etcd-keys.ts";
import type { PlaneReport, ReportedNode } from "./node-store.ts";

/** What the other control planes get of a refusal. */
const REFUSED_MAX = 20;
/** Lengths to which texts are cut, one after another, until the parts of a node fit. */
const TEXT_LENGTHS = [200, 50] as const;
const CONDITION_LENGTH = 300;
const CONCERNS_MAX = 5;

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** toPlaneReport reports the nodes of a control plane. A node that refused something is always reported so, with less of it if there is much. */
export function toPlaneReport(plane: string, statuses: readonly NodeStatus[]): PlaneReport {
  const nodes: Record<string, ReportedNode> = {};
  for (const status of statuses) {
    const { nodeId, bootId, appliedVersion, publishedVersion, lastSeenUnixMs, refused, health, condition } =
      status;
    nodes[nodeId] = {
      bootId,
      appliedVersion,
      publishedVersion,
      lastSeenUnixMs,
      refused: refused.slice(0, REFUSED_MAX),
      health,
      condition: condition && shortened(condition),
    };
  }
  const report: PlaneReport = { plane, nodes };
  return bytesOf(report) <= TXN_MAX_BYTES ? report : withLess(report);
}

/** What the rest of the report leaves is divided among the nodes that refused something. */
function withLess({ plane, nodes }: PlaneReport): PlaneReport {
  const all = Object.entries(nodes);
  const bare = bytesOf({ plane, nodes: Object.fromEntries(all.map(([id, node]) => [id, without(node)])) });
  const count = all.filter(([, { refused }]) => refused.length > 0).length;
  const share = Math.floor((TXN_MAX_BYTES - bare) / count);
  const less = all.map(
    ([id, node]) => [id, { ...without(node), refused: fit(node.refused, share) }] as const,
  );
  return { plane, nodes: Object.fromEntries(less) };
}

/** Error messages of servers that a node cannot reach may have any length. */
const shortened = ({ notReady, concerns }: NodeCondition): NodeCondition => ({
  notReady: cut(notReady, CONDITION_LENGTH),
  concerns: concerns.slice(0, CONCERNS_MAX).map((concern) => cut(concern, CONDITION_LENGTH)),
});

const without = ({ condition, ...node }: ReportedNode): ReportedNode => ({
  ...node,
  condition: condition && { notReady: cut(condition.notReady, TEXT_LENGTHS[1]), concerns: [] },
  refused: [],
});

function fit(refused: readonly RefusedPart[], bytes: number): readonly RefusedPart[] {
  if (bytesOf(refused) <= bytes) return refused;
  let parts = refused;
  for (const length of TEXT_LENGTHS) {
    parts = refused.map(({ name, code, path, message }) => ({
      name,
      code,
      path: cut(path, length),
      params: {},
      message: cut(message, length),
    }));
    if (bytesOf(parts) <= bytes) return parts;
  }
  let left = bytes;
  return parts.filter((part, i) => {
    left -= bytesOf(part) + 1;
    return i === 0 || left > 0;
  });
}

const cut = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length)}…` : text;
