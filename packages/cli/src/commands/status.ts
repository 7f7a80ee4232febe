import type { Command } from "commander";
import type { Dependency, GetStatusResponse, Node, Rollout } from "@tollgate/proto/control";
import { HealthCheckResponse_ServingStatus as Serving } from "@tollgate/proto/health";
import { certificateParts } from "../certificate-parts.ts";
import { EXIT, print, printTable, toJson } from "../output.ts";
import { globalsOf, openSession, type Session } from "../session.ts";
import { VERSION } from "../version.ts";
import { allEntities } from "./get.ts";

/** Part is one process, or what it depends on. */
export interface Part {
  readonly process: string;
  readonly state: string;
  readonly version: string;
  readonly revision: bigint | string;
  /** What is wrong, and what to do. */
  readonly problem: string;
}

const reasonOf = (error: unknown): string =>
  (error as { details?: string }).details || (error as Error).message || String(error);

const unreachable = (process: string, address: string, error: unknown, remedy: string): Part => ({
  process,
  state: "unreachable",
  version: "",
  revision: "",
  problem: `${address}: ${reasonOf(error)}: ${remedy}`,
});

/** controlPlanePart describes the control plane that responded. */
export const controlPlanePart = (status: GetStatusResponse): Part => ({
  process: `control plane ${status.controlPlane}`,
  state: status.storeOutage === "" ? "ready" : "read-only",
  version: status.softwareVersion,
  revision: status.revision,
  problem:
    status.storeOutage === ""
      ? ""
      : `changes are refused: ${status.storeOutage}: check etcd (TOLLGATE_ETCD) and the disk; nodes serve meanwhile`,
});

/** What is wrong with a node, and what to do. */
function nodeProblem(node: Node, rollout: Rollout | undefined): string {
  if (node.missingSinceTimeUnixMs > 0)
    return `it is not connected: start it, check that it reaches a control plane (TOLLGATE_CONTROL_PLANE), or run 'tollgate node forget ${node.id}'`;
  if (node.notReady !== "") return `it takes no calls: ${node.notReady}`;
  const [problem] = node.problems;
  if (problem)
    return `it refused ${problem.path}: ${problem.message}: it serves the last good version; mend the config, or roll the stage back`;
  if (node.appliedRevision < node.publishedRevision)
    return `revision ${node.publishedRevision} is not applied yet: ask again, or run 'tollgate wait ${node.publishedRevision}'`;
  if (rollout?.state === "stopped")
    return `the rollout of revision ${rollout.revision} was stopped: ${rollout.reason}`;
  return node.concerns.join("; ");
}

function stateOf(node: Node, problem: string): string {
  if (node.missingSinceTimeUnixMs > 0) return "missing";
  if (node.notReady !== "") return "not ready";
  if (problem === "") return "ready";
  return node.concerns.join("; ") === problem ? "degraded" : "behind";
}

/** nodePart describes a node. */
export const nodePart = (node: Node, rollout: Rollout | undefined): Part => {
  const problem = nodeProblem(node, rollout);
  return {
    process: `node ${node.id}`,
    state: stateOf(node, problem),
    version: node.softwareVersion,
    revision: node.appliedRevision,
    problem,
  };
};

/** dependencyParts describe what a process needs. */
export const dependencyParts = (dependencies: readonly Dependency[]): Part[] =>
  dependencies.map(({ name, outage, remedy }) => ({
    process: name,
    state: outage === "" ? "ready" : "unusable",
    version: "",
    revision: "",
    problem: outage === "" ? "" : `${outage}: ${remedy}`,
  }));

/** The other control planes, as far as the one that responded knows. */
export const otherControlPlanes = ({ controlPlane, controlPlanes }: GetStatusResponse): Part[] =>
  controlPlanes
    .filter((name) => name !== controlPlane)
    .map((name) => ({
      process: `control plane ${name}`,
      state: "alive",
      version: "",
      revision: "",
      problem: "",
    }));

const NO_NODES: Part = {
  process: "node",
  state: "none",
  version: "",
  revision: "",
  problem:
    "no node is connected, so no API is served: start one, with TOLLGATE_CONTROL_PLANE set to a control plane",
};

/** The certificates of an account that need somebody. */
async function certificatesOf(session: Session, accountId: string): Promise<Part[]> {
  const all = (kind: string) => allEntities(session, { accountId, kind, apiId: "" });
  const [domains, certificates, requests] = await Promise.all([
    all("DomainName"),
    all("Certificate"),
    all("CertificateRequest"),
  ]);
  return certificateParts({ domains, certificates, requests }, accountId, Date.now()).map(
    ({ id, state, problem }) => ({ process: `certificate ${id}`, state, version: "", revision: "", problem }),
  );
}

async function controlPlane(session: Session, endpoint: string, accountId: string): Promise<Part[]> {
  try {
    const [status, { nodes, rollout }, certificates] = await Promise.all([
      session.status.getStatus({}),
      session.nodes.listNodes({}),
      certificatesOf(session, accountId),
    ]);
    return [
      controlPlanePart(status),
      ...otherControlPlanes(status),
      ...dependencyParts(status.dependencies),
      ...(nodes.length === 0 ? [NO_NODES] : nodes.map((node) => nodePart(node, rollout))),
      ...certificates,
    ];
  } catch (error) {
    const remedy =
      "start it (npm start, or packages/control-plane), or name another with --endpoint or TOLLGATE_ENDPOINT";
    return [unreachable("control plane", endpoint, error, remedy)];
  }
}

async function metering(session: Session, endpoint: string): Promise<Part[]> {
  try {
    const [{ status }, { softwareVersion, dependencies }] = await Promise.all([
      session.meteringHealth.check({ service: "" }),
      session.meteringStatus.getMeteringStatus({}),
    ]);
    const isServing = status === Serving.SERVING;
    const self: Part = {
      process: "metering",
      state: isServing ? "ready" : "not ready",
      version: softwareVersion,
      revision: "",
      problem: isServing
        ? ""
        : "it does not count usage at the moment: see what it needs below; nodes keep what they count",
    };
    return [self, ...dependencyParts(dependencies)];
  } catch (error) {
    const remedy = "start it, or name another with --metering-endpoint or TOLLGATE_METERING_ENDPOINT";
    return [unreachable("metering", endpoint, error, remedy)];
  }
}

/** addStatus adds the commands that ask every process what it is and what is wrong with it. */
export function addStatus(program: Command): void {
  program
    .command("status")
    .description(
      "ask the control plane, its nodes and metering what is wrong, and which certificates of the account end soon; exit code 1 if anything is",
    )
    .action(async (_options: object, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const parts = [
        ...(await controlPlane(session, globals.endpoint, globals.account)),
        ...(await metering(session, globals.meteringEndpoint)),
      ];
      if (globals.output === "table") {
        printTable(
          parts.map((part) => ({ ...part })),
          ["process", "state", "version", "revision"],
        );
        for (const { process: name, problem } of parts) if (problem !== "") print(`\n${name}: ${problem}`);
      } else print(toJson(parts));
      if (parts.some(({ problem }) => problem !== "")) process.exitCode = EXIT.FAILED;
    });
  program
    .command("version")
    .description("print the version of this program, and of the control plane if it can be reached")
    .action(async (_options: object, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const server = await session.status.getStatus({}).then(
        ({ softwareVersion }) => softwareVersion,
        () => undefined,
      );
      if (globals.output !== "table") return print(toJson({ cli: VERSION, controlPlane: server }));
      return print(`tollgate ${VERSION}, control plane ${server ?? `not reached at ${globals.endpoint}`}`);
    });
}
