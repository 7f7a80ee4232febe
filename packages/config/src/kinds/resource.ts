import { z } from "zod";
import { defineKind, type EntityPart, type Mention } from "../define-kind.ts";
import { newChildId, shortIdRule } from "../identifier.ts";
import { raise } from "../problem.ts";
import { HTTP_METHODS } from "../rest-api/http-methods.ts";
import { type Method, method } from "../rest-api/method.ts";
import { pathProblem } from "../rest-api/resource-path.ts";
import { Authorizer } from "./authorizer.ts";
import { isBuiltInModel, Model } from "./model.ts";
import { RequestValidator } from "./request-validator.ts";
import { RestApi } from "./rest-api.ts";
import { VpcLink, vpcLinkOf } from "./vpc-link.ts";

const spec = z.strictObject({
  path: z.string().superRefine((path, context) => {
    const fact = pathProblem(path);
    if (fact) raise(context, fact);
  }),
  methods: z.partialRecord(z.enum(HTTP_METHODS), method).default({}),
});

type Spec = z.output<typeof spec>;

const methodsOf = (spec: Spec): [string, Method][] => Object.entries(spec.methods);

/** The references in a member of each method. */
const ofMethods =
  (member: "authorizerId" | "requestValidatorId") =>
  ({ spec }: EntityPart<Spec>): Mention[] =>
    methodsOf(spec).map(([verb, method]) => ({ id: method[member], at: `methods.${verb}.${member}` }));

/** The models by media type, except those that every API has. */
const ofMediaTypes = (models: Readonly<Record<string, string>>, at: string): Mention[] =>
  Object.entries(models).flatMap(([type, id]) => (isBuiltInModel(id) ? [] : [{ id, at: `${at}.${type}` }]));

const modelsOf = (at: string, { requestModels, methodResponses }: Method): Mention[] => [
  ...ofMediaTypes(requestModels, `${at}.requestModels`),
  ...Object.entries(methodResponses).flatMap(([status, { responseModels = {} }]) =>
    ofMediaTypes(responseModels, `${at}.methodResponses.${status}.responseModels`),
  ),
];

export const Resource = defineKind({
  name: "Resource",
  about: "A resource: a path and its methods.",
  spec,
  collection: "resources",
  parent: RestApi,
  id: shortIdRule(newChildId),
  references: [
    { to: Authorizer, of: ofMethods("authorizerId") },
    { to: RequestValidator, of: ofMethods("requestValidatorId") },
    {
      to: VpcLink,
      of: ({ spec }) =>
        methodsOf(spec).map(([verb, { integration }]) => ({
          id: vpcLinkOf(integration),
          at: `methods.${verb}.integration.connectionId`,
        })),
    },
    {
      to: Model,
      of: ({ spec }) => methodsOf(spec).flatMap(([verb, method]) => modelsOf(`methods.${verb}`, method)),
    },
  ],
  /** (300) */
  quota: "resources",
  frozenIn: "chunks",
});
