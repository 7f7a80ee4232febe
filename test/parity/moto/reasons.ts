import type { Suite } from "../suites/suite.ts";

/** The tests of a part, such as "stage", by their names without test_. */
const tests =
  (part: string, ...names: readonly string[]) =>
  (title: string): boolean =>
    names.some((name) => title === `${part}: test_${name}`);
const anyOf =
  (...fits: readonly ((title: string) => boolean)[]) =>
  (title: string): boolean =>
    fits.some((one) => one(title));

/** Where moto supposes something else than AWS does, as recordings of AWS, its model or its documentation show. */
export const reasons: Suite["explained"] = [
  {
    why: "recorded: an integration has a cacheNamespace, which is an id, and timeoutInMillis",
    fits: tests("apigateway", "integrations"),
  },
  {
    why: "a header is mapped only where the method response declares it (errors of AWS, olegabu/cognito-helper #13)",
    fits: tests("apigateway", "integration_response", "put_integration_response_with_response_template"),
  },
  {
    why: "a VPC link is PENDING in the response that creates it (responses of AWS in its CLI's examples)",
    fits: tests("apigatewayv2_vpclinks", "create_vpc_links"),
  },
  {
    why: "an authorizer that becomes TOKEN or REQUEST needs the URI of a function (errors of AWS)",
    fits: tests("apigateway", "update_authorizer_configuration"),
  },
  {
    why: "recorded: /binaryMediaTypes without a type is an invalid patch path",
    fits: tests("apigateway", "update_rest_api"),
  },
  {
    why: "recorded: other words of the same error",
    fits: anyOf(
      tests("stage", "update_stage_configuration_unknown_operation"),
      tests("apigatewayv2", "get_api_unknown"),
    ),
  },
  {
    why: "recorded: another error of the same request (an unknown validator is NotFound, a method without an integration BadRequest, an unknown mode or type of export a ValidationException or BadRequest)",
    fits: anyOf(
      tests("validators", "delete_request_validator"),
      tests("deployments", "create_deployment_requires_REST_method_integrations"),
      tests("putrestapi", "put_rest_api__fail_on_invalid_mode"),
      tests("export", "export_api__unknown_api"),
    ),
  },
  {
    why: "recorded: a reference to the models Empty and Error, which every API has, is a model of the response",
    fits: anyOf(
      tests("importrestapi", "import_rest_api__methods_are_created"),
      tests("putrestapi", "put_rest_api__methods_are_created"),
    ),
  },
  {
    why: "recorded: every type of gateway response is there, customized or not",
    fits: tests(
      "gatewayresponses",
      "get_gateway_response_unknown",
      "get_gateway_responses_empty",
      "get_gateway_responses",
      "delete_gateway_response",
    ),
  },
  {
    why: "recorded: a deployment needs an integration of every method, which the definition lacks",
    fits: tests("export", "import_rest_api__api_is_created", "export_api__unknown_export_type"),
  },
  {
    why: "recorded: an overwrite takes the name of the definition, and keeps the id of the root",
    fits: tests(
      "putrestapi",
      "put_rest_api__api_details_are_persisted",
      "put_rest_api__as_yaml",
      "put_rest_api__existing_methods_are_overwritten",
    ),
  },
  {
    why: "recorded: a base path that is mapped is a conflict, and the format of an access log needs a request id",
    fits: anyOf(
      tests("apigateway", "create_base_path_mapping", "update_path_mapping_to_same_base_path"),
      tests("stage", "update_stage_add_access_log_settings"),
    ),
  },
  {
    why: "lists have no order",
    fits: tests("validators", "get_request_validators"),
  },
  {
    why: "differences from AWS: roles of integrations may be of any account, and what an integration names must exist",
    fits: anyOf(
      tests("apigateway", "put_integration_validation"),
      tests("putrestapi", "put_rest_api__as_yaml_with_integrations"),
    ),
  },
  {
    why: "a policy without statements is not valid (grammar of IAM policies)",
    fits: tests("apigateway", "create_rest_api_with_policy"),
  },
  {
    why: "words of moto's own parser of definitions",
    fits: anyOf(
      tests("importrestapi", "import_rest_api__invalid_api_creates_nothing"),
      tests("putrestapi", "put_rest_api__fail_on_invalid_spec", "put_rest_api__fail_on_invalid_version"),
    ),
  },
  {
    why: "HTTP APIs have two types of integrations only, and no API keys, parameters or responses of routes, or execution logs (errors of AWS)",
    fits: anyOf(
      tests(
        "apigatewayv2_integrations",
        "create_integration_minimum",
        "create_integration_for_internet_mock",
        "create_integration_full",
        "get_integration",
        "get_integrations",
        "delete_integration",
        "update_integration_single_attr",
        "update_integration_all_attrs",
        "update_integration_request_parameters",
      ),
      tests(
        "apigatewayv2_routes",
        "create_route_full",
        "update_route_all_attributes",
        "delete_route_request_parameter",
        "create_route_response_minimal",
        "create_route_response",
        "get_route_response",
        "delete_route_response_unknown",
      ),
      tests("apigatewayv2_stages", "create_stage"),
    ),
  },
  {
    why: "selection expressions, keys of integration responses, schemas of models and authorizers without a function or with two kinds of settings that AWS refuses",
    fits: anyOf(
      tests(
        "apigatewayv2_authorizers",
        "create_authorizer_minimum",
        "create_authorizer",
        "get_authorizer",
        "delete_authorizer",
        "update_authorizer_single",
        "update_authorizer_all_attributes",
      ),
      tests(
        "apigatewayv2_integrationresponses",
        "create_integration_response",
        "get_integration_response",
        "delete_integration_response",
        "update_integration_response_single_attr",
        "update_integration_response_multiple_attrs",
      ),
      tests(
        "apigatewayv2_models",
        "create_model",
        "get_model",
        "delete_model",
        "update_model_single_attr",
        "update_model_all_attrs",
      ),
      tests(
        "apigatewayv2",
        "create_api",
        "delete_cors_configuration",
        "update_api_minimal",
        "update_api_empty_fields",
        "update_api",
      ),
    ),
  },
  {
    why: "addresses name the region of the installation, and those of WebSocket APIs begin with wss:",
    fits: tests("apigatewayv2", "create_api_minimal", "get_api"),
  },
  {
    why: "reported by users: other words of the same error",
    fits: anyOf(
      tests("apigatewayv2_domains", "create_domain_name_already_exists", "delete_domain_name_dne"),
      tests(
        "apigatewayv2_mappings",
        "create_api_mapping_missing_api",
        "create_api_mapping_missing_domain",
        "delete_api_mapping_dne",
      ),
    ),
  },
  {
    why: "AWS shows allowCredentials of CORS always, and only members of routes and domains that were given",
    fits: anyOf(
      tests("apigatewayv2_reimport", "reimport_api_standard_fields", "reimport_api_routes_and_integrations"),
      tests("apigatewayv2_domains", "create_domain_name"),
    ),
  },
];
