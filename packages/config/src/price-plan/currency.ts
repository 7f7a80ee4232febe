/**
 * The currencies of ISO 4217 (list one of 2024-06-25, and XCG and ZWG, which were added since) and how many decimals each has. Metals, test
 * codes and the funds that nobody is invoiced in are left out. Intl is no source: it shows 16 of them with fewer decimals than they have.
 */
const BY_DECIMALS: Readonly<Record<number, string>> = {
  0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
  2: `AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK
    DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP
    LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB
    SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER
    ZAR ZMW ZWG ZWL`,
  3: "BHD IQD JOD KWD LYD OMR TND",
  4: "CLF UYW",
};

const decimals: ReadonlyMap<string, number> = new Map(
  Object.entries(BY_DECIMALS).flatMap(([count, codes]) =>
    codes.split(/\s+/).map((code): [string, number] => [code, Number(count)]),
  ),
);

export const isCurrency = (code: string): boolean => decimals.has(code);

/** currencyDecimals is how many decimals amounts in a currency have. It throws if there is no such currency. */
export function currencyDecimals(code: string): number {
  const found = decimals.get(code);
  if (found === undefined) throw new RangeError(`'${code}' is not a currency of ISO 4217`);
  return found;
}
