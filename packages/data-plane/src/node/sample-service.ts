import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceImplementation } from "@tollgate/proto/grpc";
import type { SampledRequestSchema, SampleService } from "@tollgate/proto/node";
import type { Sampled, Samples } from "../worker/sample-reservoir.ts";
import type { SampleAsk, SampledCall } from "../worker/web-acl-samples.ts";

export interface SampleServiceOptions {
  /** Returns samples of what this node inspected. */
  readonly sampled: (ask: SampleAsk) => Promise<Samples<SampledCall>>;
}

const toHeader = ([name, value]: readonly [string, string]) => ({ name, value });

const toSample = ({
  sample: { unixMs, headers, inserted, nameInGroup, responseCode, labels, ...rest },
  weight,
}: Sampled<SampledCall>): MessageInitShape<typeof SampledRequestSchema> => ({
  ...rest,
  weight,
  timeUnixMs: BigInt(unixMs),
  headers: headers.map(toHeader),
  insertedHeaders: inserted.map(toHeader),
  ruleNameInGroup: nameInGroup ?? "",
  responseCode: responseCode ?? 0,
  labels: [...labels],
});

/** sampleService serves control planes. */
export const sampleService = ({
  sampled,
}: SampleServiceOptions): ServiceImplementation<typeof SampleService> => ({
  listSampledRequests({ request }, reply) {
    const { webAclArn, metricName, startTimeUnixMs, endTimeUnixMs, limit } = request;
    const ask = {
      webAclArn,
      metricName,
      startUnixMs: Number(startTimeUnixMs),
      endUnixMs: Number(endTimeUnixMs),
      limit: Math.max(1, limit),
    };
    sampled(ask).then(
      ({ samples, population }) =>
        reply(null, { samples: samples.map(toSample), population: BigInt(population) }),
      (error: unknown) => reply(error as Error),
    );
  },
});
