const ARN = /^arn:aws:acm:([a-z0-9-]+):(\d{12}):certificate\/([A-Za-z0-9-]{1,64})$/;

/** certificateArn is the ARN of a certificate. */
export const certificateArn = (region: string, accountId: string, id: string): string =>
  `arn:aws:acm:${region}:${accountId}:certificate/${id}`;

/** certificateIdIn is the id of the certificate of an account that an ARN names, or an id itself; undefined: it is of another account. */
export function certificateIdIn(arn: string, accountId: string): string | undefined {
  if (!arn.startsWith("arn:")) return arn;
  const [, , account, id] = ARN.exec(arn) ?? [];
  return account === accountId ? id : undefined;
}
