// Compares the workspace's dependencies with the arrows that docs/architecture.md allows.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export const DOCUMENT = 'docs/architecture.md';
const COLUMNS = ['crate', 'folder', 'what it is', 'may depend on', 'in tests also', 'SDK'];
const SDK_LEVELS = ['none', 'runtime', 'client'];

const codeSpans = (cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]);
const cellsOf = (line) => line.split('|').slice(1, -1).map((cell) => cell.trim());

/** Reads the table of crates: a map from a crate's name to its rule. */
export function readRules(markdown) {
  const lines = markdown.split('\n');
  const header = lines.findIndex((line) => COLUMNS.every((name, i) => cellsOf(line)[i] === name));
  if (header < 0) throw new Error(`no table with the columns: ${COLUMNS.join(' | ')}`);
  const rules = new Map();
  for (const line of lines.slice(header + 2)) {
    if (!line.startsWith('|')) break;
    const cells = cellsOf(line);
    const [name] = codeSpans(cells[0] ?? '');
    const [folder] = codeSpans(cells[1] ?? '');
    if (!name || !folder || cells.length !== COLUMNS.length) throw new Error(`cannot read this row: ${line}`);
    const [sdk] = cells[5].split(' ');
    if (!SDK_LEVELS.includes(sdk)) {
      throw new Error(`${name}: the SDK column says '${sdk}', and can say ${SDK_LEVELS.join(', ')}`);
    }
    if (rules.has(name)) throw new Error(`${name} has two rows`);
    const [allowed, inTests, sdkExceptions] = cells.slice(3).map(codeSpans);
    rules.set(name, { folder, allowed, inTests, sdk, sdkExceptions });
  }
  return rules;
}

/** A crate on the client's side of the SDK: `sc-*`, by itself or as a feature of the umbrella. */
const isClient = (name) => name.startsWith('sc-');
const isSdk = (name) => name === 'polkadot-sdk' || /^(sc|sp|frame)-|^pallet-/.test(name);

function sdkProblem(name, rule, dependency, ours) {
  if (dependency.kind !== null || ours.has(dependency.name) || rule.sdkExceptions.includes(dependency.name)) return null;
  if (rule.sdk === 'none' && isSdk(dependency.name)) {
    return `${name} depends on ${dependency.name}, and knows no SDK`;
  }
  const client = [dependency.name, ...(dependency.features ?? [])].find(isClient);
  if (rule.sdk === 'runtime' && client) {
    return `${name} depends on ${client}, which belongs to the SDK's client`;
  }
  return null;
}

/** Every way in which `packages` (of `cargo metadata`) breaks `rules`, as printable lines. */
export function findProblems(rules, packages) {
  const ours = new Set(packages.map((entry) => entry.name));
  const problems = [];
  for (const { name, folder, dependencies } of packages) {
    const rule = rules.get(name);
    if (!rule) {
      problems.push(`${name} (${folder}) has no row`);
      continue;
    }
    if (rule.folder !== folder) problems.push(`${name} lies in ${folder}, and its row says ${rule.folder}`);
    for (const dependency of dependencies) {
      const target = dependency.name;
      const permitted = dependency.kind === 'dev' ? [...rule.allowed, ...rule.inTests] : rule.allowed;
      if (ours.has(target) && target !== name && !permitted.includes(target)) {
        const where = dependency.kind === 'dev' ? ' in its tests' : '';
        problems.push(`${name} depends on ${target}${where}: this arrow is not allowed`);
      }
      const sdk = sdkProblem(name, rule, dependency, ours);
      if (sdk) problems.push(sdk);
    }
  }
  for (const [name, rule] of rules) {
    if (!ours.has(name)) problems.push(`the row of ${name} describes no crate of the workspace`);
    for (const target of [...rule.allowed, ...rule.inTests]) {
      if (!rules.has(target)) problems.push(`the row of ${name} allows ${target}, which has no row`);
    }
  }
  return [...problems, ...findCycles(rules).map((cycle) => `the allowed arrows run in a circle: ${cycle}`)];
}

/** Circles among the allowed arrows, which cargo would refuse only once somebody draws them all. */
function findCycles(rules) {
  const done = new Set();
  const cycles = [];
  const visit = (name, path) => {
    if (path.includes(name)) return void cycles.push([...path.slice(path.indexOf(name)), name].join(' → '));
    if (done.has(name)) return;
    for (const target of rules.get(name)?.allowed ?? []) visit(target, [...path, name]);
    done.add(name);
  };
  for (const name of rules.keys()) visit(name, []);
  return cycles;
}

/** The workspace as cargo sees it. */
function readWorkspace(root) {
  const output = execFileSync('cargo', ['metadata', '--no-deps', '--locked', '--format-version', '1'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(output).packages.map(({ name, manifest_path: manifest, dependencies }) => ({
    name,
    folder: relative(root, manifest).replace(/\/?Cargo\.toml$/, ''),
    dependencies,
  }));
}

export function main(root) {
  const packages = readWorkspace(root);
  let problems;
  try {
    problems = findProblems(readRules(readFileSync(join(root, DOCUMENT), 'utf8')), packages);
  } catch (error) {
    problems = [error.message];
  }
  for (const problem of problems) console.error(`${DOCUMENT}: ${problem}`);
  if (problems.length > 0) {
    console.error(`
Either take the dependency out, or, if the arrow is right, allow it in the crate's row of ${DOCUMENT}
and say in the commit why.`);
    return 1;
  }
  console.log(`architecture: ${packages.length} crates, every dependency is allowed`);
  return 0;
}
