// Prints what the linter should find in Markdown files, found by markdown-it, parse5 and github-slugger.
// Input: paths, one a line. Output: a JSON line for each: {"path", "links": [target], "anchors": [anchor], "ids": [id],
// "broken": [target that leads to no file], "lost": [target that leads to no heading]}.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import MarkdownIt from "markdown-it";
import GithubSlugger from "github-slugger";
import { parseFragment } from "parse5";

const markdown = new MarkdownIt({ html: true, linkify: false });
markdown.normalizeLink = (it) => it;
markdown.validateLink = () => true;

function body(text) {
  text = text.replace(/^\uFEFF/, "");
  const head = /^---[ \t]*\r?\n[\s\S]*?\r?\n---[ \t]*(?:\r?\n|$)/.exec(text);
  return head ? text.slice(head[0].length) : text;
}

function* elements(node) {
  yield node;
  for (const it of [...(node.childNodes ?? []), ...(node.content?.childNodes ?? [])]) yield* elements(it);
}

function html(source, found) {
  for (const node of elements(parseFragment(source))) {
    for (const { name, value } of node.attrs ?? []) {
      if (name === "href" || name === "src") found.links.push(value);
      if (name === "id" || name === "name") found.ids.push(value);
    }
  }
}

function plain(inline) {
  return inline.children
    .map((it) => {
      if (it.type === "text" || it.type === "code_inline") return it.content;
      if (it.type === "image") return plain(it);
      return it.type.endsWith("break") ? " " : "";
    })
    .join("");
}

const pages = new Map();

function read(path) {
  if (pages.has(path)) return pages.get(path);
  const found = { links: [], ids: [], headings: [] };
  const walk = (all) => {
    all.forEach((it, at) => {
      if (it.type === "heading_open") found.headings.push(plain(all[at + 1]));
      if (it.type === "link_open" && it.info !== "auto") found.links.push(it.attrGet("href"));
      if (it.type === "image") found.links.push(it.attrGet("src"));
      if (it.type === "html_block" || it.type === "html_inline") html(it.content, found);
      if (it.children) walk(it.children);
    });
  };
  walk(markdown.parse(body(readFileSync(path, "utf8")), {}));
  const slugger = new GithubSlugger();
  const anchors = found.headings.map((it) => slugger.slug(it.trim()));
  const page = { path, links: found.links.sort(), anchors, ids: found.ids.sort() };
  pages.set(path, page);
  return page;
}

/** A relative link to a file; addresses, placeholders and examples such as `[text](url)` are none. */
function file(target) {
  const address = /^([A-Za-z][A-Za-z0-9+-]+:|\/\/|[@~])/.test(target);
  // A name with an ending may have blanks and parentheses; other such targets are words and calls.
  const isFile = /\.[A-Za-z0-9]{1,5}$/.test(target.split(/[#?]/)[0]);
  const example = /[{}<>$*|\\`["]|\.\.\.|…|(^|\/)path\/to/.test(target) || (!isFile && /[ (]/.test(target));
  if (!target || address || example || target.startsWith("/")) return null;
  const [, path, anchor] = /^([^#?]*)(?:\?[^#]*)?(?:#(.*))?$/.exec(target) ?? [];
  if (path === undefined || (path && !/[/.]/.test(path))) return null;
  return { path: decodeURIComponent(path), anchor: decodeURIComponent(anchor ?? "") };
}

const bare = (it) => it.replace(/[\ufe0e\ufe0f]/g, "");

function judge(page) {
  const res = { ...page, broken: [], lost: [] };
  for (const target of page.links) {
    const link = file(target.trim());
    if (!link) continue;
    const full = link.path ? join(dirname(page.path), link.path) : page.path;
    if (!existsSync(full)) {
      res.broken.push(target);
      continue;
    }
    const heading = link.anchor && !/^(L\d|:~:|top$)|\//i.test(link.anchor) && /\.md$/i.test(full);
    if (!heading || (link.path && full.endsWith("learnings.md"))) continue;
    const there = read(full);
    const wanted = bare(link.anchor);
    const anchors = there.anchors.map(bare);
    if (!anchors.includes(wanted) && !anchors.includes(wanted.toLowerCase()) && !there.ids.includes(link.anchor))
      res.lost.push(target);
  }
  return res;
}

const paths = readFileSync(0, "utf8").split("\n").filter(Boolean);
for (const path of paths) console.log(JSON.stringify(judge(read(path))));
