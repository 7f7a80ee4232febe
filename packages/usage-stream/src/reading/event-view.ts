import { UsageEventSchema } from "@tollgate/proto/usage";
import type { Texts } from "./texts.ts";

const { field } = UsageEventSchema;

/** The fields of an event that are texts, as they are numbered in `EventView.texts`. */
export const TEXT_FIELDS = [
  field.accountId,
  field.apiId,
  field.stage,
  field.httpMethod,
  field.resourcePath,
  field.apiKeyId,
  field.usagePlanId,
  field.connectionApiKeyId,
  field.connectionUsagePlanId,
  field.apiName,
  field.domainName,
  field.region,
  field.customerId,
  field.cacheSize,
  field.deploymentId,
] as const;

/** Places of texts in `EventView.texts`. */
export const ACCOUNT = 0;
export const API = 1;
export const STAGE = 2;
export const METHOD = 3;
export const PATH = 4;
export const KEY = 5;
export const PLAN = 6;
export const CONNECTION_KEY = 7;
export const CONNECTION_PLAN = 8;
export const API_NAME = 9;
export const DOMAIN = 10;
export const REGION = 11;
export const CUSTOMER = 12;
export const CACHE_SIZE = 13;
export const DEPLOYMENT = 14;

/** EventTag is one tag of an API or stage. */
export interface EventTag {
  readonly key: string;
  readonly value: string;
}

/**
 * EventView is one event as it is counted: numbers, and the numbers of its texts. A reader uses its views again for the next batch: what is kept of an
 * event is copied. What only identifies a call, such as the id of its request, is not in it.
 */
export class EventView {
  /** Numbers of texts in `known`, by the places above. Equal numbers are equal texts. */
  readonly texts = new Int32Array(TEXT_FIELDS.length);
  seq = 0;
  endTimeUnixMs = 0;
  status = 0;
  latencyUs = 0;
  integrationLatencyUs = 0;
  requestBytes = 0;
  responseBytes = 0;
  messageCount = 0;
  connectionMinutes = 0;
  apiKind = 0;
  freeReason = 0;
  canary = false;
  detailedMetrics = false;
  cacheOutcome = 0;
  fault = 0;
  connectIntegration = false;
  requestUnits = 0;
  streamed = false;
  authorizerOutcome = 0;
  configRevision = 0;
  /** Numbers of the texts of tags, key and value by turns. */
  readonly tagTexts: number[] = [];
  /** Meters of one's own: the numbers of their names, and their units. */
  readonly meterTexts: number[] = [];
  readonly meterUnits: number[] = [];
  readonly known: Texts;

  constructor(known: Texts) {
    this.known = known;
  }

  /** clear makes it an event that says nothing. */
  clear(): void {
    this.texts.fill(0);
    this.seq = 0;
    this.endTimeUnixMs = 0;
    this.status = 0;
    this.latencyUs = 0;
    this.integrationLatencyUs = 0;
    this.requestBytes = 0;
    this.responseBytes = 0;
    this.messageCount = 0;
    this.connectionMinutes = 0;
    this.apiKind = 0;
    this.freeReason = 0;
    this.canary = false;
    this.detailedMetrics = false;
    this.cacheOutcome = 0;
    this.fault = 0;
    this.connectIntegration = false;
    this.requestUnits = 0;
    this.streamed = false;
    this.authorizerOutcome = 0;
    this.configRevision = 0;
    if (this.tagTexts.length > 0) this.tagTexts.length = 0;
    if (this.meterTexts.length > 0) this.meterTexts.length = this.meterUnits.length = 0;
  }

  /** copy is a view of its own with the same event. */
  copy(): EventView {
    const { texts, tagTexts, meterTexts, meterUnits, known } = this;
    const copy = new EventView(known);
    copy.seq = this.seq;
    copy.endTimeUnixMs = this.endTimeUnixMs;
    copy.status = this.status;
    copy.latencyUs = this.latencyUs;
    copy.integrationLatencyUs = this.integrationLatencyUs;
    copy.requestBytes = this.requestBytes;
    copy.responseBytes = this.responseBytes;
    copy.messageCount = this.messageCount;
    copy.connectionMinutes = this.connectionMinutes;
    copy.apiKind = this.apiKind;
    copy.freeReason = this.freeReason;
    copy.canary = this.canary;
    copy.detailedMetrics = this.detailedMetrics;
    copy.cacheOutcome = this.cacheOutcome;
    copy.fault = this.fault;
    copy.connectIntegration = this.connectIntegration;
    copy.requestUnits = this.requestUnits;
    copy.streamed = this.streamed;
    copy.authorizerOutcome = this.authorizerOutcome;
    copy.configRevision = this.configRevision;
    copy.texts.set(texts);
    copy.tagTexts.push(...tagTexts);
    copy.meterTexts.push(...meterTexts);
    copy.meterUnits.push(...meterUnits);
    return copy;
  }

  /** text is the text at a place. */
  text(place: number): string {
    return this.known.valueOf(this.texts[place] as number);
  }

  get accountId(): string {
    return this.text(ACCOUNT);
  }
  get apiId(): string {
    return this.text(API);
  }
  get stage(): string {
    return this.text(STAGE);
  }
  get httpMethod(): string {
    return this.text(METHOD);
  }
  get resourcePath(): string {
    return this.text(PATH);
  }
  get apiKeyId(): string {
    return this.text(KEY);
  }
  get usagePlanId(): string {
    return this.text(PLAN);
  }
  get apiName(): string {
    return this.text(API_NAME);
  }
  get domainName(): string {
    return this.text(DOMAIN);
  }
  get region(): string {
    return this.text(REGION);
  }
  get customerId(): string {
    return this.text(CUSTOMER);
  }
  get cacheSize(): string {
    return this.text(CACHE_SIZE);
  }
  get deploymentId(): string {
    return this.text(DEPLOYMENT);
  }
}
