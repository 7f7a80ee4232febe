import { CONFLICT, INVALID, MISSING, patch } from "./refusal-row.fixture.ts";
import { given } from "./refused-certificates.fixture.ts";

export const patchOf = (path: string, value: string) => patch(["replace", path, value]);

/** What AWS's clients are refused of domains besides what their certificates are. */
export const refusalsOfDomains: readonly [
  what: string,
  request: string,
  body: () => object,
  message: string | RegExp,
  code?: string,
][] = [
  [
    "a REGIONAL domain with the certificate of an EDGE one",
    "POST /domainnames",
    () => ({
      domainName: "a.example.com",
      certificateArn: given.imported,
      endpointConfiguration: { types: ["REGIONAL"] },
    }),
    "Cannot import certificates for EDGE while REGIONAL is active.",
  ],
  [
    "an EDGE domain with the certificate of a REGIONAL one",
    "POST /domainnames",
    () => ({
      domainName: "a.example.com",
      regionalCertificateArn: given.imported,
      endpointConfiguration: { types: ["EDGE"] },
    }),
    "A certificate was not provided for the endpoint type EDGE.",
  ],
  [
    "a domain, EDGE unless it says otherwise, with the certificate of a REGIONAL one",
    "POST /domainnames",
    () => ({ domainName: "a.example.com", regionalCertificateArn: given.imported }),
    "A certificate was not provided for the endpoint type EDGE.",
  ],
  [
    "a PRIVATE domain with the certificate of a REGIONAL one",
    "POST /domainnames",
    () => ({
      domainName: "a.example.com",
      regionalCertificateArn: given.imported,
      endpointConfiguration: { types: ["PRIVATE"] },
    }),
    /^regionalCertificateArn is for domains with the endpoint type REGIONAL/,
  ],
  [
    "an unknown type of endpoint",
    "POST /domainnames",
    () => ({ domainName: "a.example.com", endpointConfiguration: { types: ["WORLD"] } }),
    /'createDomainNameInput\.endpointConfiguration\.types'.*\[PRIVATE, EDGE, REGIONAL\]/,
    INVALID,
  ],
  ["no name", "POST /domainnames", () => ({}), /Value null at 'createDomainNameInput\.domainName'/, INVALID],
  ["an empty name", "POST /domainnames", () => ({ domainName: "" }), "No Domain Name specified"],
  [
    "a wildcard in the middle",
    "POST /domainnames",
    () => ({ domainName: "a.*.example.com" }),
    /DomainName\/a\.\*\.example\.com\.id: .*\*\.example\.com/,
  ],
  [
    "a wildcard that is part of a label",
    "POST /domainnames",
    () => ({ domainName: "a*.example.com" }),
    /must be a lower-case host name/,
  ],
  ["a wildcard alone", "POST /domainnames", () => ({ domainName: "*" }), /must be a lower-case host name/],
  [
    "upper case",
    "POST /domainnames",
    () => ({ domainName: "A.example.com" }),
    /must be a lower-case host name/,
  ],
  [
    "an underscore",
    "POST /domainnames",
    () => ({ domainName: "a_b.example.com" }),
    /must be a lower-case host name/,
  ],
  [
    "a wildcard for private networks",
    "POST /domainnames",
    () => ({ domainName: "*.example.com", endpointConfiguration: { types: ["PRIVATE"] } }),
    /must not be a wildcard/,
  ],
  [
    "a name that is there",
    "POST /domainnames",
    () => ({ domainName: "edge.example.com" }),
    "The domain name you provided already exists.",
  ],
  [
    "a policy of a public domain",
    "POST /domainnames",
    () => ({ domainName: "a.example.com", policy: "{}" }),
    /is for domains with the endpoint type PRIVATE/,
  ],
  [
    "a policy that is not JSON",
    "PATCH /domainnames/private.example.com",
    () => patchOf("/policy", "allow"),
    /policy/,
  ],
  [
    "a policy that asks for callers",
    "PATCH /domainnames/private.example.com",
    () =>
      patchOf(
        "/policy",
        JSON.stringify({
          Statement: [
            {
              Effect: "Allow",
              Principal: { AWS: "arn:aws:iam::123456789012:root" },
              Action: "execute-api:Invoke",
              Resource: "execute-api:/*",
            },
          ],
        }),
      ),
    /Principal/,
  ],
  [
    "mutual TLS at the edge",
    "POST /domainnames",
    () => ({ domainName: "a.example.com", mutualTlsAuthentication: { truststoreUri: "s3://trust/a.pem" } }),
    /is for domains with the endpoint type REGIONAL/,
  ],
  [
    "a policy of other accounts, which cannot have access here",
    "PATCH /domainnames/private.example.com",
    () => patchOf("/managementPolicy", "{}"),
    /^Invalid patch path {2}'\/managementPolicy' specified for op 'replace'/,
  ],
  [
    "a private domain that becomes public",
    "PATCH /domainnames/private.example.com",
    () => patchOf("/endpointConfiguration/types/PRIVATE", "REGIONAL"),
    /must stay as it is/,
  ],
  [
    "no configuration (version 2)",
    "PATCH /v2/domainnames/regional.example.com",
    () => ({}),
    "Invalid input. Expected one domain name configuration",
  ],
  [
    "two configurations (version 2)",
    "POST /v2/domainnames",
    () => ({ domainName: "a.example.com", domainNameConfigurations: [{}, {}] }),
    "Invalid input. Expected one domain name configuration",
  ],
  [
    "EDGE (version 2)",
    "POST /v2/domainnames",
    () => ({ domainName: "a.example.com", domainNameConfigurations: [{ endpointType: "EDGE" }] }),
    "EDGE endpoint type is not supported for APIGatewayV2 domainName",
  ],
  [
    "PRIVATE (version 2)",
    "POST /v2/domainnames",
    () => ({ domainName: "a.example.com", domainNameConfigurations: [{ endpointType: "PRIVATE" }] }),
    "Invalid endpoint type specified. Must be one of [REGIONAL]",
  ],
  [
    "TLS_1_0 (version 2)",
    "POST /v2/domainnames",
    () => ({ domainName: "a.example.com", domainNameConfigurations: [{ securityPolicy: "TLS_1_0" }] }),
    "TLS_1_0 is not supported for APIGatewayV2 domainName.",
  ],
  [
    "an underscore (version 2)",
    "POST /v2/domainnames",
    () => ({ domainName: "a_b.example.com" }),
    "Domain names cannot contain an underscore character",
  ],
  [
    "upper case (version 2)",
    "POST /v2/domainnames",
    () => ({ domainName: "A.example.com" }),
    "Domain names cannot contain upper case characters",
  ],
  [
    "a name that is there (version 2)",
    "POST /v2/domainnames",
    () => ({ domainName: "edge.example.com" }),
    "The domain name you provided already exists.",
    CONFLICT,
  ],
  [
    "a wildcard in the middle (version 2)",
    "POST /v2/domainnames",
    () => ({ domainName: "a.*.example.com" }),
    /must be a lower-case host name/,
  ],
  [
    "a domain that is not there",
    "PATCH /domainnames/none.example.com",
    () => patchOf("/securityPolicy", "TLS_1_2"),
    "Invalid domain name identifier specified",
    MISSING,
  ],
  [
    "a domain that is not there (version 2)",
    "GET /v2/domainnames/none.example.com",
    () => ({}),
    "Invalid domain name identifier specified",
    MISSING,
  ],
];
