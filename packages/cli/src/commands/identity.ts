import type { Command } from "commander";
import { holderKinds } from "@tollgate/config";
import type { AccessKey, SessionCredentials } from "@tollgate/proto/control";
import { CliError, EXIT, print, printTable, report, toJson } from "../output.ts";
import { type GlobalOptions, globalsOf, openSession, type Session } from "../session.ts";

/** Runs a command with an open session. */
async function within(
  command: Command,
  work: (session: Session, globals: GlobalOptions) => Promise<void>,
): Promise<void> {
  const globals = globalsOf(command);
  using session = openSession(globals);
  await work(session, globals);
}

/** Prints credentials as shell exports or as JSON. Secrets go to stdout only. */
function printCredentials(
  credentials: Partial<Pick<SessionCredentials, "sessionToken" | "expireTimeUnixMs">> &
    Pick<AccessKey, "accessKeyId" | "secretAccessKey">,
  { output }: GlobalOptions,
): void {
  const { accessKeyId, secretAccessKey, sessionToken, expireTimeUnixMs } = credentials;
  if (output !== "table") {
    print(toJson({ accessKeyId, secretAccessKey, sessionToken, expireTimeUnixMs }));
    return;
  }
  print(`export AWS_ACCESS_KEY_ID=${accessKeyId}`);
  print(`export AWS_SECRET_ACCESS_KEY=${secretAccessKey}`);
  if (sessionToken !== undefined) print(`export AWS_SESSION_TOKEN=${sessionToken}`);
  if (expireTimeUnixMs !== undefined)
    report(`valid until ${new Date(Number(expireTimeUnixMs)).toISOString()}`);
}

function holderOf(word: string): string {
  const kind = holderKinds.find((name) => name.toLowerCase() === word.toLowerCase());
  if (kind === undefined)
    throw new CliError(`'${word}' must be one of ${holderKinds.join(", ").toLowerCase()}`, EXIT.USAGE);
  return kind;
}

function durationOf(text: string | undefined): number {
  if (text === undefined) return 0;
  if (!/^\d{1,6}$/.test(text))
    throw new CliError(`--duration '${text}' must be seconds, such as 3600`, EXIT.USAGE);
  return Number(text);
}

function addKeys(group: Command): void {
  group
    .command("create-key")
    .description("create an access key for a user; its secret is shown only once")
    .argument("<user>")
    .action((userName: string, _options: object, command: Command) =>
      within(command, async ({ identity }, globals) => {
        const { accessKey } = await identity.createAccessKey({ accountId: globals.account, userName });
        if (accessKey) printCredentials(accessKey, globals);
      }),
    );
  group
    .command("keys")
    .description("list the access keys of a user")
    .argument("<user>")
    .action((userName: string, _options: object, command: Command) =>
      within(command, async ({ identity }, { account: accountId, output }) => {
        const { accessKeys } = await identity.listAccessKeys({ accountId, userName });
        const rows = accessKeys.map(({ accessKeyId, active, createTimeUnixMs }) => ({
          key: accessKeyId,
          status: active ? "active" : "inactive",
          created: createTimeUnixMs === 0n ? "" : new Date(Number(createTimeUnixMs)).toISOString(),
        }));
        if (output === "table") printTable(rows, ["key", "status", "created"]);
        else print(toJson(rows));
      }),
    );
  for (const [name, active] of [
    ["enable-key", true],
    ["disable-key", false],
  ] as const)
    group
      .command(name)
      .description(`make an access key ${active ? "active" : "inactive"}`)
      .argument("<user>")
      .argument("<key>", "access key id")
      .action((userName: string, accessKeyId: string, _options: object, command: Command) =>
        within(command, async ({ identity }, { account: accountId }) => {
          await identity.updateAccessKey({ accountId, userName, accessKeyId, active });
          report(`${accessKeyId} is ${active ? "active" : "inactive"}`);
        }),
      );
  group
    .command("delete-key")
    .description("delete an access key of a user")
    .argument("<user>")
    .argument("<key>", "access key id")
    .action((userName: string, accessKeyId: string, _options: object, command: Command) =>
      within(command, async ({ identity }, { account: accountId }) => {
        await identity.deleteAccessKey({ accountId, userName, accessKeyId });
        report(`${accessKeyId} deleted`);
      }),
    );
}

function addBelonging(group: Command): void {
  for (const [name, rpc, title, outcome] of [
    ["join", "addUserToGroup", "add a user to", "added to"],
    ["leave", "removeUserFromGroup", "remove a user from", "removed from"],
  ] as const)
    group
      .command(name)
      .description(`${title} a group`)
      .argument("<user>")
      .argument("<group>")
      .action((userName: string, groupName: string, _options: object, command: Command) =>
        within(command, async ({ identity }, { account: accountId }) => {
          await identity[rpc]({ accountId, userName, groupName });
          report(`${userName} ${outcome} ${groupName}`);
        }),
      );
  for (const [name, rpc] of [
    ["attach", "attachPolicy"],
    ["detach", "detachPolicy"],
  ] as const)
    group
      .command(name)
      .description(`${name} a managed policy`)
      .argument("<kind>", "user, group or role")
      .argument("<name>")
      .argument("<policy>", "ARN, such as arn:aws:iam::aws:policy/AdministratorAccess")
      .action((kind: string, holder: string, policyArn: string, _options: object, command: Command) =>
        within(command, async ({ identity }, { account: accountId }) => {
          await identity[rpc]({ accountId, kind: holderOf(kind), name: holder, policyArn });
          report(`${policyArn} ${name}ed`);
        }),
      );
}

interface SessionOptions {
  readonly sessionName: string;
  readonly duration?: string;
  readonly token?: string;
}

function addSessions(group: Command): void {
  group
    .command("assume-role")
    .description("temporary credentials of a role, for the account itself")
    .argument("<role>", "ARN")
    .option("--session-name <name>", "name of the session", "tollgate")
    .option("--duration <seconds>", "lifetime of the credentials")
    .action((roleArn: string, options: SessionOptions, command: Command) =>
      within(command, async ({ identity }, globals) => {
        const { sessionName } = options;
        const durationS = durationOf(options.duration);
        const request = { accountId: globals.account, roleArn, sessionName, durationS };
        const { credentials } = await identity.assumeRole(request);
        if (credentials) printCredentials(credentials, globals);
      }),
    );
  group
    .command("session-token")
    .description("temporary credentials of a user")
    .argument("<user>")
    .option("--duration <seconds>", "lifetime of the credentials")
    .action((userName: string, options: SessionOptions, command: Command) =>
      within(command, async ({ identity }, globals) => {
        const durationS = durationOf(options.duration);
        const { credentials } = await identity.getSessionToken({
          accountId: globals.account,
          userName,
          durationS,
        });
        if (credentials) printCredentials(credentials, globals);
      }),
    );
  group
    .command("whoami")
    .description("show the name and the roles of the caller")
    .action((_options: object, command: Command) =>
      within(command, async ({ identity }, { output }) => {
        const { name, roles } = await identity.getCallerIdentity({});
        print(output === "table" ? `${name}: ${roles.join(", ")}` : toJson({ name, roles }));
      }),
    );
}

/** addIdentity adds the commands for users, groups and roles that cannot be expressed as entities. */
export function addIdentity(program: Command): void {
  const group = program
    .command("identity")
    .description(
      "keys, group membership, policies and sessions of users and roles (which are themselves applied as entities)",
    );
  for (const add of [addKeys, addBelonging, addSessions]) add(group);
  for (const command of group.commands) command.exitOverride();
}
