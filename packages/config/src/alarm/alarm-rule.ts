/** ALARM_STATES are the states of alarms (AWS: CloudWatch, alarm states). */
export const ALARM_STATES = ["OK", "ALARM", "INSUFFICIENT_DATA"] as const;

export type AlarmState = (typeof ALARM_STATES)[number];

/** AlarmRule is when a composite alarm is in the state ALARM (AWS: PutCompositeAlarm, AlarmRule). */
export type AlarmRule =
  | { readonly type: "constant"; readonly value: boolean }
  /** An alarm, by its name, is in a state. */
  | { readonly type: "state"; readonly state: AlarmState; readonly alarm: string }
  | { readonly type: "not"; readonly of: AlarmRule }
  | { readonly type: "and" | "or"; readonly of: readonly AlarmRule[] }
  /** At least so many of some alarms, or so many percent of them, are in a state. */
  | {
      readonly type: "at-least";
      readonly count: number;
      readonly isShare: boolean;
      readonly state: AlarmState;
      readonly alarms: readonly string[];
    };

/** AlarmRuleProblem says what of a rule cannot be read, and where. */
export class AlarmRuleProblem extends Error {}

/** AWS's limits of a rule. */
const ELEMENTS_MAX = 500;
const ALARMS_MAX = 100;
const LEVELS_MAX = 100;

const STATES: ReadonlySet<string> = new Set(ALARM_STATES);
const isState = (word: string): word is AlarmState => STATES.has(word);

/** alarmNameOf is the name in an ARN of an alarm; a name is returned unchanged. */
export const alarmNameOf = (nameOrArn: string): string =>
  /^arn:[^:]*:cloudwatch:[^:]*:[^:]*:alarm:(.+)$/s.exec(nameOrArn)?.[1] ?? nameOrArn;

class Reader {
  readonly #text: string;
  #at = 0;
  #elements = 0;
  #levels = 0;
  readonly #alarms = new Set<string>();

  constructor(text: string) {
    this.#text = text;
  }

  whole(): AlarmRule {
    const rule = this.#either();
    this.#skip();
    if (this.#at < this.#text.length) throw this.#problem("AND, OR or the end of the rule");
    return rule;
  }

  #either(): AlarmRule {
    return this.#joined("OR", "or", () => this.#joined("AND", "and", () => this.#one()));
  }

  #joined(word: string, type: "and" | "or", part: () => AlarmRule): AlarmRule {
    const of = [part()];
    while (this.#takes(word)) of.push(part());
    return of.length === 1 ? (of[0] as AlarmRule) : { type, of };
  }

  #one(): AlarmRule {
    if (++this.#elements > ELEMENTS_MAX) throw new AlarmRuleProblem(`has more than ${ELEMENTS_MAX} elements`);
    if (++this.#levels > LEVELS_MAX)
      throw new AlarmRuleProblem(`is nested more than ${LEVELS_MAX} levels deep`);
    try {
      return this.#element();
    } finally {
      this.#levels--;
    }
  }

  #element(): AlarmRule {
    if (this.#takes("NOT")) return { type: "not", of: this.#one() };
    if (this.#takes("(")) {
      const rule = this.#either();
      this.#expect(")");
      return rule;
    }
    if (this.#takes("TRUE")) return { type: "constant", value: true };
    if (this.#takes("FALSE")) return { type: "constant", value: false };
    if (this.#takes("AT_LEAST")) return this.#atLeast();
    const state = this.#state();
    this.#expect("(");
    const alarm = this.#alarm(")");
    this.#expect(")");
    return { type: "state", state, alarm };
  }

  #atLeast(): AlarmRule {
    this.#expect("(");
    this.#skip();
    const [whole, number = "", percent] = /^(\d{1,3})(%)?/.exec(this.#rest()) ?? [""];
    if (whole === "") throw this.#problem("a number of alarms, or a percentage such as 50%");
    this.#at += whole.length;
    this.#expect(",");
    const state = this.#state();
    this.#expect(",");
    this.#expect("(");
    const alarms = [this.#alarm(",)")];
    while (this.#takes(",")) alarms.push(this.#alarm(",)"));
    this.#expect(")");
    this.#expect(")");
    const count = Number(number);
    const most = percent ? 100 : alarms.length;
    if (count < 1 || count > most)
      throw new AlarmRuleProblem(`AT_LEAST needs a number from 1 to ${most}, not ${count}`);
    return { type: "at-least", count, isShare: percent !== undefined, state, alarms };
  }

  #state(): AlarmState {
    this.#skip();
    const word = /^[A-Z_]+/.exec(this.#rest())?.[0] ?? "";
    if (!isState(word))
      throw this.#problem("ALARM, OK, INSUFFICIENT_DATA, NOT, TRUE, FALSE, AT_LEAST or '('");
    this.#at += word.length;
    return word;
  }

  /** The name or the ARN of an alarm, in quotes or not. Without quotes it ends at one of some characters. */
  #alarm(ends: string): string {
    this.#skip();
    const quote = this.#text[this.#at];
    let given: string;
    if (quote === '"' || quote === "'") {
      const end = this.#text.indexOf(quote, this.#at + 1);
      if (end < 0) throw this.#problem(`${quote} at the end of the name`);
      given = this.#text.slice(this.#at + 1, end);
      this.#at = end + 1;
    } else {
      let end = this.#at;
      while (end < this.#text.length && !`${ends}(\n`.includes(this.#text[end] as string)) end++;
      given = this.#text.slice(this.#at, end).trim();
      this.#at = end;
    }
    if (given === "") throw this.#problem("the name of an alarm");
    const name = alarmNameOf(given);
    this.#alarms.add(name);
    if (this.#alarms.size > ALARMS_MAX) throw new AlarmRuleProblem(`names more than ${ALARMS_MAX} alarms`);
    return name;
  }

  /** Takes a word or a character, if it comes next. */
  #takes(word: string): boolean {
    this.#skip();
    const rest = this.#rest();
    if (!rest.startsWith(word)) return false;
    if (/\w$/.test(word) && /^\w/.test(rest.slice(word.length))) return false;
    this.#at += word.length;
    return true;
  }

  #expect(word: string): void {
    if (!this.#takes(word)) throw this.#problem(`'${word}'`);
  }

  #skip(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
  }

  #rest(): string {
    // A word, and what follows it.
    return this.#text.slice(this.#at, this.#at + 24);
  }

  #problem(wanted: string): AlarmRuleProblem {
    const found = this.#at >= this.#text.length ? "the end" : `'${this.#rest().slice(0, 16)}'`;
    return new AlarmRuleProblem(`has ${found} at character ${this.#at + 1}; expected is ${wanted}`);
  }
}

/** parseAlarmRule reads a rule such as ALARM(cpu) AND NOT OK("5 errors"); throws an AlarmRuleProblem. NOT binds more than AND, AND more than OR. */
export const parseAlarmRule = (text: string): AlarmRule => new Reader(text).whole();

/** alarmsOfRule are the names of the alarms that a rule reads, each once. */
export function alarmsOfRule(rule: AlarmRule): readonly string[] {
  const names = new Set<string>();
  const visit = (one: AlarmRule): void => {
    if (one.type === "state") names.add(one.alarm);
    else if (one.type === "at-least") for (const name of one.alarms) names.add(name);
    else if (one.type === "not") visit(one.of);
    else if (one.type !== "constant") one.of.forEach(visit);
  };
  visit(rule);
  return [...names];
}

/** isRuleTrue evaluates a rule. An alarm that is not there has the state INSUFFICIENT_DATA. */
export function isRuleTrue(rule: AlarmRule, stateOf: (alarm: string) => AlarmState | undefined): boolean {
  const isIn = (state: AlarmState) => (alarm: string) => (stateOf(alarm) ?? "INSUFFICIENT_DATA") === state;
  switch (rule.type) {
    case "constant":
      return rule.value;
    case "state":
      return isIn(rule.state)(rule.alarm);
    case "not":
      return !isRuleTrue(rule.of, stateOf);
    case "and":
      return rule.of.every((one) => isRuleTrue(one, stateOf));
    case "or":
      return rule.of.some((one) => isRuleTrue(one, stateOf));
    case "at-least": {
      const wanted = rule.isShare ? (rule.count * rule.alarms.length) / 100 : rule.count;
      return rule.alarms.filter(isIn(rule.state)).length >= wanted;
    }
  }
}
