import type { FieldToMatch } from "@tollgate/config";
import { argumentName, bytesOfName, type Inspection, type Limited, type Pairs } from "./inspection.ts";
import { jsonParts, pointerSteps } from "./json-parts.ts";

/** Found is the texts of a part of a request; or whether the statement matches, where the part is too large or cannot be read. */
export type Found = readonly string[] | boolean;

/** ReadField finds the texts that a statement inspects. */
export type ReadField = (inspection: Inspection) => Found;

type Oversize = "CONTINUE" | "MATCH" | "NO_MATCH";
type Scope = "ALL" | "KEY" | "VALUE";

const scoped = (pairs: Pairs, scope: Scope): readonly string[] =>
  pairs.flatMap(([name, value]) => (scope === "ALL" ? [name, value] : scope === "KEY" ? [name] : [value]));

const unlessCut = (isCut: boolean, handling: Oversize, texts: () => readonly string[]): Found =>
  isCut && handling !== "CONTINUE" ? handling === "MATCH" : texts();

interface Chosen {
  readonly included?: readonly string[] | undefined;
  readonly excluded?: readonly string[] | undefined;
}

/** Headers or cookies that a pattern names. */
function pairsField(
  read: (inspection: Inspection) => Limited,
  { included, excluded }: Chosen,
  { matchScope, oversizeHandling }: { readonly matchScope: Scope; readonly oversizeHandling: Oversize },
): ReadField {
  const wanted = included && new Set(included);
  const unwanted = new Set(excluded);
  const isChosen = (name: string) => (wanted ? wanted.has(name) : !unwanted.has(name));
  return (inspection) => {
    const { pairs, isCut } = read(inspection);
    return unlessCut(isCut, oversizeHandling, () =>
      scoped(
        pairs.filter(([name]) => isChosen(name)),
        matchScope,
      ),
    );
  };
}

const lower = (names: readonly string[] | undefined) => names?.map((name) => name.toLowerCase());

type JsonField = NonNullable<FieldToMatch["jsonBody"]>;

function jsonField({
  matchPattern,
  matchScope,
  invalidFallbackBehavior: fallback,
  ...rest
}: JsonField): ReadField {
  const choice = { pointers: matchPattern.includedPaths?.map(pointerSteps), scope: matchScope };
  return ({ body, isBodyCut }) =>
    unlessCutOrAbsent(body, isBodyCut, rest.oversizeHandling, (text) => {
      const { texts, state } = jsonParts(text, choice);
      // That a text ends too early is no fault of the client where it was cut.
      const isInvalid = state === "wrong" || (state === "ended" && !isBodyCut);
      if (!isInvalid || fallback === undefined) return texts;
      return fallback === "EVALUATE_AS_STRING" ? [text] : fallback === "MATCH";
    });
}

function unlessCutOrAbsent(
  body: string | undefined,
  isCut: boolean,
  handling: Oversize,
  read: (body: string) => Found,
): Found {
  if (body === undefined) return [];
  return isCut && handling !== "CONTINUE" ? handling === "MATCH" : read(body);
}

/** readsBody says whether a part is only known when the body was read. */
export const readsBody = ({ body, jsonBody }: FieldToMatch): boolean => (body ?? jsonBody) !== undefined;

/** compileField makes the function that finds the texts of a part. A part that a request does not have has no texts, and never matches. */
export function compileField(field: FieldToMatch): ReadField {
  const { singleHeader, singleQueryArgument, headers, cookies, headerOrder, body, jsonBody } = field;
  if (singleHeader) {
    const name = singleHeader.name.toLowerCase();
    return (inspection) => inspection.headerValues(name);
  }
  if (singleQueryArgument) {
    const name = argumentName(singleQueryArgument.name);
    return (inspection) => inspection.argumentValues(name);
  }
  if (field.allQueryArguments) return (inspection) => inspection.arguments.map(([, value]) => value);
  if (field.uriPath) return ({ path }) => [path];
  if (field.queryString) return ({ call: { query } }) => (query === "" ? [] : [query]);
  if (field.method) return ({ call }) => [call.method];
  if (body)
    return (inspection) =>
      unlessCutOrAbsent(inspection.body, inspection.isBodyCut, body.oversizeHandling, (text) => [text]);
  if (jsonBody) return jsonField(jsonBody);
  if (headers) {
    const { includedHeaders, excludedHeaders } = headers.matchPattern;
    const chosen = { included: lower(includedHeaders), excluded: lower(excludedHeaders) };
    return pairsField((inspection) => inspection.limitedHeaders, chosen, headers);
  }
  if (cookies) {
    const { includedCookies, excludedCookies } = cookies.matchPattern;
    const chosen = {
      included: includedCookies?.map(bytesOfName),
      excluded: excludedCookies?.map(bytesOfName),
    };
    return pairsField((inspection) => inspection.cookies, chosen, cookies);
  }
  const handling = headerOrder?.oversizeHandling ?? "CONTINUE";
  return ({ limitedHeaders: { pairs, isCut } }) =>
    unlessCut(isCut, handling, () => [pairs.map(([name]) => name).join(":")]);
}
