import { oidcProviderArn } from "@tollgate/iam";
import type { QueryOperation, QueryRequest } from "../../protocol/query/operation.ts";
import type { XmlObject } from "../../protocol/query/xml.ts";
import { orNone, tagList } from "./holder.ts";

const ARN = "OpenIDConnectProviderArn";
const resource = ({ parameters }: QueryRequest) => parameters.required(ARN);
const all = ({ caller }: QueryRequest) => `arn:aws:iam::${caller.accountId}:oidc-provider/*`;

async function create({ parameters, identities, caller }: QueryRequest): Promise<XmlObject> {
  const url = parameters.required("Url");
  const tags = parameters.tags();
  await identities.createIdentityProvider(caller.accountId, {
    url,
    clientIds: parameters.list("ClientIDList"),
    thumbprints: parameters.list("ThumbprintList"),
    tags,
  });
  return { [ARN]: oidcProviderArn(caller.accountId, url), Tags: orNone(tagList(tags)) };
}

async function setClient(
  { parameters, identities, caller }: QueryRequest,
  isIn: boolean,
): Promise<undefined> {
  const clientId = parameters.required("ClientID");
  await identities.setProviderClient(caller.accountId, parameters.required(ARN), clientId, isIn);
  return undefined;
}

/** identityProviderOperations are the operations of identity providers, which issue tokens for assuming roles. */
export const identityProviderOperations: readonly QueryOperation[] = [
  { name: "CreateOpenIDConnectProvider", resource: all, run: create },
  {
    name: "ListOpenIDConnectProviders",
    resource: all,
    run: ({ identities, caller }) => ({
      OpenIDConnectProviderList: identities
        .identityProviders(caller.accountId)
        .map(({ entity }) => ({ Arn: oidcProviderArn(caller.accountId, entity.spec.url) })),
    }),
  },
  {
    name: "GetOpenIDConnectProvider",
    resource,
    run: ({ identities, caller, parameters }) => {
      const { entity, createdUnixMs } = identities.identityProvider(
        caller.accountId,
        parameters.required(ARN),
      );
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
    run: async ({ identities, caller, parameters }) => {
      await identities.deleteIdentityProvider(caller.accountId, parameters.required(ARN));
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
