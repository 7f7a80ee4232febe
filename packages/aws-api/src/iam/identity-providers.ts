import { openIdConnectProviderId } from "@tollgate/config";
import { oidcProviderArn } from "@tollgate/iam";
import type { AccountView, Stored } from "../port.ts";
import { IdentityError, noSuchEntity } from "../query/identity-error.ts";
import type { QueryOperation, QueryRequest } from "../query/query-service.ts";
import type { XmlObject } from "../query/xml.ts";
import { accountOf, changed, orNone, tagList } from "./holder.ts";

type Provider = Stored<"OpenIdConnectProvider">;

const ARN = "OpenIDConnectProviderArn";
const arnOf = (accountId: string, { entity }: Provider) => oidcProviderArn(accountId, entity.spec.url);

function foundIn(account: AccountView, { parameters }: QueryRequest): Provider {
  const arn = parameters.required(ARN);
  const stored = account
    .list("OpenIdConnectProvider", "")
    .find((one) => arnOf(account.accountId, one) === arn);
  if (!stored) throw noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`);
  return stored;
}

async function create({ parameters, application, caller }: QueryRequest): Promise<XmlObject> {
  const url = parameters.required("Url");
  const spec = JSON.parse(
    JSON.stringify({
      url,
      clientIds: parameters.list("ClientIDList"),
      thumbprints: parameters.list("ThumbprintList"),
      tags: parameters.tags(),
    }),
  ) as object;
  const id = openIdConnectProviderId(url);
  await application.change(caller.accountId, (account) => {
    if (account.get("OpenIdConnectProvider", "", id))
      throw new IdentityError("EntityAlreadyExists", `Provider with url ${url} already exists.`);
    return { puts: [{ kind: "OpenIdConnectProvider", apiId: "", id, spec }] };
  });
  return { [ARN]: oidcProviderArn(caller.accountId, url), Tags: orNone(tagList(parameters.tags())) };
}

async function setClient(request: QueryRequest, isIn: boolean): Promise<undefined> {
  const clientId = request.parameters.required("ClientID");
  await request.application.change(request.caller.accountId, (account) => {
    const stored = foundIn(account, request);
    const others = stored.entity.spec.clientIds.filter((one) => one !== clientId);
    return { puts: [changed(stored, { clientIds: isIn ? [...others, clientId] : others })] };
  });
  return undefined;
}

const resource = ({ parameters }: QueryRequest) => parameters.required(ARN);
const all = ({ caller }: QueryRequest) => `arn:aws:iam::${caller.accountId}:oidc-provider/*`;

/** identityProviderOperations are those of who issues tokens that roles are assumed with. */
export const identityProviderOperations: readonly QueryOperation[] = [
  { name: "CreateOpenIDConnectProvider", resource: all, run: create },
  {
    name: "ListOpenIDConnectProviders",
    resource: all,
    run: (request) => ({
      OpenIDConnectProviderList: accountOf(request)
        .list("OpenIdConnectProvider", "")
        .map((stored) => ({ Arn: arnOf(request.caller.accountId, stored) })),
    }),
  },
  {
    name: "GetOpenIDConnectProvider",
    resource,
    run: (request) => {
      const { entity, createdUnixMs } = foundIn(accountOf(request), request);
      const { url, clientIds, thumbprints, tags } = entity.spec;
      return {
        Url: url.replace(/^https?:\/\//, ""),
        ClientIDList: clientIds,
        ThumbprintList: thumbprints,
        CreateDate: new Date(createdUnixMs),
        Tags: orNone(tagList(tags)),
      };
    },
  },
  {
    name: "DeleteOpenIDConnectProvider",
    resource,
    run: async (request) => {
      await request.application.change(request.caller.accountId, (account) => ({
        deletes: [foundIn(account, request).entity],
      }));
      return undefined;
    },
  },
  {
    name: "AddClientIDToOpenIDConnectProvider",
    resource,
    run: (request) => setClient(request, true),
  },
  {
    name: "RemoveClientIDFromOpenIDConnectProvider",
    resource,
    run: (request) => setClient(request, false),
  },
];
