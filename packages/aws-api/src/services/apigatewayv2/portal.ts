import type { Operation } from "../../protocol/rest-json/operation.ts";
import { apiGatewayError, notFound } from "../apigateway/errors.ts";

type Row = readonly [name: string, method: Operation["method"], path: string, status: number];

const PORTALS = "/v2/portals";
const PRODUCTS = "/v2/portalproducts";
const PRODUCT = `${PRODUCTS}/{portalProductId}`;
const PAGES = `${PRODUCT}/productpages`;
const REST_PAGES = `${PRODUCT}/productrestendpointpages`;

/** The operations of one thing: to create, get, change and delete it. */
const crudRows = (name: string, path: string, id: string): readonly Row[] => [
  [`Create${name}`, "POST", path, 201],
  [`Get${name}`, "GET", `${path}/{${id}}`, 200],
  [`Update${name}`, "PATCH", `${path}/{${id}}`, 200],
  [`Delete${name}`, "DELETE", `${path}/{${id}}`, 204],
];

/** Lists that are empty, and belong to the account. */
const LISTS: readonly Row[] = [
  ["ListPortals", "GET", PORTALS, 200],
  ["ListPortalProducts", "GET", PRODUCTS, 200],
];

const OTHERS: readonly Row[] = [
  ...crudRows("Portal", PORTALS, "portalId"),
  ["DisablePortal", "DELETE", `${PORTALS}/{portalId}/publish`, 204],
  ["PreviewPortal", "POST", `${PORTALS}/{portalId}/preview`, 202],
  ["PublishPortal", "POST", `${PORTALS}/{portalId}/publish`, 202],
  ...crudRows("PortalProduct", PRODUCTS, "portalProductId"),
  ["GetPortalProductSharingPolicy", "GET", `${PRODUCT}/sharingpolicy`, 200],
  ["PutPortalProductSharingPolicy", "PUT", `${PRODUCT}/sharingpolicy`, 200],
  ["DeletePortalProductSharingPolicy", "DELETE", `${PRODUCT}/sharingpolicy`, 204],
  ...crudRows("ProductPage", PAGES, "productPageId"),
  ["ListProductPages", "GET", PAGES, 200],
  ...crudRows("ProductRestEndpointPage", REST_PAGES, "productRestEndpointPageId"),
  ["ListProductRestEndpointPages", "GET", REST_PAGES, 200],
];

/** portalOperations are the operations of developer portals, of which there are none: they cannot be created. */
export const portalOperations: readonly Operation[] = [
  ...LISTS.map(([name, method, path, status]) => ({
    name,
    method,
    path,
    status,
    run: () => ({ items: [] }),
  })),
  ...OTHERS.map(([name, method, path, status]) => ({
    name,
    method,
    path,
    status,
    run: ({ path: parameters }: { readonly path: Readonly<Record<string, string>> }) => {
      const { portalId, portalProductId } = parameters;
      if (portalId !== undefined) throw notFound(`Invalid Portal identifier specified ${portalId}`);
      if (portalProductId !== undefined)
        throw notFound(`Invalid PortalProduct identifier specified ${portalProductId}`);
      throw apiGatewayError("AccessDeniedException", "Portals are not available in this Region");
    },
  })),
];
