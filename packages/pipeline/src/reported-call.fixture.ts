import { expect } from "vitest";
import { callOf, lambda, type TestedRequest, type TestedRoute, type Upstream } from "./kit/index.ts";

/** ReportedCall is one call of which public reports, captures or recordings show what AWS does with it. */
export interface ReportedCall {
  /** Repository and number of the report, and what it says. */
  readonly report: string;
  readonly route: TestedRoute;
  readonly request: string | TestedRequest;
  readonly upstream?: Upstream;
  readonly status?: number;
  readonly body?: string;
  /** Members of the JSON that the client gets: the event, where the function returns it. */
  readonly json?: object;
  readonly headers?: object;
  /** Names of headers that the response does not have. */
  readonly without?: readonly string[];
  /** What the upstream is asked; null: nothing. */
  readonly sent?: object | null;
  /** Names of headers that the upstream is not sent. */
  readonly unsent?: readonly string[];
}

export const echoed = (event: unknown) => ({ statusCode: 200, body: JSON.stringify(event) });
/** echo is a function that responds with its event. */
export const echo = lambda(echoed);

/** expectReported makes a call and expects what its report says. */
export async function expectReported(reported: ReportedCall): Promise<void> {
  const { route, request, upstream, status = 200, body, json, headers, without = [], sent } = reported;
  const outcome = await callOf(route, request, upstream ? { upstream } : {});
  expect(outcome.status).toBe(status);
  if (body !== undefined) expect(outcome.body).toBe(body);
  if (json) expect(JSON.parse(outcome.body)).toMatchObject(json);
  if (headers) expect(outcome.headers).toMatchObject(headers);
  for (const name of without) expect(outcome.headers).not.toHaveProperty(name);
  if (sent === null) expect(outcome.sent).toEqual([]);
  else if (sent) expect(outcome.sent[0]).toMatchObject(sent);
  for (const name of reported.unsent ?? []) expect(outcome.sent[0]?.headers).not.toHaveProperty(name);
}
