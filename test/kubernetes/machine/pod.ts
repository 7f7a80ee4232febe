import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ApiServer } from "./api.ts";
import { type RunningContainer, startContainer } from "./container.ts";
import { environmentOf } from "./environment.ts";
import type { Image } from "./image.ts";
import { MACHINE, type Network } from "./network.ts";
import { type Container, type Pod, refuseUnknown } from "./pod-spec.ts";
import { followProbe, httpGet } from "./probes.ts";
import type { Volumes } from "./volumes.ts";

const DEFAULT_GRACE_SECONDS = 30;
const FIRST_BACKOFF_SECONDS = 10;
const LAST_BACKOFF_SECONDS = 300;
const BY_SIGKILL = 137;

/** Machine is what its pods share. */
export interface Machine {
  readonly api: ApiServer;
  readonly folder: string;
  readonly network: Network;
  readonly volumes: Volumes;
  readonly imageOf: (name: string) => Image;
  /** What pods' machines always say of the API server. */
  readonly env: Readonly<Record<string, string>>;
  /** Is informed of what happens to containers. */
  readonly log: (line: string) => void;
}

interface State {
  readonly container: Container;
  running?: RunningContainer | undefined;
  isStarted: boolean;
  isReady: boolean;
  restarts: number;
  exitCode?: number | undefined;
}

const now = () => new Date().toISOString().replace(/\.\d+Z$/, "Z");

/** PodRunner runs the containers of one pod as a kubelet does, until the pod is deleted. */
export class PodRunner {
  readonly pod: Pod;
  readonly #machine: Machine;
  readonly #states: readonly State[];
  readonly #over = new AbortController();
  readonly #startedAt = now();
  #podIP = "";
  #places: Omit<Parameters<typeof startContainer>[3], "folder"> | undefined;
  #reports: Promise<unknown> = Promise.resolve();
  #problem: string | undefined;
  #isStopping = false;
  /** All that it has done so far, for the report of a failure. */
  readonly outputs = new Map<string, () => string>();

  constructor(machine: Machine, pod: Pod) {
    this.#machine = machine;
    this.pod = pod;
    this.#states = pod.spec.containers.map((container) => ({
      container,
      isStarted: false,
      isReady: false,
      restarts: 0,
    }));
  }

  get #name(): string {
    return this.pod.metadata.name;
  }

  async start(): Promise<void> {
    try {
      refuseUnknown(this.pod);
      const { network, volumes, folder } = this.#machine;
      this.#podIP = await network.addPod(this.#name);
      const own = join(folder, "pods", this.pod.metadata.uid);
      this.#places = {
        pod: this.#name,
        hostsFile: network.hostsFile(this.pod.metadata.namespace),
        volumes: await volumes.make(this.pod, own),
        security: this.pod.spec.securityContext ?? {},
      };
      for (const container of this.pod.spec.initContainers ?? []) {
        const { ended } = await this.#launch(container, 0);
        if ((await ended) !== 0) throw new Error(`init container ${container.name} failed`);
      }
      await Promise.all(this.#states.map((state) => this.#run(state)));
    } catch (error) {
      this.#problem = String(error);
      this.#machine.log(`${this.#name}: ${error}`);
    }
    this.#report();
  }

  async #launch(container: Container, attempt: number): Promise<RunningContainer> {
    const places = this.#places;
    if (!places) throw new Error("the pod has no place yet");
    const { api, folder, imageOf, env } = this.#machine;
    const own = join(folder, "pods", this.pod.metadata.uid, `${container.name}-${attempt}`);
    const variables = { ...env, ...(await environmentOf(api, this.pod, container, this.#podIP)) };
    const running = await startContainer(container, imageOf(container.image), variables, {
      ...places,
      folder: own,
    });
    this.outputs.set(container.name, running.process.output);
    return running;
  }

  /** Runs a container, again after its end if the pod says so. */
  async #run(state: State): Promise<void> {
    const { container } = state;
    const running = await this.#launch(container, state.restarts);
    state.running = running;
    state.exitCode = undefined;
    const probing = new AbortController();
    const over = AbortSignal.any([probing.signal, this.#over.signal]);
    this.#probe(state, over);
    void running.ended.then(async (code) => {
      probing.abort();
      state.exitCode = code;
      state.isReady = false;
      state.isStarted = false;
      this.#report();
      const policy = this.pod.spec.restartPolicy ?? "Always";
      if (this.#isStopping || policy === "Never" || (policy === "OnFailure" && code === 0)) return;
      this.#machine.log(
        `${this.#name}: ${container.name} ended with ${code}: ${running.process.output().slice(-2_000)}`,
      );
      const backoff = state.restarts === 0 ? 0 : FIRST_BACKOFF_SECONDS * 2 ** (state.restarts - 1);
      state.restarts++;
      await delay(Math.min(backoff, LAST_BACKOFF_SECONDS) * 1_000, undefined, { ref: false });
      if (!this.#isStopping) await this.#run(state);
    });
    this.#report();
  }

  /** First the startup probe, and once it is good the others. */
  #probe(state: State, over: AbortSignal): void {
    const { container } = state;
    const { startupProbe, readinessProbe, livenessProbe } = container;
    const follow = (probe: typeof startupProbe, changed: (isGood: boolean) => void, until = over) => {
      if (probe) void followProbe(container, this.#podIP, probe, until, changed);
    };
    const fail = (what: string) => {
      this.#machine.log(`${this.#name}: ${container.name} failed its ${what} probe and is started again`);
      state.running?.signal("SIGTERM");
    };
    const started = () => {
      state.isStarted = true;
      state.isReady = readinessProbe === undefined;
      this.#report();
      follow(readinessProbe, (isGood) => {
        state.isReady = isGood;
        this.#report();
      });
      follow(livenessProbe, (isGood) => isGood || fail("liveness"));
    };
    if (!startupProbe) return started();
    const once = new AbortController();
    follow(
      startupProbe,
      (isGood) => {
        once.abort();
        if (isGood) started();
        else fail("startup");
      },
      AbortSignal.any([over, once.signal]),
    );
  }

  /** Ends the containers: their hooks, SIGTERM, and SIGKILL when the grace period of the pod is over, which the hooks are part of. */
  async stop(
    graceSeconds = this.pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS,
  ): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    const { namespace, uid } = this.pod.metadata;
    await Promise.all(this.#states.map((state) => this.#stopOne(state, graceSeconds)));
    this.#over.abort();
    if (this.#podIP) await this.#machine.network.removePod(this.#name);
    await this.#reports;
    const path = `/api/v1/namespaces/${namespace}/pods/${this.#name}`;
    await this.#machine.api
      .remove(path, { gracePeriodSeconds: 0, preconditions: { uid } })
      .catch((error: unknown) => this.#machine.log(String(error)));
  }

  async #stopOne({ container, running }: State, graceSeconds: number): Promise<void> {
    if (!running) return;
    const deadline = performance.now() + graceSeconds * 1_000;
    const isLate = Symbol("late");
    const rest = () => delay(Math.max(0, deadline - performance.now()), isLate, { ref: false });
    await Promise.race([this.#preStop(container, running), rest()]);
    running.signal("SIGTERM");
    const result = await Promise.race([running.ended, rest()]);
    if (result !== isLate) return;
    this.#machine.log(`${this.#name}: ${container.name} did not end within ${graceSeconds} s: it is killed`);
    running.signal("SIGKILL");
    await running.ended;
  }

  async #preStop({ lifecycle, ...container }: Container, running: RunningContainer): Promise<void> {
    const { exec, sleep, httpGet: get } = lifecycle?.preStop ?? {};
    try {
      if (exec) await running.exec(exec.command);
      if (sleep) await delay(sleep.seconds * 1_000);
      if (get) await httpGet(container, this.#podIP, get, this.#over.signal);
    } catch (error) {
      this.#machine.log(`${this.#name}: its hook before the stop failed: ${error}`);
    }
  }

  #phase(): string {
    if (this.#problem !== undefined) return "Failed";
    if (
      this.#states.every(({ exitCode }) => exitCode !== undefined) &&
      this.pod.spec.restartPolicy !== "Always"
    )
      return this.#states.every(({ exitCode }) => exitCode === 0) ? "Succeeded" : "Failed";
    return this.#states.some(({ running }) => running) ? "Running" : "Pending";
  }

  #report(): void {
    const { name, namespace } = this.pod.metadata;
    const isReady = this.#states.every((state) => state.isReady);
    const condition = (type: string, isTrue: boolean) => ({
      type,
      status: isTrue ? "True" : "False",
      lastTransitionTime: now(),
    });
    const status = {
      phase: this.#phase(),
      ...(this.#problem === undefined ? {} : { reason: "Failed", message: this.#problem }),
      hostIP: MACHINE,
      podIP: this.#podIP,
      podIPs: this.#podIP ? [{ ip: this.#podIP }] : [],
      startTime: this.#startedAt,
      conditions: [
        condition("PodScheduled", true),
        condition("Initialized", true),
        condition("ContainersReady", isReady),
        condition("Ready", isReady),
      ],
      containerStatuses: this.#states.map((state) => ({
        name: state.container.name,
        image: state.container.image,
        imageID: state.container.image,
        ready: state.isReady,
        started: state.isStarted,
        restartCount: state.restarts,
        state:
          state.exitCode === undefined
            ? { running: { startedAt: this.#startedAt }, terminated: null }
            : {
                running: null,
                terminated: {
                  exitCode: state.exitCode,
                  reason: state.exitCode === BY_SIGKILL ? "Error" : "Completed",
                  startedAt: this.#startedAt,
                  finishedAt: now(),
                },
              },
      })),
    };
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/status`;
    this.#reports = this.#reports
      .then(() => this.#machine.api.change(path, { status }))
      .catch((error: unknown) => {
        if (!this.#isStopping) this.#machine.log(String(error));
      });
  }
}
