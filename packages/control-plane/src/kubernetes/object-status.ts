import type { StatusProblem } from "./source.ts";

/** What of a list of problems a status has: objects of Kubernetes must stay small. */
const PROBLEMS_MAX = 50;
const MESSAGE_MAX = 1_024;

/** A condition as Kubernetes has them (metav1.Condition). */
export interface Condition {
  readonly type: "Applied" | "Ready" | "Stalled";
  readonly status: "True" | "False";
  readonly observedGeneration: number;
  readonly lastTransitionTime: string;
  /** A word for programs. */
  readonly reason: string;
  readonly message: string;
}

/** ObjectStatus is the status of a TollgateConfig, and in JSON an annotation of a ConfigMap or a Secret. */
export interface ObjectStatus {
  /** Generation that the rest is of; 0: the object has none, as ConfigMaps do. */
  readonly observedGeneration: number;
  /** Where an object has no generation, a digest of its data. */
  readonly observedDigest: string;
  readonly account: string;
  /** Revision of the config with its entities; 0: they were never stored. */
  readonly revision: number;
  readonly entities: number;
  /** How many nodes have that revision. */
  readonly nodes: { readonly applied: number; readonly total: number };
  readonly problems: readonly StatusProblem[];
  readonly conditions: readonly Condition[];
}

/** NodeProgress is how far a revision is on the nodes. */
export interface NodeProgress {
  readonly applied: number;
  readonly total: number;
  /** What nodes refuse of the entities of the object. */
  readonly refused: readonly StatusProblem[];
  /** Why it goes to no more nodes; undefined: it does. */
  readonly stopped: string | undefined;
}

/** Where an object is: what its conditions are made of. */
export type Outcome =
  | {
      readonly state: "applied";
      readonly notDeployed: readonly StatusProblem[];
      readonly progress: NodeProgress;
    }
  | { readonly state: "dry-run"; readonly message: string }
  /** `isFinal`: it stays so until somebody changes something. */
  | {
      readonly state: "refused";
      readonly reason: string;
      readonly message: string;
      readonly problems: readonly StatusProblem[];
      readonly isFinal: boolean;
    };

type Said = Pick<Condition, "status" | "reason" | "message">;

function readiness({ notDeployed, progress }: Outcome & { state: "applied" }): Said {
  const { applied, total, refused, stopped } = progress;
  if (notDeployed.length > 0)
    return {
      status: "False",
      reason: "NotDeployed",
      message: summary(notDeployed, "stored, but not deployed"),
    };
  if (refused.length > 0)
    return { status: "False", reason: "RefusedByNodes", message: summary(refused, "refused by nodes") };
  if (stopped !== undefined) return { status: "False", reason: "RolloutStopped", message: stopped };
  if (applied < total)
    return { status: "False", reason: "NodesPending", message: `${applied} of ${total} nodes have it` };
  return {
    status: "True",
    reason: "Applied",
    message: total === 0 ? "no node is connected" : `all ${total} nodes have it`,
  };
}

const summary = (problems: readonly StatusProblem[], what: string): string => {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  return `${what}: ${first?.path}: ${first?.message}${more}`;
};

/** What is said of a state, by condition; undefined: the condition is absent. */
function saidOf(outcome: Outcome): Readonly<Record<Condition["type"], Said | undefined>> {
  if (outcome.state === "applied") {
    const ready = readiness(outcome);
    const stalls = ready.reason === "NotDeployed" || ready.reason === "RolloutStopped";
    return {
      Applied: { status: "True", reason: "Stored", message: "" },
      Ready: ready,
      Stalled: stalls ? { ...ready, status: "True" } : undefined,
    };
  }
  if (outcome.state === "dry-run") {
    const said = { reason: "DryRun", message: outcome.message };
    return { Applied: { status: "False", ...said }, Ready: { status: "True", ...said }, Stalled: undefined };
  }
  const { reason, message, problems, isFinal } = outcome;
  const said = { reason, message: problems.length > 0 ? summary(problems, message) : message };
  return {
    Applied: { status: "False", ...said },
    Ready: { status: "False", ...said },
    Stalled: isFinal ? { status: "True", ...said } : undefined,
  };
}

const problemsOf = (outcome: Outcome): readonly StatusProblem[] => {
  if (outcome.state === "refused") return outcome.problems;
  return outcome.state === "applied" ? [...outcome.notDeployed, ...outcome.progress.refused] : [];
};

const cut = (text: string): string =>
  text.length > MESSAGE_MAX ? `${text.slice(0, MESSAGE_MAX - 1)}…` : text;

/** What of a status was before, and is not decided anew. */
export type StatusFacts = Pick<
  ObjectStatus,
  "observedGeneration" | "observedDigest" | "account" | "revision" | "entities"
>;

/**
 * statusOf is the status of an object. Programs that wait for objects, such as those of Argo CD and Flux, read its conditions by `observedGeneration` (kstatus):
 * Ready is True when all nodes have what was applied, and Stalled is there when nothing happens until somebody changes something.
 */
export function statusOf(
  facts: StatusFacts,
  outcome: Outcome,
  before: ObjectStatus | undefined,
  nowIso: string,
): ObjectStatus {
  const conditions = Object.entries(saidOf(outcome)).flatMap(([type, said]): Condition[] => {
    if (!said) return [];
    const old = before?.conditions?.find((one) => one.type === type);
    const lastTransitionTime = old?.status === said.status ? old.lastTransitionTime : nowIso;
    return [
      {
        type: type as Condition["type"],
        ...said,
        message: cut(said.message),
        observedGeneration: facts.observedGeneration,
        lastTransitionTime,
      },
    ];
  });
  const all = problemsOf(outcome);
  const problems = all
    .slice(0, PROBLEMS_MAX)
    .map(({ path, message }) => ({ path: cut(path), message: cut(message) }));
  if (all.length > PROBLEMS_MAX)
    problems.push({ path: "", message: `and ${all.length - PROBLEMS_MAX} more problems` });
  const { applied, total } =
    outcome.state === "applied" ? outcome.progress : (before?.nodes ?? { applied: 0, total: 0 });
  return { ...facts, nodes: { applied, total }, problems, conditions };
}
