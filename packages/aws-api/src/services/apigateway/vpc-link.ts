import { newApiId } from "@tollgate/config";
import { compact, member, type Operation, orAbsent } from "../../protocol/rest-json/operation.ts";
import { crud, type Noun } from "./crud.ts";
import { badRequest } from "./errors.ts";
import { refusalA, required, text } from "./patch.ts";
import { unusedVpcLink } from "./uses.ts";

const NAME_EMPTY = "Name cannot be empty";

/** A target is the ARN of a load balancer, or a URL. */
function checkTarget(target: unknown): void {
  if (typeof target !== "string" || !/^(https?:\/\/|arn:[^:]*:elasticloadbalancing:)/i.test(target))
    throw badRequest(
      `Invalid ARN. ARN is not well formed ${String(target)}`,
      "a target is the ARN of a load balancer, or a URL such as http://10.0.0.5:8080",
    );
}

const noun: Noun<"VpcLink"> = {
  kind: "VpcLink",
  name: "VpcLink",
  names: "VpcLinks",
  path: "/vpclinks",
  idParameter: "vpclink_id",
  createStatus: 202,
  missing: () => "Invalid Vpc Link identifier specified",
  showsNoTags: true,
  // Clients that wait for a link as on AWS ask once more.
  showCreated: ({ statusMessage: _ready, ...shown }) => ({ ...shown, status: "PENDING" }),
  show: ({ entity: { id, spec } }) =>
    compact({
      id,
      name: spec.name,
      description: spec.description,
      targetArns: spec.targets,
      status: "AVAILABLE",
      statusMessage: "Your vpc link is ready for use",
      tags: orAbsent(spec.tags),
    }),
  create: ({ body }) => {
    const name = member(body, "name", "string") ?? "";
    if (name === "") throw badRequest(NAME_EMPTY);
    const targets = member(body, "targetArns", "list") ?? [];
    for (const target of targets) checkTarget(target);
    return {
      id: newApiId(),
      spec: compact({
        name,
        description: member(body, "description", "string"),
        targets,
        tags: member(body, "tags", "map"),
      }),
    };
  },
  patch: { refusal: refusalA, rules: [required("/name", NAME_EMPTY), text("/description")] },
  beforeDelete: unusedVpcLink,
};

/** vpcLinkOperations are the operations of VPC links, which name private targets. */
export const vpcLinkOperations: readonly Operation[] = crud(noun);
