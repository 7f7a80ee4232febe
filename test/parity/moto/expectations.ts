import type { Correction } from "./corrections.ts";

const REST = "test_apigateway.py";
const SCHEMA = 'schema=\'{"type": "object"}\',';

/**
 * What moto's tests expect otherwise than AWS was recorded to return, by what AWS returns: everything else in these tests is compared. A
 * test that stays different after them has a reason of its own.
 */
export const expectations: readonly Correction[] = [
  // Members of APIs and methods.
  { files: REST, from: /\n +"version": "V1",/g, to: "" },
  { files: REST, from: /\n +"binaryMediaTypes": \[\],/g, to: "" },
  {
    files: REST,
    from: /("endpointConfiguration"(?:: |\] == )\{"types": \["(?:EDGE|REGIONAL)"\])\}(?=,\n +"tags"|\n\n)/g,
    to: '$1, "ipAddressType": "ipv4"}',
  },
  {
    files: REST,
    from: /(\["endpointConfiguration"\] == \{"types": \["PRIVATE"\])\}/g,
    to: '$1, "ipAddressType": "dualstack"}',
  },
  { files: REST, from: /\n +"methodResponses": \{\},/g, to: "" },
  // A media type is in the path of a patch, and a description that was removed is absent.
  {
    files: REST,
    from: /\{"op": "(add|remove)", "path": "\/binaryMediaTypes", "value": "image\/(\w+)"\}/g,
    to: '{"op": "$1", "path": "/binaryMediaTypes/image~1$2"}',
  },
  { files: REST, from: 'assert response["description"] == ""', to: 'assert "description" not in response' },
  // Authorizers.
  { files: REST, from: '"authorizerResultTtlInSeconds": 300,', to: '"authType": "cognito_user_pools",' },
  {
    files: REST,
    from: 'assert stage["authorizerResultTtlInSeconds"] == 300',
    to: 'assert "authorizerResultTtlInSeconds" not in stage',
  },
  // The last response of an integration takes the map with it.
  {
    files: REST,
    from: 'assert response["methodIntegration"]["integrationResponses"] == {}',
    to: 'assert "integrationResponses" not in response["methodIntegration"]',
  },
  // The account.
  { files: REST, from: '["apiKeyVersion"] == "1"', to: '["apiKeyVersion"] == "4"' },
  {
    files: REST,
    from: 'assert "features" not in account',
    to: 'assert account["features"] == ["UsagePlans"]',
  },
  { files: REST, from: /\n +\{"op": "\w+", "path": "\/features", "value": "TestFeature"\},/g, to: "" },
  { files: REST, from: '["UsagePlans", "TestFeature"]', to: '["UsagePlans"]' },
  // Models: a schema is required, and an API has two from the start.
  { files: REST, from: "contentType=content_type,", to: `contentType=content_type, ${SCHEMA}` },
  { files: REST, from: /(contentType="application\/json",)(?=\n +\)\n\n +# Verify)/g, to: `$1 ${SCHEMA}` },
  {
    files: REST,
    from: /(# when no models are present\n.*\n.*)result\["items"\] == \[\]/g,
    to: '$1len(result["items"]) == 2',
  },
  {
    files: REST,
    from: /(# Verify model exists\n.*\n.*) == 1\n/g,
    to: "$1 == 3\n",
  },
  { files: REST, from: /(# Verify model is gone\n.*\n.*) == 0\n/g, to: "$1 == 2\n" },
  { files: REST, from: '"No Model Name specified"', to: '"Model name must be non-empty"' },
  { files: REST, from: '"Invalid Model Name specified"', to: '"Invalid model name specified: fake"' },
  {
    files: REST,
    from: /(client\.get_model\(restApiId=dummy_rest_api_id.*\n.*== )"Invalid Rest API Id specified"/g,
    to: '$1"Invalid model name specified: testModel"',
  },
  {
    files: REST,
    from: '"Invalid Rest API Id specified"',
    to: '"Invalid API identifier specified 000000000000:a12b3c4d"',
  },
  // Usage plans, their stages and their keys must exist.
  { files: REST, from: '"apiStages": [{"apiId": "foo", "stage": "bar"}],', to: '"apiStages": [],' },
  { files: REST, from: /\n +\{"op": "\w+", "path": "\/apiStages", "value": "foo:bar"\},/g, to: "" },
  { files: REST, from: '== [{"apiId": "foo", "stage": "bar"}]', to: "== []" },
  {
    files: REST,
    from: 'usage_plan_id = "test"',
    to: 'usage_plan_id = client.create_usage_plan(name="test")["id"]',
  },
  {
    files: REST,
    from: "client.get_usage_plan_key(usagePlanId=usage_plan_id, keyId=key_id)",
    to: 'client.get_usage_plan_key(usagePlanId="not_existing_plan_id", keyId=key_id)',
  },
  { files: REST, from: '"path": "/quota/offset", "value": "2"', to: '"path": "/quota/offset", "value": "1"' },
  { files: REST, from: '{"limit": 1, "offset": 2, "period"', to: '{"limit": 1, "offset": 1, "period"' },
  // Lists have no order.
  {
    files: REST,
    from: 'assert [key["name"] for key in keys] == ["TESTKEY1", "TESTKEY2"]',
    to: 'assert sorted(key["name"] for key in keys) == ["TESTKEY1", "TESTKEY2"]',
  },
  // Of siblings, one has a variable.
  { files: REST, from: ' "{proxy+}", "{pro:xy+}",', to: "" },
  // Sentences.
  {
    files: REST,
    from: "Resource's path part only allow a-zA-Z0-9._- and curly braces at the beginning and the end and an optional plus sign before the closing brace.",
    to: "Resource's path part only allow a-zA-Z0-9._-:, or a valid greedy path variable and curly braces at the beginning and the end.",
  },
  {
    files: REST,
    from: '"Invalid resource identifier specified"',
    to: '"Invalid Resource identifier specified"',
  },
  {
    files: "test_apigateway_vpclink",
    from: '"VPCLink not found"',
    to: '"Invalid Vpc Link identifier specified"',
  },
  {
    files: "test_apigateway_vpclink",
    from: /(targetArns=\["[^"]*"\],\n +tags=\{"key1": "value1"\},\n +\)\n[^=]*(?:==[^=]*){3}== )"AVAILABLE"/g,
    to: '$1"PENDING"',
  },
  // Stages show what was given, and always the status of their cache.
  {
    files: "test_apigateway_stage",
    from: 'assert response["variables"] == {}',
    to: 'assert "variables" not in response',
  },
  {
    files: "test_apigateway_stage",
    from: 'assert response["description"] == ""',
    to: 'assert "description" not in response',
  },
  {
    files: "test_apigateway_stage",
    from: /assert "cacheClusterStatus" not in (\w+)/g,
    to: 'assert $1["cacheClusterStatus"] == "NOT_AVAILABLE"',
  },
];
