import { type Call, type ObserverFactory, type WebSocketRole, webSocketRoleOf } from "@tollgate/pipeline";
import { type MetricReading, metricNames } from "@tollgate/telemetry";

class WebSocketCounters {
  connects = 0;
  messages = 0;
  clientErrors = 0;
  integrationErrors = 0;
  executionErrors = 0;

  add(call: Call, role: WebSocketRole): void {
    const { status, refusal, route } = call;
    this.messages += route?.messagesOf?.(call) ?? 0;
    const isIntegrated = route?.integrationType !== undefined;
    if (role === "connect" && isIntegrated && !refusal) this.connects++;
    if (status < 400) return;
    if (!refusal) this.integrationErrors++;
    else if (status >= 500) this.executionErrors++;
    else if (call.integrationMs > 0) this.integrationErrors++;
    else this.clientErrors++;
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
    const role = webSocketRoleOf(route);
    if (role === undefined) return undefined;
    const { context, hasOwnMetrics, resourcePath } = route;
    const { apiId, stageName } = context;
    const attributes = { ApiId: apiId, Stage: stageName };
    const ofStage = this.#countersOf(`${apiId}/${stageName}`, attributes);
    if (!hasOwnMetrics) return (call) => ofStage.add(call, role);
    const ofRoute = this.#countersOf(`${apiId}/${stageName} ${resourcePath}`, {
      ...attributes,
      Route: resourcePath,
    });
    return (call) => {
      ofStage.add(call, role);
      ofRoute.add(call, role);
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
