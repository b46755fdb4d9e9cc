#!/usr/bin/env node
// Runs the program of the package for this system, which npm chose by its `os` and `cpu`. Downloads nothing.
"use strict";

const { spawn } = require("node:child_process");
const { constants } = require("node:os");
const path = require("node:path");
const own = require("../package.json");

const CANNOT_RUN = 2; // as `learn` itself ends where it cannot do what was asked

function fail(message) {
  process.stderr.write(`error: ${message}\n`);
  process.exit(CANNOT_RUN);
}

// The programs for Linux are linked statically: the same one runs with glibc and with musl.
function program() {
  const system = `${process.platform}-${process.arch}`;
  const name = `${own.name}-${system}`;
  const wanted = own.optionalDependencies[name];
  if (wanted === undefined) {
    const known = Object.keys(own.optionalDependencies).map((it) => it.slice(own.name.length + 1));
    fail(
      `there is no program for \`${system}\` in npm, only for ${known.join(", ")}\n` +
        "  build it from the sources: `cargo install --path .`",
    );
  }
  let manifest;
  try {
    manifest = require.resolve(`${name}/package.json`);
  } catch {
    fail(
      `the package \`${name}\` with the program is not installed\n` +
        "  npm leaves it out with `--omit=optional`, and where package-lock.json or node_modules come from another system\n" +
        `  to get it: \`npm install --include=optional ${own.name}@${own.version}\`; ` +
        "if it is still missing, remove node_modules and package-lock.json first",
    );
  }
  const found = require(manifest).version;
  if (found !== wanted) {
    fail(
      `\`${name}\` is version ${found}, and this is ${own.version}\n` +
        `  to mend it: \`npm install ${own.name}@${own.version}\``,
    );
  }
  return path.join(path.dirname(manifest), "bin", process.platform === "win32" ? "learn.exe" : "learn");
}

const file = program();
const child = spawn(file, process.argv.slice(2), { stdio: "inherit", windowsHide: true });
// Who stops the launcher means the program: `learn watch` still writes down what it saw. A terminal tells both, and the
// second time changes nothing. On Windows the console tells the program, and `kill` would end it without a word.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => process.platform === "win32" || child.kill(signal));
}
child.on("error", (err) => fail(`cannot run \`${file}\`: ${err.message}`));
child.on("exit", (code, signal) => {
  if (signal === null) {
    process.exitCode = code;
    return;
  }
  // Ends as the program did, so that a shell sees the same.
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  process.exitCode = 128 + constants.signals[signal];
});
