import { X509Certificate } from "node:crypto";
import { newChildId } from "@tollgate/config";
import type { Stored } from "../../port.ts";
import {
  compact,
  type JsonObject,
  member,
  type Operation,
  orAbsent,
  timestamp,
} from "../../protocol/rest-json/operation.ts";
import { crud, type Noun } from "./crud.ts";
import { refusalA, text } from "./patch.ts";

const DAYS_MS = 24 * 60 * 60 * 1000;
/** How long a generated certificate is valid (AWS: Generate a client certificate). */
const VALID_MS = 365 * DAYS_MS;

/** The dates in the certificate. If the certificate is not stored here, the time when it was first named here. */
function datesOf({ entity: { spec }, createdUnixMs }: Stored<"ClientCertificate">): JsonObject {
  if (spec.pemEncodedCertificate === undefined) return { createdDate: timestamp(createdUnixMs) };
  const { validFrom, validTo } = new X509Certificate(spec.pemEncodedCertificate);
  return { createdDate: timestamp(Date.parse(validFrom)), expirationDate: timestamp(Date.parse(validTo)) };
}

const show = (stored: Stored<"ClientCertificate">): JsonObject => {
  const { id, spec } = stored.entity;
  return compact({
    clientCertificateId: id,
    description: spec.description,
    pemEncodedCertificate: spec.pemEncodedCertificate,
    ...datesOf(stored),
    tags: orAbsent(spec.tags),
  });
};

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

/** clientCertificateOperations are the operations of certificates that the gateway presents to upstreams. */
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
        puts: [{ kind: "ClientCertificate", apiId: "", id, spec: compact({ description, tags, ...made }) }],
      }));
      return show(account.get("ClientCertificate", "", id) as Stored<"ClientCertificate">);
    },
  },
];
