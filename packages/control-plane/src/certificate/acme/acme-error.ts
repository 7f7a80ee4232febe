/** What an authority will not issue however often it is asked (RFC 8555, 6.7; RFC 8659). */
const FINAL: ReadonlySet<string> = new Set(["caa", "rejectedIdentifier", "unsupportedIdentifier"]);
const RATE_LIMIT_MS = 60 * 60 * 1000;

/** AcmeError is why a certificate was not issued. */
export class AcmeError extends Error {
  /**
   * The last part of a type of RFC 8555, 6.7, such as rateLimited; "unreachable": the authority itself is away, or what proves names to it;
   * "notDelegated": the owner of a name has not created its record yet.
   */
  readonly type: string;
  /** How long the authority asked to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(type: string, message: string, retryAfterMs?: number) {
    super(message);
    this.type = type;
    this.retryAfterMs = retryAfterMs ?? (type === "rateLimited" ? RATE_LIMIT_MS : undefined);
  }

  /** Whether another attempt is of no use. */
  get isFinal(): boolean {
    return FINAL.has(this.type);
  }
}

/** AcmeProblem is a problem document of an authority (RFC 7807). */
export interface AcmeProblem {
  readonly type?: string;
  readonly detail?: string;
  readonly subproblems?: readonly AcmeProblem[];
}

const typeOf = ({ type = "" }: AcmeProblem): string => type.replace("urn:ietf:params:acme:error:", "");

/** acmeErrorOf is the error of a problem document. */
export function acmeErrorOf(problem: AcmeProblem, what: string, retryAfterMs?: number): AcmeError {
  const [first] = problem.subproblems ?? [];
  const type = typeOf(problem) === "compound" && first ? typeOf(first) : typeOf(problem);
  const details = [problem, ...(problem.subproblems ?? [])].map(({ detail }) => detail).filter(Boolean);
  return new AcmeError(type || "serverInternal", `${what}: ${details.join("; ") || type}`, retryAfterMs);
}
