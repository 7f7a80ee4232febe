import { firstTooLong } from "../../protocol/rest-json/input.ts";
import type { Operation } from "../../protocol/rest-json/operation.ts";
import { badRequest } from "../apigateway/errors.ts";
import { inputsOf } from "./inputs.ts";

/** withinLengths is an operation that refuses strings that are longer than AWS's model of the API allows. */
export const withinLengths = (operation: Operation): Operation => ({
  ...operation,
  run: (request) => {
    const found = firstTooLong(request.body, inputsOf(operation.name) ?? {});
    if (found) throw badRequest(`${found.at}: must be at most ${found.longest} characters`);
    return operation.run(request);
  },
});
