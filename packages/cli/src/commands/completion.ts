import { Argument, type Command } from "commander";
import { kindNames } from "@tollgate/config";
import { print } from "../output.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;

/** Place is a command and what may follow it. */
interface Place {
  /** Names of the commands that lead to it, without the program; empty: the program itself. */
  readonly path: readonly string[];
  readonly description: string;
  readonly commands: readonly string[];
  readonly options: readonly string[];
  readonly values: readonly string[];
}

/** Names of arguments whose values are known. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  kind: kindNames.map((kind) => kind.toLowerCase()),
  shell: SHELLS,
};

/** The places of a command and of those below it. */
function placesOf(command: Command, path: readonly string[] = []): Place[] {
  const below = command.commands.filter((one) => one.name() !== "help");
  return [
    {
      path,
      description: command.description(),
      commands: below.map((one) => one.name()),
      options: command.options.flatMap(({ long }) => long ?? []),
      values: command.registeredArguments.flatMap((argument) => VALUES[argument.name()] ?? []),
    },
    ...below.flatMap((one) => placesOf(one, [...path, one.name()])),
  ];
}

const keyOf = ({ path }: Place) => path.join(" ");

/** A script for bash; zsh reads it by its own emulation of bash's completion. */
function bashScript(places: readonly Place[]): string {
  const global = places[0]?.options ?? [];
  const words = places.map(
    (place) =>
      `    "${keyOf(place)}") words="${[...place.commands, ...place.values, ...new Set([...place.options, ...global])].join(" ")}";;`,
  );
  const known = places
    .slice(1)
    .map((place) => `"${keyOf(place)}"`)
    .join("|");
  return `_tollgate() {
  local path="" next words i
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="\${path:+$path }\${COMP_WORDS[i]}"
    case "$next" in
    ${known}) path="$next";;
    esac
  done
  case "$path" in
${words.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _tollgate tollgate`;
}

const zshScript = (places: readonly Place[]) =>
  `autoload -Uz compinit bashcompinit\ncompinit\nbashcompinit\n${bashScript(places)}`;

const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

/** fish asks for each word whether it may follow those before it. */
function fishScript(places: readonly Place[]): string {
  const after = ({ path }: Place) =>
    path.length === 0 ? "__fish_use_subcommand" : `__fish_seen_subcommand_from ${path.at(-1)}`;
  const described = new Map(places.map((place) => [keyOf(place), place.description]));
  return places
    .flatMap((place) => {
      const line = `complete -c tollgate -n ${quoted(after(place))}`;
      return [
        ...place.commands.map(
          (name) => `${line} -a ${name} -d ${quoted(described.get([...place.path, name].join(" ")) ?? "")}`,
        ),
        ...(place.values.length > 0 ? [`${line} -f -a ${quoted(place.values.join(" "))}`] : []),
        ...place.options.map((option) => `${line} -l ${option.slice(2)}`),
      ];
    })
    .join("\n");
}

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** completionScript is the script that completes the words of a program in a shell. */
export const completionScript = (program: Command, shell: (typeof SHELLS)[number]): string =>
  SCRIPTS[shell](placesOf(program));

/** addCompletion adds the command that prints the scripts for shells. */
export function addCompletion(program: Command): void {
  program
    .command("completion")
    .description('print the script that completes commands in a shell: eval "$(tollgate completion bash)"')
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .action((shell: (typeof SHELLS)[number]) => print(completionScript(program, shell)));
}
