import type { Stored } from "../../port.ts";
import { compact, type JsonObject, type Operation } from "../../protocol/rest-json/operation.ts";
import { badRequest } from "../apigateway/errors.ts";
import { crud, type Noun, type Place } from "./crud.ts";
import { type Members, readMembers, text, texts, textsByName } from "./members.ts";
import { timestamp } from "./rule.ts";
import { entities } from "./shelf.ts";

const NEW: Members = {
  name: text(),
  securityGroupIds: texts(),
  subnetIds: texts(),
  tags: textsByName(),
};

const nameRequired = (name: unknown) => {
  if (name === undefined || name === "") throw badRequest("Name for a vpc link cannot be empty");
};

const showLink = ({ entity: { spec }, createdUnixMs }: Stored<"VpcLink">, { id }: Place): JsonObject =>
  compact({
    createdDate: timestamp(createdUnixMs),
    name: spec.name,
    securityGroupIds: spec.securityGroupIds ?? [],
    subnetIds: spec.subnetIds ?? [],
    tags: spec.tags ?? {},
    vpcLinkId: id,
    vpcLinkStatus: "AVAILABLE",
    vpcLinkStatusMessage: "VPC link is ready to route traffic",
    vpcLinkVersion: "V2",
  });

const noun: Noun<Stored<"VpcLink">> = {
  name: "VpcLink",
  names: "VpcLinks",
  path: "/v2/vpclinks",
  idParameter: "vpcLinkId",
  shelf: entities("VpcLink"),
  missing: (id) => `Invalid VpcLink identifier specified ${id}`,
  newId: 6,
  show: showLink,
  // Clients that wait for a link as on AWS ask once more.
  showNew: (item, place) => ({
    ...showLink(item, place),
    vpcLinkStatus: "PENDING",
    vpcLinkStatusMessage: "VPC link is provisioning ENIs",
  }),
  showListed: showLink,
  create: ({ request: { body } }) => {
    const spec = readMembers(body, NEW);
    nameRequired(spec.name);
    if (((spec.subnetIds ?? []) as readonly string[]).length === 0)
      throw badRequest("SubnetIds for a vpc link cannot be empty");
    return spec;
  },
  update: ({ entity: { spec } }, { request: { body } }) => {
    const { name } = readMembers(body, { name: text() });
    if (name !== undefined) nameRequired(name);
    return { ...spec, name: name ?? spec.name };
  },
  beforeDelete: (_item, { account, id }) => {
    const users = account.list("Api", "").flatMap(({ entity: { spec } }) =>
      Object.entries(spec.routes).flatMap(([routeId, { target = "" }]) => {
        const integration = spec.integrations[target.replace("integrations/", "")];
        const link = integration && "connectionId" in integration ? integration.connectionId : undefined;
        return link === id ? [`ANY:${routeId}`] : [];
      }),
    );
    if (users.length > 0)
      throw badRequest(
        `Cannot delete vpc link. Vpc link '${id}', is referenced in [${users.join(", ")}] in format of [Method:Resource].`,
      );
  },
  deleteStatus: 202,
};

/** vpcLinkOperations are the operations of VPC links. */
export const vpcLinkOperations: readonly Operation[] = crud(noun);
