// Finds dependencies that the tests compile with other features than the build does.

import { execFileSync } from 'node:child_process';

/** The dependencies in the output of `cargo tree`: a map from package to the sets of features it has. */
export function readTree(text) {
  const packages = new Map();
  for (const line of text.split('\n')) {
    const [name, features] = line.replace(/ \(\*\)$/, '').split('|');
    // A path in parentheses is a crate of ours; `(proc-macro)` is not a path.
    if (features === undefined || /\(\//.test(name)) continue;
    const key = name.replace(/ \(proc-macro\)$/, '');
    packages.set(key, (packages.get(key) ?? new Set()).add(features));
  }
  return packages;
}

/** Packages of both trees that the second has with features that the first has not: printable lines. */
export function findDifferences(build, tests) {
  const problems = [];
  for (const [name, variants] of tests) {
    const known = build.get(name);
    if (!known) continue;
    const seen = new Set([...known].flatMap((features) => features.split(',')));
    for (const features of variants) {
      if (known.has(features)) continue;
      const more = features.split(',').filter((feature) => !seen.has(feature));
      problems.push(`${name} is compiled again for the tests, with the features [${more.join(', ') || features}]`);
    }
  }
  return problems;
}

function tree(root, edges) {
  const options = ['tree', '--locked', '--workspace', '--edges', edges, '--prefix', 'none', '--format', '{p}|{f}'];
  return readTree(execFileSync('cargo', options, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'inherit'] }));
}

export function main(root) {
  const build = tree(root, 'normal,build');
  const problems = findDifferences(build, tree(root, 'normal,build,dev'));
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) {
    console.error(`
All that depends on these is compiled twice as well, which can be most of the SDK. Ask for the same
features outside the tests: name the crate with them under [dependencies] of a crate that is built anyway,
with a comment that says why, or do without the dev-dependency that asks for them.`);
    return 1;
  }
  console.log(`features: ${build.size} dependencies, compiled once for build and tests`);
  return 0;
}
