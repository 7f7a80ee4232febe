import type { FrozenComponent, FrozenEntity, SpecOf } from "@tollgate/config";
import { ModelRegistry } from "../values/model-registry.ts";

/** Components are what the methods of a deployment have in common. */
export interface Components {
  readonly authorizers: ReadonlyMap<string, SpecOf<"Authorizer">>;
  readonly models: ModelRegistry;
  readonly requestValidators: ReadonlyMap<string, FrozenEntity<"RequestValidator">["spec"]>;
  readonly gatewayResponses: ReadonlyMap<string, FrozenEntity<"GatewayResponse">["spec"]>;
  /** A method is looked at by itself: what it refers to is not at hand. */
  readonly areUnknown?: boolean;
}

/** readComponents sorts a deployment's components by kind. */
export function readComponents(apiId: string, components: readonly FrozenComponent[]): Components {
  const authorizers = new Map<string, SpecOf<"Authorizer">>();
  const models = new Map<string, FrozenEntity<"Model">["spec"]>();
  const requestValidators = new Map<string, FrozenEntity<"RequestValidator">["spec"]>();
  const gatewayResponses = new Map<string, FrozenEntity<"GatewayResponse">["spec"]>();
  for (const definition of components)
    if (definition.kind === "Authorizer") authorizers.set(definition.id, definition.spec);
    else if (definition.kind === "Model") models.set(definition.id, definition.spec);
    else if (definition.kind === "RequestValidator") requestValidators.set(definition.id, definition.spec);
    else gatewayResponses.set(definition.id, definition.spec);
  return { authorizers, models: new ModelRegistry(apiId, models), requestValidators, gatewayResponses };
}

/** NO_COMPONENTS is for compiling where no deployment is yet. */
export const NO_COMPONENTS: Components = {
  areUnknown: true,
  authorizers: new Map(),
  models: new ModelRegistry("", new Map()),
  requestValidators: new Map(),
  gatewayResponses: new Map(),
};
