import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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

/** askJava runs a one-file Java program that returns one JSON line for each JSON line. */
export async function askJava<Question, Answer>(
  program: string,
  questions: readonly Question[],
): Promise<Answer[]> {
  if (!(await onPath("javac"))) await aptInstall("default-jdk-headless");
  const java = spawn("java", ["-Dfile.encoding=UTF-8", "-cp", `${await libraries()}/*`, program], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const out: Buffer[] = [];
  const errors: Buffer[] = [];
  java.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  java.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  java.stdin.end(questions.map((question) => `${JSON.stringify(question)}\n`).join(""));
  await new Promise<void>((resolve, reject) => {
    java.on("error", reject);
    java.on("close", (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`java ended with ${code}: ${Buffer.concat(errors).toString().slice(-2000)}`)),
    );
  });
  return Buffer.concat(out)
    .toString()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Answer);
}
