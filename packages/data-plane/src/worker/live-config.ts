import type {
  AccountConfig,
  CertificateConfig,
  ChallengesConfig,
  Chunk,
  DomainConfig,
  HttpStageManifest,
  StageManifest,
  UsagePlanConfig,
  WebSocketStageManifest,
} from "@tollgate/config";
import {
  factCatalogue,
  parseArtifactName,
  problemAt,
  usagePlanArtifactName,
  wafArtifactName,
} from "@tollgate/config/runtime";
import type { RefusedPart } from "@tollgate/config-stream";
import {
  compileHttpStage,
  compileRestStage,
  compileWebSocketStage,
  type DeployedStage,
  type Generation,
  type HttpCompileOutcome,
  type Ports,
  type RestCompileOutcome,
  type Router,
  type WebSocketCompileOutcome,
} from "@tollgate/pipeline";
import type { Challenges } from "../listener/challenges.ts";
import type { DomainContexts } from "../listener/domain-contexts.ts";
import { LiveCertificates } from "./live-certificates.ts";
import { LiveDomains, withApiId } from "./live-domains.ts";
import { LiveWebAcls } from "./live-web-acls.ts";
import type { WorkerArtifact } from "./protocol.ts";

interface ConfigUpdate {
  readonly version: number;
  readonly upserts: readonly WorkerArtifact[];
  readonly removals: readonly string[];
}

/** DeliveredStage is a stage of any protocol as it is delivered. */
type DeliveredStage = StageManifest | HttpStageManifest | WebSocketStageManifest;

const bytesOf = (content: Buffer | Uint8Array): string =>
  Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString();

/** Artifacts that say where calls lead, besides stages. */
const LEADS_TO_STAGES = new Set<string | undefined>(["domain", "account"]);

const facts = factCatalogue({
  ARTIFACT_UNREADABLE: ({ reason }: { reason: string }) => `cannot be read: ${reason}`,
  COMPILER_FAILED: ({ reason }: { reason: string }) => `cannot be compiled: ${reason}`,
});

/** LiveConfig compiles updates and makes them live in one assignment. An artifact that does not compile keeps its last good version. */
export class LiveConfig {
  readonly #router: Router;
  readonly #ports: Ports;
  readonly #manifests = new Map<string, DeliveredStage>();
  readonly #accounts = new Map<string, AccountConfig>();
  readonly #chunks = new Map<string, Buffer>();
  readonly #domains: LiveDomains;
  /** Stages by the names of their artifacts. */
  readonly #usagePlans = new Map<string, UsagePlanConfig>();
  readonly #live = new Map<string, DeployedStage>();
  readonly #webAcls: LiveWebAcls;
  readonly #certificates: LiveCertificates;
  readonly #challenges: Challenges;

  constructor(
    router: Router,
    { contexts, challenges }: { readonly contexts: DomainContexts; readonly challenges: Challenges },
    ports: Omit<Ports, "webAcl">,
  ) {
    this.#challenges = challenges;
    this.#certificates = new LiveCertificates(contexts);
    this.#domains = new LiveDomains(ports.region);
    this.#router = router;
    this.#webAcls = new LiveWebAcls(ports);
    this.#ports = { ...ports, webAcl: (accountId, id) => this.#webAcls.of(accountId, id) };
  }

  /** usagePlan is the current version of a plan. */
  usagePlan(accountId: string, id: string): UsagePlanConfig | undefined {
    return this.#usagePlans.get(usagePlanArtifactName(accountId, id));
  }

  #version = 0;

  /** Revision of the config that is live; 0: there is none yet. */
  get version(): number {
    return this.#version;
  }

  /** The stages that are live. */
  get stages(): Iterable<DeployedStage> {
    return this.#live.values();
  }

  #last: Promise<unknown> = Promise.resolve();

  /**
   * apply makes an update live as a whole and returns the parts that could not be used. Updates are applied in the order of their
   * arrival.
   */
  apply(update: ConfigUpdate): Promise<readonly RefusedPart[]> {
    const mine = this.#last.then(() => this.#applyNext(update));
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  async #applyNext({ version, upserts, removals }: ConfigUpdate): Promise<readonly RefusedPart[]> {
    const refused: RefusedPart[] = [];
    const toCompile = new Set<string>();
    for (const { name, content } of upserts) {
      try {
        this.#take(name, content, toCompile);
      } catch (error) {
        refused.push({
          ...problemAt(name, facts.ARTIFACT_UNREADABLE({ reason: (error as Error).message })),
          name,
        });
      }
    }
    refused.push(...this.#webAcls.settle((accountId, id) => wafArtifactName("webacl", accountId, id)));
    const compiled: [string, DeployedStage][] = [];
    for (const name of toCompile) {
      const outcome = await this.#compile(name);
      if (outcome.ok) compiled.push([name, outcome.stage]);
      else for (const problem of outcome.problems) refused.push({ ...problem, name });
    }
    for (const name of removals) this.#remove(name);
    refused.push(...this.#certificates.settle());
    for (const [name, stage] of compiled) this.#live.set(name, stage);
    if (
      compiled.length + removals.length > 0 ||
      upserts.some(({ name }) => LEADS_TO_STAGES.has(parseArtifactName(name)?.type))
    )
      this.#router.generation = this.#generation();
    this.#version = version;
    return refused;
  }

  /** Artifacts of unknown types are for a later version, which will find them in the snapshot. */
  #take(name: string, content: Buffer, toCompile: Set<string>): void {
    const parsed = parseArtifactName(name);
    switch (parsed?.type) {
      case "chunk":
        this.#chunks.set(parsed.digest, content);
        break;
      case "account":
        this.#takeAccount(parsed.accountId, JSON.parse(bytesOf(content)) as AccountConfig, toCompile);
        break;
      case "certificate":
        this.#certificates.take(name, JSON.parse(bytesOf(content)) as CertificateConfig);
        break;
      case "challenges":
        this.#challenges.set(name, (JSON.parse(bytesOf(content)) as ChallengesConfig).challenges);
        break;
      case "usageplan":
        this.#usagePlans.set(name, JSON.parse(bytesOf(content)) as UsagePlanConfig);
        break;
      case "webacl":
      case "ipset":
      case "regexset":
      case "rulegroup":
        this.#webAcls.take(parsed, bytesOf(content));
        break;
      case "domain":
        this.#takeDomain(parsed.domainName, JSON.parse(bytesOf(content)) as DomainConfig);
        break;
      case "stage":
        this.#manifests.set(name, withApiId(JSON.parse(bytesOf(content)) as DeliveredStage));
        toCompile.add(name);
        break;
    }
  }

  #takeAccount(accountId: string, account: AccountConfig, toCompile: Set<string>): void {
    this.#accounts.set(accountId, account);
    this.#domains.takeAccount(accountId, account);
    for (const [stage, manifest] of this.#manifests)
      if (manifest.accountId === accountId) toCompile.add(stage);
  }

  #takeDomain(domainName: string, config: DomainConfig): void {
    this.#domains.take(domainName, config);
    this.#certificates.takeDomain(domainName, config);
  }

  #remove(name: string): void {
    const parsed = parseArtifactName(name);
    switch (parsed?.type) {
      case "chunk":
        this.#chunks.delete(parsed.digest);
        break;
      case "account":
        this.#accounts.delete(parsed.accountId);
        this.#domains.removeAccount(parsed.accountId);
        break;
      case "certificate":
        this.#certificates.remove(name);
        break;
      case "challenges":
        this.#challenges.delete(name);
        break;
      case "usageplan":
        this.#usagePlans.delete(name);
        break;
      case "webacl":
      case "ipset":
      case "regexset":
      case "rulegroup":
        this.#webAcls.remove(parsed);
        break;
      case "domain":
        this.#domains.remove(parsed.domainName);
        this.#certificates.removeDomain(parsed.domainName);
        break;
      case "stage":
        this.#manifests.delete(name);
        this.#live.delete(name);
        break;
    }
  }

  async #compile(name: string): Promise<RestCompileOutcome | HttpCompileOutcome | WebSocketCompileOutcome> {
    const manifest = this.#manifests.get(name) as DeliveredStage;
    const chunk = (digest: string): Chunk | undefined => {
      const content = this.#chunks.get(digest);
      return content && { digest, entities: JSON.parse(bytesOf(content)) as Chunk["entities"] };
    };
    try {
      const account = this.#accounts.get(manifest.accountId);
      const ports = this.#ports;
      if ("protocolType" in manifest)
        return manifest.protocolType === "HTTP"
          ? compileHttpStage({ manifest, account, ports })
          : compileWebSocketStage({ manifest, account, ports });
      const before = this.#live.get(name);
      const previous = before?.protocol === "REST" ? before : undefined;
      return await compileRestStage({ manifest, chunk, account, ports: this.#ports, previous });
    } catch (error) {
      // Config that the control plane accepted but that breaks the compiler must not end the node.
      return {
        ok: false,
        problems: [problemAt(name, facts.COMPILER_FAILED({ reason: (error as Error).message }))],
      };
    }
  }

  #generation(): Generation {
    const byApi = new Map<string, Map<string, DeployedStage>>();
    for (const stage of this.#live.values()) {
      const { apiId, stageName } = stage.context;
      const stages = byApi.get(apiId) ?? new Map<string, DeployedStage>();
      byApi.set(apiId, stages);
      stages.set(stageName, stage);
    }
    return { stages: byApi, domains: this.#domains.all() };
  }
}
