#!/usr/bin/env node
// Runs the program of this platform's package, which npm installed as an optional dependency.
"use strict";

const { spawn } = require("node:child_process");

const platform = `${process.platform}-${process.arch}`;
const file = process.platform === "win32" ? "learn.exe" : "learn";

let program;
try {
  program = require.resolve(`@learn-cli/${platform}/bin/${file}`);
} catch {
  console.error(
    `error: the package \`@learn-cli/${platform}\` with the program is not there\n` +
      "  install again without `--omit=optional` or `--no-optional`; on a platform without a package: `cargo install --path .` in the sources",
  );
  process.exit(2);
}

const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });
// A terminal sends Ctrl-C to both; whoever stops this one alone means the program.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  console.error(`error: cannot run \`${program}\`: ${error.message}`);
  process.exit(2);
});
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code);
  // The default action of the same signal, so that whoever called sees how it ended.
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
