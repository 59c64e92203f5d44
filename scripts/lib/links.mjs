// Finds relative links in Markdown that lead nowhere. See ../check-links for what is checked.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

const FENCE = /^\s*(`{3,}|~{3,})/;
const INLINE_LINK = /!?\[((?:[^\[\]\\]|\\.|\[[^\]]*\])*)\]\(\s*<?([^()<>\s]+(?:\([^()]*\))?)>?(?:\s+"[^"]*")?\s*\)/g;
const REFERENCE = /^\s{0,3}\[([^\]]+)\]:\s*<?(\S+?)>?\s*$/;
const ABSOLUTE = /^([a-z][a-z0-9+.-]*:|\/\/)/i;

/** The lines of a document that are prose: those inside code fences become empty. */
function proseLines(text) {
  let fence = null;
  return text.split('\n').map((line) => {
    const mark = line.match(FENCE)?.[1];
    if (fence) {
      if (mark && mark[0] === fence[0] && mark.length >= fence.length) fence = null;
      return '';
    }
    if (mark) {
      fence = mark;
      return '';
    }
    return line;
  });
}

/** A code span can hold what looks like a link; a link can hold a code span as its text. */
function withoutLinksInCode(line) {
  return line.replace(/(`+)(.+?)\1/g, (span) => (span.includes('](') ? ' '.repeat(span.length) : span));
}

/** Every relative or same-page link of a document: `{ line, text, target }`. */
export function findLinks(markdown) {
  const links = [];
  proseLines(markdown).forEach((raw, index) => {
    const line = withoutLinksInCode(raw);
    const reference = line.match(REFERENCE);
    if (reference) links.push({ line: index + 1, text: reference[1], target: reference[2] });
    for (const [, text, target] of line.matchAll(INLINE_LINK)) links.push({ line: index + 1, text, target });
  });
  return links.filter(({ target }) => !ABSOLUTE.test(target));
}

/** The anchors that GitHub gives to a document's headings, and those it sets itself with `id`. */
export function findAnchors(markdown) {
  const seen = new Map();
  const anchors = new Set();
  for (const line of proseLines(markdown)) {
    for (const [, id] of line.matchAll(/<[a-z]+[^>]*\s(?:id|name)="([^"]+)"/gi)) anchors.add(id);
    const heading = line.match(/^#{1,6}\s+(.*?)\s*#*\s*$/);
    if (!heading) continue;
    const slug = heading[1]
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    anchors.add(count === 0 ? slug : `${slug}-${count}`);
  }
  return anchors;
}

/** The identifier that a link's text promises to find in a source file, or null. A module is its file. */
function promisedName(text, path) {
  const code = text.match(/^`([^`]+)`$/)?.[1] ?? '';
  const name = code.replace(/\(.*$/, '').split('::').pop();
  const isIdentifier = /^[A-Za-z_]\w*$/.test(name);
  return isIdentifier && !path.split(/[/.]/).includes(name) ? name : null;
}

/** What is wrong with one link, in words, or null. `root` bounds where a link may lead. */
function complaint(root, file, { text, target }) {
  const [path, anchor] = decodeURI(target).split('#');
  const destination = path === '' ? file : normalize(join(dirname(file), path));
  if (relative(root, destination).startsWith('..')) return 'leads out of the repository';
  if (!existsSync(destination)) return 'no such file';
  if (statSync(destination).isDirectory()) return anchor ? 'a folder has no anchors' : null;
  if (anchor && destination.endsWith('.md') && !findAnchors(readFileSync(destination, 'utf8')).has(anchor)) {
    return `no heading with the anchor #${anchor}`;
  }
  const name = destination.endsWith('.rs') ? promisedName(text, path) : null;
  if (name && !new RegExp(`\\b${name}\\b`).test(readFileSync(destination, 'utf8'))) {
    return `the file does not mention \`${name}\``;
  }
  return null;
}

/** Checks the given files; returns `{ checked, problems }`, a problem being one printable line. */
export function checkFiles(root, files) {
  let checked = 0;
  const problems = [];
  for (const file of files) {
    for (const link of findLinks(readFileSync(join(root, file), 'utf8'))) {
      checked += 1;
      const wrong = complaint(root, join(root, file), link);
      if (wrong) problems.push(`${file}:${link.line}: (${link.target}) ${wrong}`);
    }
  }
  return { checked, problems };
}

/** Every Markdown file of the repository that git does not ignore. */
export function markdownFiles(root) {
  const listing = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', '*.md'];
  const files = execFileSync('git', listing, { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);
  return [...new Set(files)].filter((file) => existsSync(join(root, file))).sort();
}

export function main(root) {
  const files = markdownFiles(root);
  const { checked, problems } = checkFiles(root, files);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) {
    console.error(`\n${problems.length} of ${checked} links lead nowhere: correct the target, or what it points to.`);
    return 1;
  }
  console.log(`links: ${checked} in ${files.length} files, all lead somewhere`);
  return 0;
}
