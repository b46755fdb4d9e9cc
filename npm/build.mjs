// Makes the npm packages from a program that is built already: one with the launcher, one with the program of a system.
//
//     node npm/build.mjs --target linux-x64 --binary target/release/learn --out DIR
//
// writes DIR/learn-journal and DIR/learn-journal-linux-x64, to be packed or published with npm. Running it for
// another target adds that one's folder. The version is the one of Cargo.toml.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const NAME = "learn-journal";
// As Node calls systems and processors.
const TARGETS = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64"];

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(here);

function fail(message) {
  process.stderr.write(`error: ${message}\n`);
  process.exit(2);
}

function options() {
  let values;
  try {
    const text = { type: "string" };
    ({ values } = parseArgs({ options: { target: text, binary: text, out: text } }));
  } catch (err) {
    fail(err.message);
  }
  for (const name of ["target", "binary", "out"]) {
    if (!values[name]) fail(`\`--${name}\` is missing: node npm/build.mjs --target linux-x64 --binary FILE --out DIR`);
  }
  if (!TARGETS.includes(values.target)) fail(`\`${values.target}\` is not one of ${TARGETS.join(", ")}`);
  if (!fs.statSync(values.binary, { throwIfNoEntry: false })?.isFile()) fail(`there is no file \`${values.binary}\``);
  return values;
}

// What Cargo.toml says about the package, before its first table.
function cargo() {
  const [head] = fs.readFileSync(path.join(root, "Cargo.toml"), "utf8").split(/^\[dependencies\]/m);
  const value = (key) => head.match(new RegExp(`^${key} = "(.*)"`, "m"))?.[1] ?? fail(`Cargo.toml has no \`${key}\``);
  return {
    version: value("version"),
    description: value("description"),
    license: `(${value("license")})`,
  };
}

// A folder of a package, made anew, so that nothing of an older build is shipped.
function packageDir(out, manifest, readme) {
  const dir = path.join(out, manifest.name);
  fs.rmSync(dir, { recursive: true, force: true });
  fs.mkdirSync(path.join(dir, "bin"), { recursive: true });
  fs.writeFileSync(path.join(dir, "package.json"), JSON.stringify(manifest, null, 2) + "\n");
  fs.writeFileSync(path.join(dir, "README.md"), `# ${manifest.name}\n\n${readme}\n`);
  for (const file of ["LICENSE-APACHE", "LICENSE-MIT"]) {
    fs.copyFileSync(path.join(root, file), path.join(dir, file));
  }
  return dir;
}

function copyProgram(from, to) {
  fs.copyFileSync(from, to);
  fs.chmodSync(to, 0o755); // artifacts of CI lose it
}

const { target, binary, out } = options();
const common = cargo();

const main = packageDir(
  out,
  {
    name: NAME,
    ...common,
    bin: { learn: "bin/learn.js" },
    files: ["bin", "LICENSE-*"],
    engines: { node: ">=18" },
    // Exact versions: the launcher and the program come from one build.
    optionalDependencies: Object.fromEntries(TARGETS.map((it) => [`${NAME}-${it}`, common.version])),
  },
  `${common.description}: the command \`learn\`. The program is in the package for your system, which npm installs with this one; ` +
    "nothing is downloaded or run at installation.",
);
copyProgram(path.join(here, "learn.js"), path.join(main, "bin", "learn.js"));

const [os, cpu] = target.split("-");
const platform = packageDir(
  out,
  { name: `${NAME}-${target}`, ...common, os: [os], cpu: [cpu], files: ["bin", "LICENSE-*"], preferUnplugged: true },
  `The program of \`${NAME}\` for ${target}. Install \`${NAME}\`.`,
);
copyProgram(binary, path.join(platform, "bin", os === "win32" ? "learn.exe" : "learn"));

process.stdout.write(`${main}\n${platform}\n`);
