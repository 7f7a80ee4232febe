import { serviceUnavailable } from "../call/errors.ts";
import type { Reply } from "../call/reply.ts";
import type { FilterFactory } from "../engine/ports.ts";

/** webAcl lets pass what the web ACL of the stage lets pass (AWS: before resource policies, authorizers and API keys). */
export const webAcl: FilterFactory = ({ context: { accountId, webAclId } }, ports) => {
  if (webAclId === undefined) return undefined;
  const live = ports.webAcl(accountId, webAclId);
  return (call) => {
    const { current } = live;
    if (!current) {
      // A call that cannot be inspected does not pass.
      call.log?.fail(`Execution failed: web ACL '${webAclId}' cannot be used`);
      return serviceUnavailable;
    }
    const startMs = performance.now();
    const reply = current.inspect(call);
    const measured = (made: Reply | undefined) => {
      call.wafMs = performance.now() - startMs;
      return made;
    };
    return reply instanceof Promise ? reply.then(measured) : measured(reply);
  };
};
