import type { SegmentDocument, SegmentPart, SubsegmentDocument } from "@tollgate/telemetry";
import { durationOf, partsOf, rounded, type Trace } from "./trace.ts";
import { type ServiceId, serviceOf } from "./trace-summary.ts";

/** Statistics counts calls by their outcome (X-Ray API reference, ServiceStatistics). */
class Statistics {
  #ok = 0;
  #throttles = 0;
  #errors = 0;
  #faults = 0;
  #total = 0;
  #seconds = 0;
  readonly #histogram = new Map<number, number>();

  add(part: SegmentPart): void {
    this.#total++;
    if (part.fault) this.#faults++;
    else if (part.throttle) this.#throttles++;
    else if (part.error) this.#errors++;
    else this.#ok++;
    const seconds = durationOf(part) ?? 0;
    this.#seconds += seconds;
    const bucket = Math.round(seconds * 1_000) / 1_000;
    this.#histogram.set(bucket, (this.#histogram.get(bucket) ?? 0) + 1);
  }

  get summary() {
    return {
      OkCount: this.#ok,
      ErrorStatistics: {
        ThrottleCount: this.#throttles,
        OtherCount: this.#errors,
        TotalCount: this.#throttles + this.#errors,
      },
      FaultStatistics: { OtherCount: this.#faults, TotalCount: this.#faults },
      TotalCount: this.#total,
      TotalResponseTime: rounded(this.#seconds),
    };
  }

  get histogram() {
    return [...this.#histogram].sort(([a], [b]) => a - b).map(([Value, Count]) => ({ Value, Count }));
  }
}

interface Times {
  start: number;
  end: number;
}

class Edge {
  readonly statistics = new Statistics();
  readonly times: Times = { start: Number.POSITIVE_INFINITY, end: 0 };
}

/** Node is a service of the graph. */
class Node {
  readonly edges = new Map<Node, Edge>();
  readonly statistics = new Statistics();
  readonly times: Times = { start: Number.POSITIVE_INFINITY, end: 0 };
  isRoot = false;
  readonly id: number;
  readonly service: ServiceId;

  constructor(id: number, service: ServiceId) {
    this.id = id;
    this.service = service;
  }
}

function extend(times: Times, { start_time, end_time }: SegmentPart): void {
  times.start = Math.min(times.start, start_time);
  times.end = Math.max(times.end, end_time ?? start_time);
}

/** The service that a subsegment calls, where no segment of its own says so; undefined: it calls none. */
function calledBy({ name, namespace, aws }: SubsegmentDocument): ServiceId | undefined {
  const function_ = aws?.function_name as string | undefined;
  if (function_ !== undefined) return { Name: function_, Names: [function_], Type: "AWS::Lambda" };
  if (namespace === "aws") return { Name: name, Names: [name], Type: `AWS::${name}` };
  return namespace === "remote" ? { Name: name, Names: [name], Type: "remote" } : undefined;
}

/** Graph collects the services of traces, and who called whom. */
class Graph {
  readonly #nodes = new Map<string, Node>();

  node(service: ServiceId): Node {
    const key = `${service.Type ?? ""} ${service.Name}`;
    let node = this.#nodes.get(key);
    if (!node) this.#nodes.set(key, (node = new Node(this.#nodes.size, service)));
    return node;
  }

  call(from: Node, to: Node, part: SegmentPart): void {
    let edge = from.edges.get(to);
    if (!edge) from.edges.set(to, (edge = new Edge()));
    edge.statistics.add(part);
    extend(edge.times, part);
    extend(from.times, part);
  }

  add({ segments }: Trace): void {
    /** Whose part has an id. */
    const owners = new Map<string, SegmentDocument>();
    for (const { document } of segments) for (const { id } of partsOf(document)) owners.set(id, document);
    const continued = new Set(segments.flatMap(({ document: { parent_id } }) => parent_id ?? []));
    for (const { document } of segments) this.#addSegment(document, owners, continued);
  }

  #addSegment(
    document: SegmentDocument,
    owners: ReadonlyMap<string, SegmentDocument>,
    continued: ReadonlySet<string>,
  ): void {
    const node = this.node(serviceOf(document));
    node.statistics.add(document);
    extend(node.times, document);
    const caller = document.parent_id === undefined ? undefined : owners.get(document.parent_id);
    if (caller) this.call(this.node(serviceOf(caller)), node, document);
    else {
      node.isRoot = true;
      this.call(
        this.node({ Name: node.service.Name, Names: node.service.Names, Type: "client" }),
        node,
        document,
      );
    }
    for (const part of partsOf(document)) {
      if (part === document || continued.has(part.id)) continue;
      const called = calledBy(part);
      if (!called) continue;
      const target = this.node(called);
      target.statistics.add(part);
      extend(target.times, part);
      this.call(node, target, part);
    }
  }

  get services(): object[] {
    return [...this.#nodes.values()].map(({ id, service, isRoot, times, statistics, edges }) => ({
      ReferenceId: id,
      ...service,
      ...(isRoot ? { Root: true } : {}),
      State: service.Type === "client" || service.Type === "remote" ? "unknown" : "active",
      StartTime: times.start,
      EndTime: times.end,
      Edges: [...edges].map(([target, edge]) => ({
        ReferenceId: target.id,
        StartTime: edge.times.start,
        EndTime: edge.times.end,
        SummaryStatistics: edge.statistics.summary,
        ResponseTimeHistogram: edge.statistics.histogram,
        Aliases: [],
      })),
      ...(service.Type === "client"
        ? {}
        : {
            SummaryStatistics: statistics.summary,
            ResponseTimeHistogram: statistics.histogram,
            DurationHistogram: statistics.histogram,
          }),
    }));
  }
}

/** serviceGraphOf are the services of traces as X-Ray shows them. */
export function serviceGraphOf(traces: Iterable<Trace>): readonly object[] {
  const graph = new Graph();
  for (const trace of traces) graph.add(trace);
  return graph.services;
}
