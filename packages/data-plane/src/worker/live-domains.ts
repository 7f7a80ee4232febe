import type { AccountConfig, BasePathMapping, DomainConfig, PrivateDomainConfig } from "@tollgate/config";
import { type DomainAccess, domainAccess, type LiveDomain } from "@tollgate/pipeline";

/** withApiId also reads snapshots of version 0.1, in which the member was called restApiId for every API. */
export const withApiId = <T extends { readonly apiId: string }>(
  given: T & { readonly restApiId?: string },
): T => (given.restApiId === undefined ? given : { ...given, apiId: given.restApiId });

/** Of a private domain that a control plane delivered which knows of no policies: nobody may call it. */
const UNKNOWN_ACCESS: PrivateDomainConfig = { accountId: "", mappings: [] };

const leadsTo = ({ rules = [], mappings }: Pick<DomainConfig, "rules" | "mappings">) =>
  [...rules, ...mappings].map((mapping: BasePathMapping) => withApiId(mapping));

/** LiveDomains are where the domains of a worker lead, and who may call the private ones, as their accounts say. */
export class LiveDomains {
  readonly #region: string;
  readonly #configs = new Map<string, DomainConfig>();
  readonly #live = new Map<string, LiveDomain>();
  readonly #accounts = new Map<string, AccountConfig>();

  constructor(region: string) {
    this.#region = region;
  }

  take(domainName: string, config: DomainConfig): void {
    this.#configs.set(domainName, config);
    this.#live.set(domainName, this.#liveOf(config));
  }

  remove(domainName: string): void {
    this.#configs.delete(domainName);
    this.#live.delete(domainName);
  }

  takeAccount(accountId: string, account: AccountConfig): void {
    this.#accounts.set(accountId, account);
    this.#renew(accountId);
  }

  removeAccount(accountId: string): void {
    this.#accounts.delete(accountId);
    this.#renew(accountId);
  }

  /** all is a copy: what a router has does not change. */
  all(): ReadonlyMap<string, LiveDomain> {
    return new Map(this.#live);
  }

  #renew(accountId: string): void {
    for (const [domainName, config] of this.#configs)
      if (config.access?.accountId === accountId) this.#live.set(domainName, this.#liveOf(config));
  }

  #liveOf(config: DomainConfig): LiveDomain {
    const { domainName, certificate, truststore, isPrivate, isEdge, isStrict } = config;
    const privately = isPrivate === true ? (config.access ?? UNKNOWN_ACCESS) : undefined;
    return {
      domainName,
      owner: certificate?.accountId,
      mappings: leadsTo(privately ?? config),
      access: privately && this.#accessOf(domainName, privately),
      wantsClientCertificate: truststore !== undefined,
      isEdgeOptimized: isEdge === true,
      isStrict: isStrict === true,
    };
  }

  #accessOf(domainName: string, { accountId, policy }: PrivateDomainConfig): DomainAccess {
    const { accessAssociations = {}, vpcEndpoints: vpcs = {} } = this.#accounts.get(accountId) ?? {};
    const associated = Object.hasOwn(accessAssociations, domainName) ? accessAssociations[domainName] : [];
    const place = { domainName, accountId, region: this.#region };
    return domainAccess({ ...place, policy, vpcEndpointIds: associated ?? [], vpcs });
  }
}
