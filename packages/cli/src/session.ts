import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { BillingService } from "@tollgate/proto/billing";
import { BillingEventService } from "@tollgate/proto/billing-events";
import {
  AuditService,
  BackupService,
  ConfigService,
  DefinitionService,
  DeploymentService,
  IdentityService,
  NodeService,
  RolloutService,
  StackService,
  StatusService,
  TestInvokeService,
} from "@tollgate/proto/control";
import { createClient } from "@tollgate/proto/grpc";
import { Health } from "@tollgate/proto/health";
import { LogService } from "@tollgate/proto/logs";
import { MetricsService } from "@tollgate/proto/metrics";
import { MeteringStatusService, UsageService } from "@tollgate/proto/usage";
import { CliError, EXIT, type OutputFormat } from "./output.ts";

export interface GlobalOptions {
  readonly endpoint: string;
  readonly meteringEndpoint: string;
  readonly account: string;
  readonly output: OutputFormat;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
}

/** globalsOf are the options that every command has. */
export const globalsOf = (command: Command): GlobalOptions => command.optsWithGlobals();

/** While a token is replaced there are several, one a line: servers take all, and the first is sent. */
const firstOf = (tokens: string | undefined): string | undefined => tokens?.trim().split(/\r?\n/, 1)[0];

function tokenOf({ token, tokenFile }: GlobalOptions): string | undefined {
  if (token !== undefined || tokenFile === undefined) return firstOf(token);
  try {
    return firstOf(readFileSync(tokenFile, "utf8"));
  } catch (error) {
    throw new CliError(`the token cannot be read: ${(error as Error).message}`, EXIT.USAGE);
  }
}

/** Session is the CLI's connection to a running Tollgate: its public gRPC API and nothing else. */
export function openSession(options: GlobalOptions) {
  const { tlsCert: certificate, tlsKey: key, tlsCa: authorities } = options;
  const token = tokenOf(options);
  const tls =
    certificate === undefined && authorities === undefined ? undefined : { certificate, key, authorities };
  const control = { address: options.endpoint, token, tls };
  const metering = { address: options.meteringEndpoint, token, tls };
  const clients = {
    config: createClient(ConfigService, control),
    definitions: createClient(DefinitionService, control),
    deployments: createClient(DeploymentService, control),
    rollout: createClient(RolloutService, control),
    stacks: createClient(StackService, control),
    tests: createClient(TestInvokeService, control),
    nodes: createClient(NodeService, control),
    identity: createClient(IdentityService, control),
    audit: createClient(AuditService, control),
    backups: createClient(BackupService, control),
    status: createClient(StatusService, control),
    usage: createClient(UsageService, metering),
    logs: createClient(LogService, metering),
    metrics: createClient(MetricsService, metering),
    billing: createClient(BillingService, metering),
    billingEvents: createClient(BillingEventService, metering),
    meteringStatus: createClient(MeteringStatusService, metering),
    meteringHealth: createClient(Health, metering),
  };
  return {
    ...clients,
    [Symbol.dispose]() {
      for (const client of Object.values(clients)) client.close();
    },
  };
}

export type Session = ReturnType<typeof openSession>;
