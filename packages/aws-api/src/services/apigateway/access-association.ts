import { newApiId } from "@tollgate/config";
import type { AccountView, Stored } from "../../port.ts";
import {
  type AwsRequest,
  compact,
  type JsonObject,
  member,
  type Operation,
  orAbsent,
  pathParameter,
} from "../../protocol/rest-json/operation.ts";
import { badRequest, notFound } from "./errors.ts";
import { page } from "./page.ts";

type Association = Stored<"DomainNameAccessAssociation">;

const PATH = "/domainnameaccessassociations";
const MISSING = "Invalid domain name access association identifier specified";

const domainArn = ({ region, accountId }: AwsRequest, domainName: string) =>
  `arn:aws:apigateway:${region}:${accountId}:/domainnames/${domainName}`;

const arnOf = ({ region, accountId }: AwsRequest, { entity: { id, spec } }: Association) =>
  `arn:aws:apigateway:${region}:${accountId}:${PATH}/domainname/${spec.domainName}/vpcesource/${spec.accessAssociationSource}+${id}`;

const show = (request: AwsRequest, stored: Association): JsonObject => {
  const { spec } = stored.entity;
  return compact({
    domainNameAccessAssociationArn: arnOf(request, stored),
    domainNameArn: domainArn(request, spec.domainName),
    accessAssociationSourceType: spec.accessAssociationSourceType,
    accessAssociationSource: spec.accessAssociationSource,
    tags: orAbsent(spec.tags),
  });
};

/** The private domain of an ARN. */
function privateDomain(account: AccountView, arn: string): string {
  const [, name = ""] =
    /^arn:aws[a-z-]*:apigateway:[a-z0-9-]*:\d{12}:\/domainnames\/([^/+]+)(?:\+\w+)?$/.exec(arn) ?? [];
  if (name === "") throw badRequest(`Invalid ARN specified in the request. ARN is not well formed ${arn}`);
  const domain = account.get("DomainName", "", name);
  if (!domain) throw notFound("Invalid domain name identifier specified");
  if (!domain.entity.spec.endpointConfiguration.types.includes("PRIVATE"))
    throw badRequest(
      `Domain name '${name}' is not private: only private domain names can have access associations`,
    );
  return name;
}

function associationOf(account: AccountView, request: AwsRequest, arn: string): Association {
  const stored = account.list("DomainNameAccessAssociation", "").find((one) => arnOf(request, one) === arn);
  if (!stored) throw notFound(MISSING);
  return stored;
}

/** Removes an association: its owner deletes it, or the owner of the domain rejects it. */
async function remove(request: AwsRequest, arn: string): Promise<undefined> {
  await request.application.change(request.accountId, (account) => ({
    deletes: [associationOf(account, request, arn).entity],
  }));
  return undefined;
}

async function create(request: AwsRequest): Promise<JsonObject> {
  const { body } = request;
  const id = newApiId();
  const arn = member(body, "domainNameArn", "string") ?? "";
  const type = member(body, "accessAssociationSourceType", "string");
  const account = await request.application.change(request.accountId, (present) => {
    const spec = compact({
      domainName: privateDomain(present, arn),
      accessAssociationSourceType: type,
      accessAssociationSource: member(body, "accessAssociationSource", "string") ?? "",
      tags: member(body, "tags", "map"),
    });
    return { puts: [{ kind: "DomainNameAccessAssociation", apiId: "", id, spec }] };
  });
  return show(request, account.get("DomainNameAccessAssociation", "", id) as Association);
}

/** accessAssociationOperations are the operations of access to private custom domains. */
export const accessAssociationOperations: readonly Operation[] = [
  {
    name: "GetDomainNameAccessAssociations",
    method: "GET",
    path: PATH,
    status: 200,
    run: (request) => {
      const shown = request.application
        .account(request.accountId)
        .list("DomainNameAccessAssociation", "")
        .map((stored) => show(request, stored));
      return page(request, shown, (item) => String(item.domainNameAccessAssociationArn));
    },
  },
  { name: "CreateDomainNameAccessAssociation", method: "POST", path: PATH, status: 201, run: create },
  {
    name: "DeleteDomainNameAccessAssociation",
    method: "DELETE",
    path: `${PATH}/{domain_name_access_association_arn}`,
    status: 202,
    run: (request) => remove(request, pathParameter(request, "domain_name_access_association_arn")),
  },
  {
    name: "RejectDomainNameAccessAssociation",
    method: "POST",
    path: "/rejectdomainnameaccessassociations",
    status: 202,
    run: async (request) => {
      const { query, application, accountId } = request;
      privateDomain(application.account(accountId), query.get("domainNameArn") ?? "");
      return remove(request, query.get("domainNameAccessAssociationArn") ?? "");
    },
  },
];
