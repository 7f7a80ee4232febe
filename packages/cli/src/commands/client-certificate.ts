import type { Command } from "commander";
import { clientCertificateRows, publicPartOf } from "../client-certificate-rows.ts";
import { CliError, EXIT, print, printTable, toJson } from "../output.ts";
import { globalsOf, openSession } from "../session.ts";
import { allEntities } from "./get.ts";

export function addClientCertificate(program: Command): void {
  const group = program
    .command("client-certificate")
    .description("show the certificates that nodes present to upstreams");
  group
    .command("list")
    .description("list client certificates, when each ends, and the stages that present it")
    .action(async (_options: object, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const all = (kind: string) => allEntities(session, { accountId: globals.account, kind, apiId: "" });
      const [certificates, stages] = await Promise.all([all("ClientCertificate"), all("Stage")]);
      const rows = clientCertificateRows(certificates, stages);
      if (globals.output === "table")
        printTable(
          rows.map((row) => ({ ...row })),
          ["id", "description", "expires", "stages"],
        );
      else print(toJson(rows));
    });
  group
    .command("export")
    .description(
      "print a client certificate in PEM, without its private key, for upstreams that shall trust it",
    )
    .argument("<id>")
    .action(async (id: string, _options: object, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const { entity } = await session.config.get({
        accountId: globals.account,
        kind: "ClientCertificate",
        apiId: "",
        id,
        includeSecrets: false,
      });
      const pem = entity && publicPartOf(entity);
      if (pem === undefined)
        throw new CliError(
          `only the nodes have the client certificate '${id}': ${id}/tls.crt in their folder TOLLGATE_CLIENT_CERTIFICATES`,
          EXIT.FAILED,
        );
      print(pem.trimEnd());
    });
}
