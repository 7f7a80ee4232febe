import { BillingService } from "@tollgate/proto/billing";
import {
  AuditService,
  ConfigService,
  DefinitionService,
  DeploymentService,
  RolloutService,
  StackService,
  TestInvokeService,
} from "@tollgate/proto/control";
import { createClient } from "@tollgate/proto/grpc";
import { UsageService } from "@tollgate/proto/usage";

/** ControlPlace is where a running Tollgate is controlled and asked for usage, and how many nodes follow. */
export interface ControlPlace {
  readonly grpcPort: number;
  readonly meteringPort: number;
  /** What operators show. */
  readonly token: string | undefined;
  readonly nodes: number;
}

/** AppliedEntity is an entity as specs write it: its spec is not encoded yet. */
export interface AppliedEntity {
  readonly kind: string;
  readonly apiId?: string;
  readonly id?: string;
  readonly spec: unknown;
  readonly labels?: Record<string, string>;
}

export type Control = Omit<ReturnType<typeof openControl>, "close">;

/** openControl gives a client of each gRPC service, and the two steps by which most specs set up what they call. */
export function openControl({ grpcPort, meteringPort, token, nodes }: ControlPlace) {
  const place = { address: `127.0.0.1:${grpcPort}`, token };
  const metering = { address: `127.0.0.1:${meteringPort}`, token };
  const clients = {
    config: createClient(ConfigService, place),
    definitions: createClient(DefinitionService, place),
    stacks: createClient(StackService, place),
    deployments: createClient(DeploymentService, place),
    audit: createClient(AuditService, place),
    rollout: createClient(RolloutService, place),
    tests: createClient(TestInvokeService, place),
    usage: createClient(UsageService, metering),
    billing: createClient(BillingService, metering),
  };
  return {
    ...clients,
    apply: (entities: readonly AppliedEntity[], accountId = "") =>
      clients.config.apply({
        accountId,
        entities: entities.map(({ kind, apiId = "", id = "", spec, labels = {} }) => ({
          kind,
          apiId,
          id,
          labels,
          specJson: JSON.stringify(spec),
        })),
      }),
    /** wait returns when every node serves a revision. */
    wait: async (revision: bigint) => {
      const states = clients.rollout.waitApplied({ revision, minNodes: nodes });
      for await (const _state of states as AsyncIterable<unknown>);
    },
    close: () => {
      for (const client of Object.values(clients)) client.close();
    },
  };
}
