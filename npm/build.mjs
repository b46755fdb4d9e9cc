// Lays out npm packages: one with a launcher, and one for each platform with its program. Nothing is downloaded when
// they are installed, and no script runs.
//
//   node npm/build.mjs --out DIR                                  the package `learn-cli`
//   node npm/build.mjs --out DIR --platform linux-x64 --binary F  the package `@learn-cli/linux-x64`
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const PLATFORMS = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64"];
const root = join(dirname(fileURLToPath(import.meta.url)), "..");

const { values } = parseArgs({
  options: { out: { type: "string" }, platform: { type: "string" }, binary: { type: "string" } },
});
if (!values.out || Boolean(values.platform) !== Boolean(values.binary)) {
  fail("usage: node npm/build.mjs --out DIR [--platform PLATFORM --binary FILE]");
}
if (values.platform && !PLATFORMS.includes(values.platform)) {
  fail(`--platform: \`${values.platform}\` is none of ${PLATFORMS.join(", ")}`);
}

const manifest = readFileSync(join(root, "Cargo.toml"), "utf8");
const version = manifest.match(/^version = "(.+)"$/m)[1];
const common = {
  version,
  description: manifest.match(/^description = "(.+)"$/m)[1],
  license: manifest.match(/^license = "(.+)"$/m)[1],
};

if (values.platform) {
  const [os, cpu] = values.platform.split("-");
  const file = os === "win32" ? "learn.exe" : "learn";
  const dir = join(values.out, `learn-cli-${values.platform}`);
  write(dir, { name: `@learn-cli/${values.platform}`, ...common, os: [os], cpu: [cpu], files: ["bin"] });
  copy(values.binary, join(dir, "bin", file), 0o755);
} else {
  const dir = join(values.out, "learn-cli");
  const optionalDependencies = Object.fromEntries(PLATFORMS.map((it) => [`@learn-cli/${it}`, version]));
  const files = ["bin"];
  const engines = { node: ">=18" };
  write(dir, { name: "learn-cli", ...common, bin: { learn: "bin/learn.js" }, files, engines, optionalDependencies });
  copy(join(root, "npm", "learn.js"), join(dir, "bin", "learn.js"), 0o755);
  copy(join(root, "README.md"), join(dir, "README.md"), 0o644);
}

function write(dir, manifest) {
  mkdirSync(join(dir, "bin"), { recursive: true });
  writeFileSync(join(dir, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const name of ["LICENSE-MIT", "LICENSE-APACHE"]) copy(join(root, name), join(dir, name), 0o644);
}

function copy(from, to, mode) {
  copyFileSync(from, to);
  chmodSync(to, mode);
}

function fail(message) {
  console.error(message);
  process.exit(2);
}
