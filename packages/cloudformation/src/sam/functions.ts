import { member } from "../member.ts";
import { shown } from "../shown.ts";
import { type Node, nodeOf, present } from "./node.ts";
import { passedOn, type SamContext, type SamResource } from "./sam-context.ts";

/** addFunction expands an AWS::Serverless::Function to the function and its named parts, which run elsewhere. */
export function addFunction(context: SamContext, resource: SamResource): void {
  const { logicalId, properties, attributes } = resource;
  const { AutoPublishAlias: alias } = properties;
  const shared = passedOn(resource);
  context.put(
    logicalId,
    {
      ...attributes,
      Type: "AWS::Lambda::Function",
      Properties: present({ FunctionName: properties.FunctionName }),
    },
    logicalId,
  );
  if (properties.Role === undefined)
    context.put(`${logicalId}Role`, { Type: "AWS::IAM::Role", ...shared, Properties: {} }, logicalId);
  if (alias === undefined) return;
  const versionId = `${logicalId}Version`;
  const aliasId = `${logicalId}Alias${shown(alias).replaceAll(/[^A-Za-z0-9]/g, "")}`;
  const named = { FunctionName: { Ref: logicalId } };
  context.put(versionId, { Type: "AWS::Lambda::Version", ...shared, Properties: named }, logicalId);
  context.put(
    aliasId,
    { Type: "AWS::Lambda::Alias", ...shared, Properties: { ...named, Name: alias } },
    logicalId,
  );
  context.aliases.set(`${logicalId}.Version`, versionId);
  context.aliases.set(`${logicalId}.Alias`, aliasId);
}

/** targetOf is the reference of an integration to a function: its alias, if it has one. */
export function targetOf({ aliases }: SamContext, { logicalId }: SamResource): string {
  return aliases.get(`${logicalId}.Alias`) ?? `${logicalId}.Arn`;
}

/** addStateMachine expands an AWS::Serverless::StateMachine to the state machine, which runs elsewhere. */
export function addStateMachine(context: SamContext, resource: SamResource): void {
  const { logicalId, properties, attributes } = resource;
  context.put(
    logicalId,
    {
      ...attributes,
      Type: "AWS::StepFunctions::StateMachine",
      Properties: present({ StateMachineName: properties.Name }),
    },
    logicalId,
  );
  if (properties.Role === undefined)
    context.put(
      `${logicalId}Role`,
      { Type: "AWS::IAM::Role", ...passedOn(resource), Properties: {} },
      logicalId,
    );
}

/** Types of SAM whose resources run elsewhere, and their types in CloudFormation. */
const FOREIGN: Readonly<Record<string, string>> = {
  "AWS::Serverless::SimpleTable": "AWS::DynamoDB::Table",
  "AWS::Serverless::LayerVersion": "AWS::Lambda::LayerVersion",
  "AWS::Serverless::Application": "AWS::CloudFormation::Stack",
  "AWS::Serverless::GraphQLApi": "AWS::AppSync::GraphQLApi",
  "AWS::Serverless::CapacityProvider": "AWS::Lambda::CapacityProvider",
};

/** addForeign expands resources that are not part of APIs to CloudFormation's types, as far as others refer to them. */
export function addForeign(
  context: SamContext,
  { logicalId, type, properties, attributes }: SamResource,
): void {
  // A connector only gives permissions.
  if (type === "AWS::Serverless::Connector") return;
  context.put(
    logicalId,
    {
      ...attributes,
      Type: member(FOREIGN, type) ?? type.replace("AWS::Serverless::", "AWS::Lambda::"),
      Properties: type.endsWith("SimpleTable") ? present({ TableName: properties.TableName }) : {},
    },
    logicalId,
  );
}

/** eventsOf are the events of a type that a function or a state machine has. */
export const eventsOf = (
  { properties }: SamResource,
  type: string,
): readonly { id: string; properties: Node }[] =>
  Object.entries(nodeOf(properties.Events)).flatMap(([id, event]) =>
    nodeOf(event).Type === type ? [{ id, properties: nodeOf(nodeOf(event).Properties) }] : [],
  );

/** stateMachineIntegration starts a state machine with the body of a request. */
export const stateMachineIntegration =
  (logicalId: string) =>
  ({ eventId, properties }: { readonly eventId: string; readonly properties: Node }) => {
    const isPlain = properties.UnescapeMappingTemplate === true;
    const template = isPlain
      ? `{"input": "$util.escapeJavaScript($input.json('$')).replaceAll("\\\\'","'")", "stateMachineArn": "\${${logicalId}}"}`
      : `{"input": "$util.escapeJavaScript($input.json('$'))", "stateMachineArn": "\${${logicalId}}"}`;
    return {
      responses: { "200": { description: "OK" }, "400": { description: "Bad Request" } },
      integration: {
        type: "aws",
        httpMethod: "POST",
        uri: { "Fn::Sub": "arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartExecution" },
        responses: { "200": { statusCode: "200" }, "400": { statusCode: "400" } },
        credentials: { "Fn::GetAtt": [`${logicalId}${eventId}Role`, "Arn"] },
        requestTemplates: { "application/json": { "Fn::Sub": template } },
      },
    };
  };
