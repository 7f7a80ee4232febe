/** CustomMeter is the name of a meter of one's own: what responses say was used, such as custom.tokens. */
export type CustomMeter = `custom.${string}`;

const NAME = /^custom\.[a-z0-9][a-z0-9._-]{0,54}$/;

/** What names of such meters are, for messages. */
export const CUSTOM_METER_HELP =
  "custom. and 1 to 55 characters of a-z, 0-9, '.', '_' and '-', such as custom.tokens";

export const isCustomMeter = (name: string): name is CustomMeter => NAME.test(name);

/** More is not what one response can be: sums of many stay exact. */
export const METER_VALUE_MAX = 1_000_000_000;
