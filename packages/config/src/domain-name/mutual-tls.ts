import { z } from "zod";
import { facts } from "../facts.ts";
import { raise } from "../problem.ts";
import { TRUSTSTORE_MAX, truststoreFacts } from "./truststore.ts";

/** Whose certificates the callers of a domain must show (AWS: MutualTlsAuthentication). */
export const mutualTls = z
  .strictObject({
    truststoreUri: z
      .string()
      .superRefine((uri, context) => {
        if (!/^s3:\/\/[^/]+\/./.test(uri)) raise(context, facts.TRUSTSTORE_URI_INVALID());
      })
      .optional(),
    truststoreVersion: z.string().min(1).optional(),
    /** PEM: the authorities themselves. With truststoreUri it is what was read there, and is read again when the URI or the version changes. */
    truststore: z
      .string()
      .max(TRUSTSTORE_MAX)
      .superRefine((pem, context) => {
        for (const fact of truststoreFacts(pem)) raise(context, fact);
      })
      .optional(),
  })
  .superRefine(({ truststoreUri, truststore }, context) => {
    if (truststoreUri === undefined && truststore === undefined) raise(context, facts.TRUSTSTORE_REQUIRED());
  });
