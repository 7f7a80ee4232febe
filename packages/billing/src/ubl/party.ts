import type { Markup } from "../page/html.ts";
import { element } from "./element.ts";

/** UblParty is what a document says of a seller or a customer. */
export interface UblParty {
  readonly name: string;
  readonly address: Readonly<Record<string, string>>;
  readonly taxIds: readonly { readonly type: string; readonly value: string }[];
  /** Of a register of companies. */
  readonly registration?: string;
  readonly email?: string;
  readonly contacts?: readonly { readonly name?: string; readonly email?: string }[];
}

/** readParty reads a party of a document; what it does not say is empty. */
export function readParty(json: string): UblParty {
  const { name = "", address = {}, taxIds = [], ...rest } = JSON.parse(json || "{}") as Partial<UblParty>;
  return { name, address, taxIds, ...rest };
}

/** The types of tax ids that are those of value added tax, such as EU_VAT. */
const VAT = /(^|_)VAT$/;

/** vatIdOf is a party's VAT identifier (BT-31, BT-48). */
export const vatIdOf = ({ taxIds }: UblParty): string | undefined =>
  taxIds.find(({ type }) => VAT.test(type))?.value;

/** otherIdOf is what identifies a party besides (BT-30, BT-47). */
export const otherIdOf = ({ registration, taxIds }: UblParty): string | undefined =>
  registration ?? taxIds.find(({ type }) => !VAT.test(type))?.value;

const addressOf = ({ address }: UblParty): Markup =>
  element("cac:PostalAddress", [
    element("cbc:StreetName", address["line1"]),
    element("cbc:AdditionalStreetName", address["line2"]),
    element("cbc:CityName", address["city"]),
    element("cbc:PostalZone", address["postalCode"]),
    element("cbc:CountrySubentity", address["state"]),
    element("cac:Country", [element("cbc:IdentificationCode", address["country"])]),
  ]);

/** partyOf is the element of a party. VAT identifiers are left out where nothing is subject to VAT (BR-O-02). */
export function partyOf(party: UblParty, { hasVat }: { readonly hasVat: boolean }): Markup {
  const [contact] = party.contacts ?? [];
  return element("cac:Party", [
    addressOf(party),
    element("cac:PartyTaxScheme", [
      element("cbc:CompanyID", hasVat ? vatIdOf(party) : undefined),
      ...(hasVat && vatIdOf(party) !== undefined
        ? [element("cac:TaxScheme", [element("cbc:ID", "VAT")])]
        : []),
    ]),
    element("cac:PartyLegalEntity", [
      element("cbc:RegistrationName", party.name),
      element("cbc:CompanyID", otherIdOf(party)),
    ]),
    element("cac:Contact", [
      element("cbc:Name", contact?.name),
      element("cbc:ElectronicMail", party.email ?? contact?.email),
    ]),
  ]);
}
