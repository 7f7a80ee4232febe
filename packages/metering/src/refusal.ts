/** Refusal is the expected failure of a use case for an invalid request. The gRPC adapter maps it to a status; any other error is a bug. */
export class Refusal extends Error {}
