locals { fn = "arn:aws:lambda:us-east-1:000000000000:function:f" }
resource "aws_apigatewayv2_api" "h" {
  name                         = "http-${var.n}"
  protocol_type                = "HTTP"
  description                  = var.n
  version                      = var.n
  disable_execute_api_endpoint = var.n != "one"
  cors_configuration {
    allow_credentials = var.n == "one"
    allow_headers     = ["Authorization", "X-A"]
    allow_methods     = ["GET", "POST"]
    allow_origins     = ["https://${var.n}.example.com"]
    expose_headers    = ["x-b"]
    max_age           = var.n == "one" ? 10 : 20
  }
  tags = { a = var.n }
}
resource "aws_apigatewayv2_api" "w" {
  name                         = "ws-${var.n}"
  protocol_type                = "WEBSOCKET"
  route_selection_expression   = var.n == "one" ? "$request.body.action" : "$request.body.do"
  api_key_selection_expression = var.n == "one" ? "$request.header.x-api-key" : "$context.authorizer.usageIdentifierKey"
  tags                         = { a = var.n }
}
resource "aws_apigatewayv2_api" "quick" {
  name          = "quick"
  protocol_type = "HTTP"
  target        = "http://127.0.0.1:1/${var.n}"
  route_key     = "GET /q"
}
resource "aws_apigatewayv2_api" "body" {
  # The provider keeps what the definition says.
  version       = "1"
  name          = "body-${var.n}"
  protocol_type = "HTTP"
  body          = jsonencode({ openapi = "3.0.1", info = { title = "body-${var.n}", version = "1" }, paths = { "/a" = { get = { x-amazon-apigateway-integration = { type = "HTTP_PROXY", httpMethod = "GET", payloadFormatVersion = "1.0", uri = "https://example.com/${var.n}" } } } } })
}
resource "aws_apigatewayv2_authorizer" "jwt" {
  api_id           = aws_apigatewayv2_api.h.id
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]
  name             = "jwt-${var.n}"
  jwt_configuration {
    audience = ["a", var.n]
    issuer   = "https://${var.n}.example.com"
  }
}
resource "aws_apigatewayv2_authorizer" "req" {
  api_id                            = aws_apigatewayv2_api.h.id
  authorizer_type                   = "REQUEST"
  authorizer_uri                    = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${local.fn}/invocations"
  identity_sources                  = var.n == "one" ? ["$request.header.Auth"] : ["$request.header.Auth", "$request.querystring.a"]
  name                              = "req-${var.n}"
  authorizer_payload_format_version = var.n == "one" ? "2.0" : "1.0"
  authorizer_result_ttl_in_seconds  = var.n == "one" ? 0 : 60
  enable_simple_responses           = var.n == "one"
}
resource "aws_apigatewayv2_authorizer" "wsreq" {
  api_id           = aws_apigatewayv2_api.w.id
  authorizer_type  = "REQUEST"
  authorizer_uri   = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${local.fn}/invocations"
  identity_sources = ["route.request.header.Auth"]
  name             = "ws-${var.n}"
}
resource "aws_apigatewayv2_integration" "proxy" {
  api_id               = aws_apigatewayv2_api.h.id
  integration_type     = "HTTP_PROXY"
  integration_method   = var.n == "one" ? "GET" : "ANY"
  integration_uri      = "https://example.com/${var.n}"
  description          = var.n
  timeout_milliseconds = var.n == "one" ? 5000 : 30000
  request_parameters   = var.n == "one" ? { "append:header.a" = "$request.header.b", "overwrite:path" = "/x" } : { "append:header.c" = "'d'" }
  response_parameters {
    status_code = 403
    mappings    = { "append:header.auth" = "$context.authorizer.authorizerResponse" }
  }
  dynamic "response_parameters" {
    for_each = var.n == "one" ? [1] : []
    content {
      status_code = 200
      mappings    = { "overwrite:statuscode" = "204" }
    }
  }
  tls_config { server_name_to_verify = "${var.n}.example.com" }
  connection_type = "VPC_LINK"
  connection_id   = aws_apigatewayv2_vpc_link.v.id
}
resource "aws_apigatewayv2_integration" "fn" {
  api_id                 = aws_apigatewayv2_api.h.id
  integration_type       = "AWS_PROXY"
  integration_uri        = local.fn
  payload_format_version = var.n == "one" ? "2.0" : "1.0"
}
resource "aws_apigatewayv2_integration" "sqs" {
  api_id              = aws_apigatewayv2_api.h.id
  integration_type    = "AWS_PROXY"
  integration_subtype = "SQS-SendMessage"
  credentials_arn     = "arn:aws:iam::000000000000:role/r"
  request_parameters  = { "QueueUrl" = "https://sqs.us-east-1.amazonaws.com/000000000000/q", "MessageBody" = "$request.body.${var.n}" }
}
resource "aws_apigatewayv2_integration" "wsmock" {
  api_id                        = aws_apigatewayv2_api.w.id
  integration_type              = "MOCK"
  template_selection_expression = "\\$default"
  request_templates             = { "$default" = "{\"statusCode\":200, \"n\": \"${var.n}\"}" }
  passthrough_behavior          = var.n == "one" ? "WHEN_NO_MATCH" : "NEVER"
  content_handling_strategy     = "CONVERT_TO_TEXT"
}
resource "aws_apigatewayv2_integration" "wsfn" {
  api_id               = aws_apigatewayv2_api.w.id
  integration_type     = "AWS_PROXY"
  integration_uri      = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${local.fn}/invocations"
  timeout_milliseconds = var.n == "one" ? 100 : 29000
}
resource "aws_apigatewayv2_integration_response" "r" {
  api_id                        = aws_apigatewayv2_api.w.id
  integration_id                = aws_apigatewayv2_integration.wsmock.id
  integration_response_key      = var.n == "one" ? "/200/" : "$default"
  response_templates            = { "application/json" = "{\"a\":\"${var.n}\"}" }
  template_selection_expression = "application/json"
}
resource "aws_apigatewayv2_model" "m" {
  api_id       = aws_apigatewayv2_api.w.id
  content_type = "application/json"
  name         = "M${var.n}"
  description  = var.n
  schema       = jsonencode({ type = "object", properties = { a = { type = "string", maxLength = var.n == "one" ? 1 : 2 } } })
}
resource "aws_apigatewayv2_route" "get" {
  api_id               = aws_apigatewayv2_api.h.id
  route_key            = "GET /${var.n}/{id}"
  target               = "integrations/${aws_apigatewayv2_integration.proxy.id}"
  authorization_type   = var.n == "one" ? "JWT" : "CUSTOM"
  authorizer_id        = var.n == "one" ? aws_apigatewayv2_authorizer.jwt.id : aws_apigatewayv2_authorizer.req.id
  authorization_scopes = var.n == "one" ? ["s"] : null
  operation_name       = "op${var.n}"
}
resource "aws_apigatewayv2_route" "default" {
  api_id    = aws_apigatewayv2_api.h.id
  route_key = "$default"
  target    = "integrations/${aws_apigatewayv2_integration.fn.id}"
}
resource "aws_apigatewayv2_route" "connect" {
  api_id             = aws_apigatewayv2_api.w.id
  route_key          = "$connect"
  authorization_type = "CUSTOM"
  authorizer_id      = aws_apigatewayv2_authorizer.wsreq.id
  api_key_required   = var.n == "one"
  target             = "integrations/${aws_apigatewayv2_integration.wsfn.id}"
  request_parameter {
    request_parameter_key = "route.request.querystring.${var.n}"
    required              = var.n == "one"
  }
}
resource "aws_apigatewayv2_route" "send" {
  api_id                              = aws_apigatewayv2_api.w.id
  route_key                           = "send"
  target                              = "integrations/${aws_apigatewayv2_integration.wsmock.id}"
  route_response_selection_expression = "$default"
  model_selection_expression          = var.n == "one" ? "action" : "other"
  request_models                      = { "action" = aws_apigatewayv2_model.m.name }
}
resource "aws_apigatewayv2_route_response" "r" {
  api_id                     = aws_apigatewayv2_api.w.id
  route_id                   = aws_apigatewayv2_route.send.id
  route_response_key         = "$default"
  response_models            = { "a" = aws_apigatewayv2_model.m.name }
  model_selection_expression = var.n == "one" ? "action" : null
}
resource "aws_apigatewayv2_deployment" "w" {
  api_id      = aws_apigatewayv2_api.w.id
  description = var.n
  triggers    = { n = var.n }
  lifecycle { create_before_destroy = true }
  depends_on = [aws_apigatewayv2_route.send, aws_apigatewayv2_route.connect]
}
resource "aws_apigatewayv2_deployment" "h" {
  api_id      = aws_apigatewayv2_api.h.id
  description = var.n
  depends_on  = [aws_apigatewayv2_route.get, aws_apigatewayv2_route.default]
}
resource "aws_cloudwatch_log_group" "l" { name = "apigwv2/calls" }
resource "aws_apigatewayv2_stage" "h" {
  api_id          = aws_apigatewayv2_api.h.id
  name            = "$default"
  auto_deploy     = true
  description     = var.n
  stage_variables = { a = var.n }
  default_route_settings {
    throttling_burst_limit   = var.n == "one" ? 10 : 20
    throttling_rate_limit    = 10.5
    detailed_metrics_enabled = var.n == "one"
  }
  route_settings {
    route_key              = aws_apigatewayv2_route.get.route_key
    throttling_burst_limit = 1
    throttling_rate_limit  = var.n == "one" ? 1 : 2
  }
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.l.arn
    format          = "$context.requestId ${var.n}"
  }
  tags = { s = var.n }
}
resource "aws_iam_role" "logs" {
  name               = "apigwv2-logs"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "apigateway.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}
resource "aws_api_gateway_account" "a" { cloudwatch_role_arn = aws_iam_role.logs.arn }
resource "aws_apigatewayv2_stage" "w" {
  depends_on    = [aws_api_gateway_account.a]
  api_id        = aws_apigatewayv2_api.w.id
  name          = "prod"
  deployment_id = aws_apigatewayv2_deployment.w.id
  default_route_settings {
    data_trace_enabled     = var.n == "one"
    logging_level          = var.n == "one" ? "INFO" : "ERROR"
    throttling_burst_limit = 5
    throttling_rate_limit  = 5
  }
}
# The internal authority issues it at once.
resource "aws_acm_certificate" "c" {
  domain_name               = "http.example.com"
  certificate_authority_arn = "arn:aws:acm-pca:us-east-1:000000000000:certificate-authority/internal"
}
resource "aws_apigatewayv2_domain_name" "d" {
  domain_name = "http.example.com"
  domain_name_configuration {
    certificate_arn = aws_acm_certificate.c.arn
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
  tags = { d = var.n }
}
resource "aws_apigatewayv2_api_mapping" "m" {
  api_id          = aws_apigatewayv2_api.h.id
  domain_name     = aws_apigatewayv2_domain_name.d.id
  stage           = aws_apigatewayv2_stage.h.id
  api_mapping_key = "k/${var.n}"
}
resource "aws_apigatewayv2_vpc_link" "v" {
  name               = "v-${var.n}"
  security_group_ids = ["sg-0123456789abcdef0"]
  subnet_ids         = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
  tags               = { v = var.n }
}
data "aws_apigatewayv2_api" "h" { api_id = aws_apigatewayv2_api.h.id }
data "aws_apigatewayv2_apis" "all" { protocol_type = "HTTP" }
data "aws_apigatewayv2_export" "e" {
  api_id        = aws_apigatewayv2_route.get.api_id
  specification = "OAS30"
  output_type   = "JSON"
}
data "aws_apigatewayv2_vpc_link" "v" { vpc_link_id = aws_apigatewayv2_vpc_link.v.id }
