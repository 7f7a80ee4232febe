import type { Problem } from "@tollgate/config";
import type { Application } from "../application.ts";
import { readTruststores } from "../certificate/read-truststores.ts";
import { refuse } from "../config/refuse.ts";
import type { AccountState } from "../mirror/mirror.ts";
import { check, checkAsker } from "./check.ts";
import { compile } from "./compile.ts";
import { expand } from "./expand.ts";
import type { ExpandedChange, NotDeployed } from "./expanded-change.ts";
import { follow } from "./follow.ts";
import { withoutKept } from "./kept-members.ts";
import type { ChangeOutcome, ChangeRequest } from "./wanted-change.ts";

const NOTHING_YET: NotDeployed = new Map();

/**
 * changeAccount is the only way to write to an account. It expands what the caller wants to everything that is written with it, checks and
 * compiles it, commits it in one transaction, and reports it. Nothing is written if there is a problem, except that a lenient automatic
 * deployment that does not compile is left out.
 */
export async function changeAccount(
  application: Application,
  request: ChangeRequest,
): Promise<ChangeOutcome> {
  const { accountId, expectedRevision, dryRun } = request;
  const committed = await application.writer.run({
    accountId,
    expectedRevision,
    dryRun,
    decide: (state) => decide(application, request, state),
  });
  return follow(application, request, committed);
}

async function decide(
  application: Application,
  request: ChangeRequest,
  state: AccountState,
): Promise<ExpandedChange> {
  const { accountId, asker, refusal } = request;
  const refuseAny = (problems: readonly Problem[]) => {
    if (problems.length === 0) return;
    if (refusal) throw refusal(problems);
    refuse(problems);
  };
  const { region, mirror, keys, ordersCertificates, deploymentMemory: memory } = application;
  const context = { accountId, region, ordersCertificates, state, mirror, keys, memory };
  const asked = await request.want(state);
  const { entities, problems: unread } = await readTruststores(asked.entities ?? [], state, application);
  refuseAny(unread);
  const wanted = { ...asked, entities: asker === "allowed" ? entities : entities.map(withoutKept) };
  checkAsker(asker, [...(wanted.entities ?? []), ...(wanted.deletes ?? [])]);
  for (let left = NOTHING_YET; ; ) {
    const change = expand(context, wanted, left);
    checkAsker(
      asker,
      change.deletes.map(({ entity }) => entity),
    );
    refuseAny(check(context, change));
    const { problems, notDeployed } = await compile(context, change);
    refuseAny(problems);
    if (notDeployed.size === 0) return change;
    left = new Map([...change.notDeployed, ...notDeployed]);
  }
}
