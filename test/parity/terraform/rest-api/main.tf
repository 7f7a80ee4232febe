resource "aws_iam_role" "logs" {
  name               = "apigw-logs"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "apigateway.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}
resource "aws_api_gateway_account" "a" { cloudwatch_role_arn = aws_iam_role.logs.arn }
resource "aws_api_gateway_rest_api" "r" {
  name                         = "pets-${var.n}"
  description                  = "about ${var.n}"
  binary_media_types           = var.n == "one" ? ["image/png"] : ["image/png", "image/jpeg"]
  minimum_compression_size     = var.n == "one" ? "100" : "200"
  api_key_source               = var.n == "one" ? "HEADER" : "AUTHORIZER"
  disable_execute_api_endpoint = var.n != "one"
  endpoint_configuration { types = ["REGIONAL"] }
  tags = { env = var.n, k = "v" }
}
resource "aws_api_gateway_rest_api_policy" "p" {
  rest_api_id = aws_api_gateway_rest_api.r.id
  policy      = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "execute-api:Invoke", Resource = "${aws_api_gateway_rest_api.r.execution_arn}/*", Condition = { IpAddress = { "aws:SourceIp" = var.n == "one" ? ["10.0.0.0/8"] : ["10.0.0.0/8", "127.0.0.0/8"] } } }] })
}
resource "aws_api_gateway_resource" "pets" {
  rest_api_id = aws_api_gateway_rest_api.r.id
  parent_id   = aws_api_gateway_rest_api.r.root_resource_id
  path_part   = var.n == "one" ? "pets" : "animals"
}
resource "aws_api_gateway_resource" "pet" {
  rest_api_id = aws_api_gateway_rest_api.r.id
  parent_id   = aws_api_gateway_resource.pets.id
  path_part   = "{id}"
}
resource "aws_api_gateway_model" "m" {
  rest_api_id  = aws_api_gateway_rest_api.r.id
  name         = "Pet"
  description  = var.n
  content_type = "application/json"
  schema       = jsonencode({ "$schema" = "http://json-schema.org/draft-04/schema#", type = "object", properties = { name = { type = var.n == "one" ? "string" : "number" } } })
}
resource "aws_api_gateway_request_validator" "v" {
  rest_api_id                 = aws_api_gateway_rest_api.r.id
  name                        = "v-${var.n}"
  validate_request_body       = true
  validate_request_parameters = var.n == "one"
}
resource "aws_api_gateway_authorizer" "a" {
  rest_api_id                      = aws_api_gateway_rest_api.r.id
  name                             = "auth-${var.n}"
  type                             = "TOKEN"
  authorizer_uri                   = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations"
  authorizer_credentials           = aws_iam_role.logs.arn
  authorizer_result_ttl_in_seconds = var.n == "one" ? 0 : 60
  identity_source                  = "method.request.header.Auth"
  identity_validation_expression   = var.n == "one" ? "^Bearer" : "^B"
}
resource "aws_api_gateway_authorizer" "c" {
  rest_api_id   = aws_api_gateway_rest_api.r.id
  name          = "cog"
  type          = "COGNITO_USER_POOLS"
  provider_arns = var.n == "one" ? ["arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_AbCdEf"] : ["arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_AbCdEg"]
}
resource "aws_api_gateway_authorizer" "rq" {
  rest_api_id     = aws_api_gateway_rest_api.r.id
  name            = "req"
  type            = "REQUEST"
  authorizer_uri  = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations"
  identity_source = var.n == "one" ? "method.request.header.A,method.request.querystring.b" : "method.request.header.A"
}
resource "aws_api_gateway_method" "get" {
  rest_api_id          = aws_api_gateway_rest_api.r.id
  resource_id          = aws_api_gateway_resource.pet.id
  http_method          = "GET"
  authorization        = var.n == "one" ? "NONE" : "CUSTOM"
  authorizer_id        = var.n == "one" ? null : aws_api_gateway_authorizer.a.id
  api_key_required     = var.n == "one"
  operation_name       = "get${var.n}"
  request_validator_id = aws_api_gateway_request_validator.v.id
  request_models       = { "application/json" = aws_api_gateway_model.m.name }
  request_parameters   = var.n == "one" ? { "method.request.path.id" = true, "method.request.header.X" = false } : { "method.request.path.id" = true, "method.request.querystring.q" = true }
}
resource "aws_api_gateway_method" "cog" {
  rest_api_id          = aws_api_gateway_rest_api.r.id
  resource_id          = aws_api_gateway_resource.pets.id
  http_method          = "POST"
  authorization        = "COGNITO_USER_POOLS"
  authorizer_id        = aws_api_gateway_authorizer.c.id
  authorization_scopes = var.n == "one" ? ["a/read"] : ["a/read", "a/write"]
}
resource "aws_api_gateway_integration" "get" {
  rest_api_id             = aws_api_gateway_rest_api.r.id
  resource_id             = aws_api_gateway_resource.pet.id
  http_method             = aws_api_gateway_method.get.http_method
  type                    = "HTTP"
  uri                     = "http://127.0.0.1:1/${var.n}/{id}"
  integration_http_method = "GET"
  passthrough_behavior    = "NEVER"
  content_handling        = var.n == "one" ? "CONVERT_TO_TEXT" : "CONVERT_TO_BINARY"
  timeout_milliseconds    = var.n == "one" ? 1000 : 29000
  cache_key_parameters    = ["method.request.path.id"]
  cache_namespace         = "ns-${var.n}"
  request_parameters      = { "integration.request.path.id" = "method.request.path.id" }
  request_templates       = var.n == "one" ? { "application/json" = "{}", "text/xml" = "" } : { "application/json" = "{\"a\":1}" }
  tls_config { insecure_skip_verification = var.n == "one" }
}
resource "aws_api_gateway_integration" "cog" {
  rest_api_id       = aws_api_gateway_rest_api.r.id
  resource_id       = aws_api_gateway_resource.pets.id
  http_method       = aws_api_gateway_method.cog.http_method
  type              = "MOCK"
  request_templates = { "application/json" = "{\"statusCode\": 200}" }
}
resource "aws_api_gateway_method_response" "r200" {
  rest_api_id         = aws_api_gateway_rest_api.r.id
  resource_id         = aws_api_gateway_resource.pet.id
  http_method         = aws_api_gateway_method.get.http_method
  status_code         = "200"
  response_models     = { "application/json" = var.n == "one" ? "Empty" : aws_api_gateway_model.m.name }
  response_parameters = var.n == "one" ? { "method.response.header.A" = true } : { "method.response.header.A" = false, "method.response.header.B" = true }
}
resource "aws_api_gateway_method_response" "empty" {
  rest_api_id = aws_api_gateway_rest_api.r.id
  resource_id = aws_api_gateway_resource.pets.id
  http_method = aws_api_gateway_method.cog.http_method
  status_code = "200"
}
resource "aws_api_gateway_integration_response" "i200" {
  rest_api_id         = aws_api_gateway_rest_api.r.id
  resource_id         = aws_api_gateway_resource.pet.id
  http_method         = aws_api_gateway_method.get.http_method
  status_code         = aws_api_gateway_method_response.r200.status_code
  selection_pattern   = var.n == "one" ? "" : "2\\d\\d"
  content_handling    = var.n == "one" ? null : "CONVERT_TO_TEXT"
  response_parameters = { "method.response.header.A" = "'${var.n}'" }
  response_templates  = { "application/json" = var.n == "one" ? "" : "$input.json('$')" }
  depends_on          = [aws_api_gateway_integration.get]
}
resource "aws_api_gateway_integration_response" "empty" {
  rest_api_id = aws_api_gateway_rest_api.r.id
  resource_id = aws_api_gateway_resource.pets.id
  http_method = aws_api_gateway_method.cog.http_method
  status_code = aws_api_gateway_method_response.empty.status_code
  depends_on  = [aws_api_gateway_integration.cog]
}
resource "aws_api_gateway_gateway_response" "g" {
  rest_api_id         = aws_api_gateway_rest_api.r.id
  response_type       = "UNAUTHORIZED"
  status_code         = var.n == "one" ? "401" : "403"
  response_parameters = { "gatewayresponse.header.X" = "'${var.n}'" }
  response_templates  = { "application/json" = "{\"m\":$context.error.messageString}" }
}
resource "aws_api_gateway_documentation_part" "d" {
  rest_api_id = aws_api_gateway_rest_api.r.id
  location {
    type   = "METHOD"
    method = "GET"
    path   = "/pets"
  }
  properties = jsonencode({ description = var.n })
}
resource "aws_api_gateway_documentation_version" "d" {
  rest_api_id = aws_api_gateway_rest_api.r.id
  version     = "v1"
  description = var.n
  depends_on  = [aws_api_gateway_documentation_part.d]
}
resource "aws_api_gateway_deployment" "d" {
  rest_api_id = aws_api_gateway_rest_api.r.id
  description = var.n
  triggers    = { n = var.n }
  lifecycle { create_before_destroy = true }
  depends_on = [aws_api_gateway_integration.get, aws_api_gateway_integration.cog, aws_api_gateway_integration_response.i200, aws_api_gateway_integration_response.empty, aws_api_gateway_rest_api_policy.p]
}
resource "aws_api_gateway_client_certificate" "c" {
  description = var.n
  tags        = { a = var.n }
}
resource "aws_cloudwatch_log_group" "l" { name = "apigw/calls" }
resource "aws_api_gateway_stage" "s" {
  rest_api_id           = aws_api_gateway_rest_api.r.id
  deployment_id         = aws_api_gateway_deployment.d.id
  stage_name            = "prod"
  description           = var.n
  cache_cluster_enabled = var.n == "one"
  cache_cluster_size    = var.n == "one" ? "0.5" : null
  client_certificate_id = aws_api_gateway_client_certificate.c.id
  documentation_version = aws_api_gateway_documentation_version.d.version
  xray_tracing_enabled  = var.n == "one"
  variables             = { a = var.n }
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.l.arn
    format          = "$context.requestId ${var.n}"
  }
  tags       = { s = var.n }
  depends_on = [aws_api_gateway_account.a]
}
resource "aws_api_gateway_stage" "canary" {
  rest_api_id           = aws_api_gateway_rest_api.r.id
  deployment_id         = aws_api_gateway_deployment.d.id
  stage_name            = "canary"
  cache_cluster_enabled = true
  cache_cluster_size    = "0.5"
  canary_settings {
    deployment_id            = aws_api_gateway_deployment.d.id
    percent_traffic          = var.n == "one" ? 10.5 : 20
    stage_variable_overrides = { a = var.n }
    use_stage_cache          = var.n == "one"
  }
}
resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.r.id
  stage_name  = aws_api_gateway_stage.s.stage_name
  method_path = "*/*"
  settings {
    metrics_enabled                            = true
    logging_level                              = var.n == "one" ? "INFO" : "ERROR"
    data_trace_enabled                         = var.n == "one"
    throttling_burst_limit                     = var.n == "one" ? 10 : 20
    throttling_rate_limit                      = var.n == "one" ? 10.5 : 20
    caching_enabled                            = var.n == "one"
    cache_ttl_in_seconds                       = 10
    cache_data_encrypted                       = true
    require_authorization_for_cache_control    = var.n == "one"
    unauthorized_cache_control_header_strategy = var.n == "one" ? "FAIL_WITH_403" : "SUCCEED_WITH_RESPONSE_HEADER"
  }
}
resource "aws_api_gateway_method_settings" "one" {
  rest_api_id = aws_api_gateway_rest_api.r.id
  stage_name  = aws_api_gateway_stage.s.stage_name
  method_path = "pets/{id}/GET"
  settings {
    metrics_enabled = var.n == "one"
    logging_level   = "INFO"
  }
  depends_on = [aws_api_gateway_method_settings.all]
}
resource "aws_api_gateway_usage_plan" "u" {
  name         = "gold-${var.n}"
  description  = var.n
  product_code = "P${var.n}"
  api_stages {
    api_id = aws_api_gateway_rest_api.r.id
    stage  = aws_api_gateway_stage.s.stage_name
    dynamic "throttle" {
      for_each = var.n == "one" ? [1] : [2]
      content {
        path        = "/pets/GET"
        burst_limit = 5 * throttle.value
        rate_limit  = 5.5
      }
    }
  }
  quota_settings {
    limit  = var.n == "one" ? 100 : 200
    offset = 1
    period = var.n == "one" ? "WEEK" : "MONTH"
  }
  throttle_settings {
    burst_limit = 5
    rate_limit  = var.n == "one" ? 10 : 20
  }
  tags = { p = var.n }
}
resource "aws_api_gateway_api_key" "k" {
  name        = "key-${var.n}"
  description = var.n
  enabled     = var.n == "one"
  customer_id = "c-${var.n}"
  value       = "abcdefghijklmnopqrstuvwxyz0123456789"
  tags        = { k = var.n }
}
resource "aws_api_gateway_api_key" "auto" { name = "auto" }
resource "aws_api_gateway_usage_plan_key" "k" {
  key_id        = aws_api_gateway_api_key.k.id
  key_type      = "API_KEY"
  usage_plan_id = aws_api_gateway_usage_plan.u.id
}
# The internal authority issues it at once.
resource "aws_acm_certificate" "c" {
  domain_name               = "api.example.com"
  certificate_authority_arn = "arn:aws:acm-pca:us-east-1:000000000000:certificate-authority/internal"
}
resource "aws_api_gateway_domain_name" "d" {
  domain_name              = "api.example.com"
  regional_certificate_arn = aws_acm_certificate.c.arn
  security_policy          = var.n == "one" ? "TLS_1_2" : "TLS_1_0"
  endpoint_configuration { types = ["REGIONAL"] }
  tags = { d = var.n }
}
resource "aws_api_gateway_base_path_mapping" "b" {
  api_id      = aws_api_gateway_rest_api.r.id
  stage_name  = aws_api_gateway_stage.s.stage_name
  domain_name = aws_api_gateway_domain_name.d.domain_name
  base_path   = "v-${var.n}"
}
resource "aws_api_gateway_vpc_link" "v" {
  name        = "link-${var.n}"
  description = var.n
  target_arns = ["arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/n/50dc6c495c0c9188"]
  tags        = { v = var.n }
}
resource "aws_api_gateway_rest_api" "body" {
  name              = "body"
  body              = jsonencode({ openapi = "3.0.1", info = { title = "body-${var.n}", version = "1" }, paths = { "/a" = { get = { x-amazon-apigateway-integration = { type = "mock", requestTemplates = { "application/json" = "{\"statusCode\":200}" }, responses = { default = { statusCode = "200" } } } } } } })
  put_rest_api_mode = var.n == "one" ? "overwrite" : "merge"
  endpoint_configuration { types = ["REGIONAL"] }
}
data "aws_api_gateway_rest_api" "r" {
  name       = aws_api_gateway_rest_api.body.name
  depends_on = [aws_api_gateway_rest_api.body]
}
data "aws_api_gateway_resource" "root" {
  rest_api_id = aws_api_gateway_rest_api.body.id
  path        = "/a"
}
data "aws_api_gateway_export" "e" {
  rest_api_id = aws_api_gateway_stage.s.rest_api_id
  stage_name  = aws_api_gateway_stage.s.stage_name
  export_type = "oas30"
}
data "aws_api_gateway_api_key" "k" { id = aws_api_gateway_api_key.k.id }
data "aws_api_gateway_authorizers" "a" { rest_api_id = aws_api_gateway_authorizer.a.rest_api_id }
output "url" { value = aws_api_gateway_stage.s.invoke_url }
