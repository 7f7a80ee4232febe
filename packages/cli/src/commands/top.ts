import { type Command, Option } from "commander";
import { isStage, kindNames } from "@tollgate/config";
import { CliError, EXIT, print, toJson } from "../output.ts";
import { globalsOf, openSession, type Session } from "../session.ts";
import { type Frame, frameOf, SORTS, type Sort, stageFigures } from "../top/frame.ts";
import { type Reading, ratesOf } from "../top/rates.ts";
import { readStages } from "../top/read-stages.ts";
import { openScreen } from "../top/screen.ts";
import { stageLimits } from "../top/stage-limits.ts";
import { watch } from "../top/watch.ts";
import { allEntities } from "./get.ts";
import { readSeconds } from "./wait.ts";

/** Stages whose errors and latencies are asked for, where no terminal says how many fit. */
const DETAILED = 50;
/** Limits change seldom. */
const LIMITS_EVERY = 30;
const LIMITED = ["RestApi", ...kindNames.filter(isStage)];

interface Options {
  readonly interval: number;
  readonly sort: Sort;
  readonly once?: boolean;
}

/** Top looks again and again at what a Tollgate does. */
class Top {
  readonly #session: Session;
  readonly #accountId: string;
  #before: Reading | undefined;
  #limits: ReturnType<typeof stageLimits> = new Map();
  #looks = 0;

  constructor(session: Session, accountId: string) {
    this.#session = session;
    this.#accountId = accountId;
  }

  async look(detailed: number): Promise<Frame> {
    if (this.#looks % LIMITS_EVERY === 0) this.#limits = await this.#readLimits();
    this.#looks++;
    const [reading, { nodes }] = await Promise.all([
      readStages(this.#session.metrics, this.#accountId, Date.now(), detailed),
      this.#session.nodes.listNodes({}),
    ]);
    const rates = ratesOf(reading, this.#before);
    this.#before = reading;
    return { atMs: reading.atMs, rates, nodes, limits: this.#limits };
  }

  async #readLimits() {
    const wanted = { accountId: this.#accountId, apiId: "" };
    const lists = await Promise.all(LIMITED.map((kind) => allEntities(this.#session, { ...wanted, kind })));
    return stageLimits(lists.flat());
  }
}

/** Watches until q, Ctrl-C or a signal. */
async function watchOnTerminal(top: Top, { interval, sort }: Options): Promise<void> {
  const left = new AbortController();
  const leave = () => left.abort();
  using screen = openScreen(process.stdout, process.stdin, leave);
  process.on("SIGTERM", leave).on("SIGINT", leave);
  try {
    const look = async (lines: number) => frameOf(await top.look(lines), { sort, lines });
    await watch(look, screen, { intervalMs: interval * 1000, left: left.signal });
  } finally {
    process.off("SIGTERM", leave).off("SIGINT", leave);
  }
}

/** addTop adds the command that shows what happens now. */
export function addTop(program: Command): void {
  program
    .command("top")
    .description("watch stages and nodes: calls a second, errors, latencies, limits; q ends it")
    .option("--interval <seconds>", "between two looks", readSeconds, 2)
    .addOption(
      new Option("--sort <by>", "what comes first")
        .choices(Object.keys(SORTS))
        .default("calls" satisfies Sort),
    )
    .option("--once", "print the last full minute, and end")
    .action(async (options: Options, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const top = new Top(session, globals.account);
      if (!options.once) {
        if (process.stdout.isTTY && globals.output === "table") return await watchOnTerminal(top, options);
        throw new CliError("top needs a terminal; --once prints what it shows", EXIT.USAGE);
      }
      const frame = await top.look(DETAILED);
      if (globals.output === "table")
        return print(frameOf(frame, { sort: options.sort, lines: Number.POSITIVE_INFINITY }).join("\n"));
      const rows = frame.rates.map((rates) => stageFigures(rates, frame.limits));
      print(toJson({ stages: rows, nodes: frame.nodes }));
    });
}
