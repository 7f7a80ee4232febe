import { type Call, type ObserverFactory, type Route, webSocketRoleOf } from "@tollgate/pipeline";
import { Fault } from "@tollgate/proto/usage";
import { type MetricReading, metricNames } from "@tollgate/telemetry";
import { faultOf, isConnectCall } from "./web-socket-outcome.ts";

class WebSocketCounters {
  connects = 0;
  messages = 0;
  clientErrors = 0;
  integrationErrors = 0;
  executionErrors = 0;

  add(call: Call, route: Route): void {
    this.messages += route.messagesOf?.(call) ?? 0;
    if (isConnectCall(route, call)) this.connects++;
    const fault = faultOf(call);
    if (fault === Fault.CLIENT) this.clientErrors++;
    else if (fault === Fault.INTEGRATION) this.integrationErrors++;
    else if (fault === Fault.EXECUTION) this.executionErrors++;
  }
}

interface Counted {
  readonly counters: WebSocketCounters;
  readonly attributes: Readonly<Record<string, string>>;
}

/** WebSocketMetrics counts what AWS counts of WebSocket APIs (AWS: WebSocket metrics), in numbers that outlive every version of the config. */
export class WebSocketMetrics {
  readonly #byName = new Map<string, Counted>();

  #countersOf(name: string, attributes: Counted["attributes"]): WebSocketCounters {
    const counted = this.#byName.get(name) ?? { counters: new WebSocketCounters(), attributes };
    this.#byName.set(name, counted);
    return counted.counters;
  }

  /** A route is counted by itself, besides its stage, if its settings say so. */
  readonly factory: ObserverFactory = (route) => {
    if (webSocketRoleOf(route) === undefined) return undefined;
    const { context, hasOwnMetrics, resourcePath } = route;
    const { accountId, apiId, stageName } = context;
    const attributes = { AccountId: accountId, ApiId: apiId, Stage: stageName };
    const ofStage = this.#countersOf(`${apiId}/${stageName}`, attributes);
    if (!hasOwnMetrics) return (call) => ofStage.add(call, route);
    const ofRoute = this.#countersOf(`${apiId}/${stageName} ${resourcePath}`, {
      ...attributes,
      Route: resourcePath,
    });
    return (call) => {
      ofStage.add(call, route);
      ofRoute.add(call, route);
    };
  };

  read(): MetricReading[] {
    return [...this.#byName.values()].flatMap(({ counters, attributes }) => {
      const { connects, messages, clientErrors, integrationErrors, executionErrors } = counters;
      return (
        [
          [metricNames.connectCount, "{call}", connects],
          [metricNames.messageCount, "{message}", messages],
          [metricNames.webSocketClientError, "{call}", clientErrors],
          [metricNames.integrationError, "{call}", integrationErrors],
          [metricNames.executionError, "{call}", executionErrors],
        ] as const
      ).map(([name, unit, value]) => ({ name, kind: "counter", unit, attributes, value }) as const);
    });
  }
}
