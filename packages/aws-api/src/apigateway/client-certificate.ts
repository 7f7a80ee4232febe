import { newChildId } from "@tollgate/config";
import type { Stored } from "../port.ts";
import { crud, type Noun } from "../rest-json/crud.ts";
import {
  compact,
  member,
  orAbsent,
  timestamp,
  type JsonObject,
  type Operation,
} from "../rest-json/operation.ts";
import { refusalA, text } from "../rest-json/patch.ts";

const DAYS_MS = 24 * 60 * 60 * 1000;
/** How long a certificate counts that the gateway made (AWS: Generate a client certificate). */
const VALID_MS = 365 * DAYS_MS;

const show = ({ entity: { id, spec }, createdUnixMs }: Stored<"ClientCertificate">): JsonObject =>
  compact({
    clientCertificateId: id,
    description: spec.description,
    pemEncodedCertificate: spec.pemEncodedCertificate,
    createdDate: timestamp(createdUnixMs),
    expirationDate: createdUnixMs === 0 ? undefined : timestamp(createdUnixMs + VALID_MS),
    tags: orAbsent(spec.tags),
  });

const noun: Noun<"ClientCertificate"> = {
  kind: "ClientCertificate",
  name: "ClientCertificate",
  names: "ClientCertificates",
  path: "/clientcertificates",
  idParameter: "clientcertificate_id",
  missing: () => "Invalid Client Certificate identifier specified",
  show,
  patch: { refusal: refusalA, rules: [text("/description")] },
};

/** clientCertificateOperations are those of certificates that the gateway shows to upstreams. */
export const clientCertificateOperations: readonly Operation[] = [
  ...crud(noun),
  {
    name: "GenerateClientCertificate",
    method: "POST",
    path: noun.path,
    status: 201,
    run: async ({ application, accountId, body }) => {
      const id = newChildId();
      const description = member(body, "description", "string");
      const tags = member(body, "tags", "map");
      const made = await application.newCertificate({ commonName: "ApiGateway", validMs: VALID_MS });
      const account = await application.change(accountId, () => ({
        puts: [
          { kind: "ClientCertificate", restApiId: "", id, spec: compact({ description, tags, ...made }) },
        ],
      }));
      return show(account.get("ClientCertificate", "", id) as Stored<"ClientCertificate">);
    },
  },
];
