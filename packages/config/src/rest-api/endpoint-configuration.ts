import { z } from "zod";
import { facts } from "../facts.ts";
import { raise } from "../problem.ts";

/** How an API or a domain can be reached (AWS: EndpointConfiguration). */
export const endpointConfiguration = z
  .strictObject({
    types: z.array(z.enum(["EDGE", "REGIONAL", "PRIVATE"])).length(1),
    /** Absent: dualstack if it is private, else ipv4. */
    ipAddressType: z.enum(["ipv4", "dualstack"]).optional(),
    /** VPC endpoints of a private API. */
    vpcEndpointIds: z
      .array(z.string().regex(/^vpce-[a-z0-9]+$/, "must be the id of a VPC endpoint, such as vpce-0a1b2c3d"))
      .optional(),
  })
  .superRefine(({ types, ipAddressType }, context) => {
    if (types.includes("PRIVATE") && ipAddressType === "ipv4")
      raise(context, facts.IP_ADDRESS_TYPE_PRIVATE(), ["ipAddressType"]);
  });

export type EndpointConfiguration = z.output<typeof endpointConfiguration>;

/** ipAddressTypeOf is the address type of a configuration, or its default. */
export const ipAddressTypeOf = ({ types, ipAddressType }: EndpointConfiguration): "ipv4" | "dualstack" =>
  ipAddressType ?? (types.includes("PRIVATE") ? "dualstack" : "ipv4");
