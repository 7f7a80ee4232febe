import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { askProgram } from "./ask-program.ts";
import { aptInstall, CACHE, onceAtATime, onPath, run } from "./cache.ts";

/** The engines that mapping is compared with, from Maven Central. */
const LIBRARIES = [
  "<groupId>org.apache.velocity</groupId><artifactId>velocity</artifactId><version>1.7</version>",
  "<groupId>com.jayway.jsonpath</groupId><artifactId>json-path</artifactId><version>2.9.0</version>",
];

const libraries = (): Promise<string> => onceAtATime("velocity", fetchLibraries);

async function fetchLibraries(): Promise<string> {
  const folder = join(CACHE, "velocity-1.7-json-path-2.9.0");
  if (existsSync(folder) && readdirSync(folder).includes("velocity-1.7.jar")) return folder;
  if (!(await onPath("mvn"))) await aptInstall("maven");
  const source = join(CACHE, "src", "velocity");
  mkdirSync(source, { recursive: true });
  const dependencies = LIBRARIES.map((library) => `<dependency>${library}</dependency>`).join("");
  writeFileSync(
    join(source, "pom.xml"),
    `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>t</groupId><artifactId>t</artifactId><version>1</version><dependencies>${dependencies}</dependencies></project>\n`,
  );
  await run("mvn", ["-q", "-B", "dependency:copy-dependencies", `-DoutputDirectory=${folder}`], {
    cwd: source,
  });
  return folder;
}

/** javaInstalled resolves when there is a Java that runs programs of one source file. */
export async function javaInstalled(): Promise<void> {
  if (!(await onPath("javac"))) await aptInstall("default-jdk-headless");
}

/** askJava runs a one-file Java program that returns one JSON line for each JSON line. */
export async function askJava<Question, Answer>(
  program: string,
  questions: readonly Question[],
): Promise<Answer[]> {
  await javaInstalled();
  const lines = await askProgram(
    "java",
    ["-Dfile.encoding=UTF-8", "-cp", `${await libraries()}/*`, program],
    questions.map((question) => JSON.stringify(question)),
  );
  return lines.map((line) => JSON.parse(line) as Answer);
}
