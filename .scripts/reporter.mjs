// A reporter of vitest that writes what came of a run to the file TOLLGATE_TEST_REPORT, as JSON: the counts, each failure, and which tests
// could only run on embedded parts.
import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";

export default class Reporter {
  onTestRunEnd(modules, unhandledErrors) {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const skipped = tests.filter((test) => test.result().state === "skipped");
    const report = {
      passed: tests.filter((test) => test.result().state === "passed").length,
      failures: [
        ...modules.flatMap(failuresOf),
        ...unhandledErrors.map((error) => failure("", "an error that no test handles", error)),
      ],
      leftOut: skipped
        .filter((test) => test.meta().embeddedOnly)
        .map((test) => `${test.fullName}: ${test.meta().embeddedOnly}`),
    };
    writeFileSync(process.env.TOLLGATE_TEST_REPORT, JSON.stringify(report));
  }
}

/** What failed of a file: itself if it cannot be loaded, suites by their hooks, and tests. */
function failuresOf(module) {
  const file = relative(process.cwd(), module.moduleId);
  return [
    ...module.errors().map((error) => failure(file, "", error)),
    ...[...module.children.allSuites()].flatMap((suite) =>
      suite.errors().map((error) => failure(file, suite.fullName, error)),
    ),
    ...[...module.children.allTests("failed")].map((test) =>
      failure(file, test.fullName, ...test.result().errors),
    ),
  ];
}

/** An error is its message and what differs; where it was thrown, if neither says it. */
function failure(file, name, ...errors) {
  const text = errors
    .flatMap(({ message, diff, cause, stacks }) => {
      const [at] = stacks ?? [];
      const place = at ? `at ${relative(process.cwd(), at.file)}:${at.line}:${at.column}` : undefined;
      return [message, place, diff, cause?.message && `caused by: ${cause.message}`];
    })
    .filter(Boolean)
    .join("\n");
  return { file, name, text: stripVTControlCharacters(text) };
}
