// Finds modules of one crate that need each other in a circle.
//
// A module needs another one when it names something of it, by `use` or by a path. What a module only hands on (`pub use`)
// is needed where it is named, not where it is handed on. A module's own submodules are parts of it: that it uses them is no need
// in this sense, that they use it is one. Tests are left out: they may need everything.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

const IDENTIFIER = '[A-Za-z_][A-Za-z0-9_]*';

/** The same text with comments, strings and character literals blanked, so that what is left can be searched. */
export function blank(source) {
  const token = new RegExp(
    [
      String.raw`//[^\n]*`,
      String.raw`/\*[\s\S]*?\*/`,
      String.raw`\bb?c?r(#*)"[\s\S]*?"\1`,
      String.raw`"(?:\\[\s\S]|[^"\\])*"`,
      String.raw`'(?:\\(?:[^u]|u\{[0-9a-fA-F_]+\})[0-9a-fA-F]*|[^'\\\n])'`,
    ].join('|'),
    'g',
  );
  return source.replace(token, (text) => text.replace(/[^\n]/g, ' '));
}

/** Where the brace that opens at `start` closes. */
function closing(text, start) {
  let depth = 0;
  for (let i = start; i < text.length; i += 1) {
    if (text[i] === '{') depth += 1;
    if (text[i] === '}' && (depth -= 1) === 0) return i;
  }
  return text.length;
}

/** Takes out the items that only tests compile. */
function withoutTests(text) {
  const attribute = /#\[cfg\((?:all\()?test\b[^\]]*\]/g;
  let rest = text;
  for (let found = attribute.exec(rest); found; found = attribute.exec(rest)) {
    const end = rest.slice(found.index).search(/[;{]/);
    if (end < 0) break;
    const at = found.index + end;
    const last = rest[at] === '{' ? closing(rest, at) : at;
    rest = rest.slice(0, found.index) + rest.slice(found.index, last + 1).replace(/[^\n]/g, ' ') + rest.slice(last + 1);
  }
  return rest;
}

/** Every path of a `use` tree, with the name under which each is known here. */
export function pathsOf(tree) {
  const text = tree.trim();
  const open = text.indexOf('{');
  if (open < 0) {
    const [path, alias] = text.split(/\s+as\s+/);
    const names = path.split('::').map((name) => name.trim()).filter(Boolean);
    if (names.at(-1) === 'self') names.pop();
    return [{ names, alias: (alias ?? names.at(-1))?.trim() }];
  }
  const prefix = text.slice(0, open).split('::').map((name) => name.trim()).filter(Boolean);
  const inside = text.slice(open + 1, text.lastIndexOf('}'));
  const parts = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= inside.length; i += 1) {
    if (inside[i] === '{') depth += 1;
    if (inside[i] === '}') depth -= 1;
    if (i === inside.length || (inside[i] === ',' && depth === 0)) {
      if (inside.slice(start, i).trim()) parts.push(inside.slice(start, i));
      start = i + 1;
    }
  }
  return parts.flatMap(pathsOf).map(({ names, alias }) => ({ names: [...prefix, ...names], alias: alias ?? prefix.at(-1) }));
}

/** The modules that a file declares, other than those inside of braces: their names, and their files if said. */
function declared(text, source) {
  const found = [];
  for (const match of text.matchAll(new RegExp(`\\bmod\\s+(${IDENTIFIER})\\s*;`, 'g'))) {
    const before = source.slice(0, match.index).match(/#\[path\s*=\s*"([^"]+)"\]\s*(?:pub(?:\([^)]*\))?\s+)?$/);
    found.push({ name: match[1], path: before?.[1] });
  }
  return found;
}

/** A crate's modules: from the path of names (`a::b`, empty for the root) to the file and its text. */
function readModules(root) {
  const modules = new Map();
  const visit = (file, path) => {
    const source = readFileSync(file, 'utf8');
    const text = withoutTests(blank(source));
    modules.set(path.join('::'), { path, file, text });
    const isFolder = path.length === 0 || basename(file) === 'mod.rs';
    const folder = isFolder ? dirname(file) : join(dirname(file), basename(file, '.rs'));
    for (const { name, path: said } of declared(text, source)) {
      const places = said ? [join(dirname(file), said)] : [join(folder, `${name}.rs`), join(folder, name, 'mod.rs')];
      const place = places.find(existsSync);
      if (!place) throw new Error(`${file}: the file of \`mod ${name}\` is not where it is looked for`);
      visit(place, [...path, name]);
    }
  };
  visit(root, []);
  return modules;
}

/** What a path begins at, and the names that follow; nothing if it leads out of the crate. */
function absolute(names, path, modules) {
  const [first, ...rest] = names;
  if (first === 'crate') return rest;
  if (first === 'self') return [...path, ...rest];
  if (first === 'super') {
    let up = 0;
    while (names[up] === 'super') up += 1;
    return up > path.length ? null : [...path.slice(0, path.length - up), ...names.slice(up)];
  }
  return modules.has([...path, first].join('::')) ? [...path, ...names] : null;
}

/** Reads a file's paths: those that it uses, and those that it only hands on. */
function readPaths(module, modules) {
  const { text, path } = module;
  const uses = [];
  const handsOn = [];
  // Modules in braces are a part of their file, and `super` in them is the file's own module.
  const inner = [...text.matchAll(new RegExp(`\\bmod\\s+(${IDENTIFIER})\\s*\\{`, 'g'))].map((match) => {
    const open = match.index + match[0].length - 1;
    return { name: match[1], open, close: closing(text, open) };
  });
  const pathAt = (index) => [...path, ...inner.filter(({ open, close }) => open < index && index < close).map(({ name }) => name)];
  const rest = text.replace(/\b(pub(?:\s*\([^)]*\))?\s+)?use\s+([^;]+);/g, (whole, isPublic, tree, index) => {
    for (const { names, alias } of pathsOf(tree)) {
      const target = absolute(names, pathAt(index), modules);
      if (target) (isPublic ? handsOn : uses).push({ target, alias });
    }
    return whole.replace(/[^\n]/g, ' ');
  });
  const inline = new RegExp(`(?<![\\w:$])(${IDENTIFIER}(?:\\s*::\\s*${IDENTIFIER})+)`, 'g');
  for (const match of rest.matchAll(inline)) {
    const target = absolute(match[1].split(/\s*::\s*/), pathAt(match.index), modules);
    if (target) uses.push({ target });
  }
  return { uses, handsOn };
}

const isPartOf = (name, whole) => whole === '' || name.startsWith(`${whole}::`);

/** From each file to the files that it needs. */
function readArrows(root) {
  const modules = readModules(root);
  const paths = new Map([...modules].map(([name, module]) => [name, readPaths(module, modules)]));
  const find = (target, depth = 0) => {
    let length = target.length;
    while (length > 0 && !modules.has(target.slice(0, length).join('::'))) length -= 1;
    const name = target.slice(0, length).join('::');
    const wanted = target[length];
    if (wanted === undefined || depth > 8) return name;
    const { handsOn } = paths.get(name);
    const handed = handsOn.find(({ alias }) => alias === wanted);
    return handed ? find([...handed.target, ...target.slice(length + 1)], depth + 1) : name;
  };
  const arrows = new Map();
  for (const [name, { uses }] of paths) {
    const targets = new Set(uses.map(({ target }) => find(target)));
    targets.delete(name);
    // A module hands work to the modules that it is made of, and they may use what it defines: no arrow.
    for (const target of targets) if (isPartOf(target, name)) targets.delete(target);
    arrows.set(name, targets);
  }
  return { arrows, fileOf: (name) => modules.get(name).file };
}

/** The sets of modules that reach each other, by Tarjan's algorithm. */
export function findCircles(arrows) {
  const index = new Map();
  const low = new Map();
  const stack = [];
  const circles = [];
  const visit = (name) => {
    index.set(name, index.size);
    low.set(name, index.get(name));
    stack.push(name);
    for (const target of arrows.get(name) ?? []) {
      if (!index.has(target)) visit(target);
      if (stack.includes(target)) low.set(name, Math.min(low.get(name), low.get(target)));
    }
    if (low.get(name) === index.get(name)) {
      const circle = stack.splice(stack.indexOf(name));
      if (circle.length > 1) circles.push(circle);
    }
  };
  for (const name of arrows.keys()) if (!index.has(name)) visit(name);
  return circles;
}

/** Every circle inside the crate whose root is this file, as printable lines. */
export function findProblems(root) {
  const { arrows, fileOf } = readArrows(root);
  const folder = dirname(root);
  return findCircles(arrows).map((circle) => {
    const ties = circle.flatMap((from) =>
      circle.filter((to) => arrows.get(from).has(to)).map((to) => `    ${relative(folder, fileOf(from))} needs ${relative(folder, fileOf(to))}`),
    );
    return [`${circle.length} modules need each other in a circle:`, ...ties].join('\n');
  });
}

/** The root files of all crates of the workspace. */
function readRoots(root) {
  const output = execFileSync('cargo', ['metadata', '--no-deps', '--locked', '--format-version', '1'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const kinds = ['lib', 'proc-macro', 'bin'];
  const targets = JSON.parse(output).packages.flatMap((entry) => entry.targets);
  return targets.filter(({ kind }) => kind.some((one) => kinds.includes(one))).map((target) => target.src_path);
}

export function main(root) {
  const roots = readRoots(root);
  let problems = 0;
  for (const file of roots) {
    for (const problem of findProblems(file)) {
      problems += 1;
      console.error(`${relative(root, file)}: ${problem}`);
    }
  }
  if (problems > 0) {
    console.error(`
Move what two modules of a circle share into a module below both, or hand it over as an argument.`);
    return 1;
  }
  console.log(`modules: ${roots.length} crates and programs, none with a circle inside`);
  return 0;
}
