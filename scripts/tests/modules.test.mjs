import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { blank, findCircles, findProblems, pathsOf } from '../lib/modules.mjs';

/** The circles of a crate of these files. */
function problemsOf(files) {
  const folder = mkdtempSync(join(tmpdir(), 'modules-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return findProblems(join(folder, 'lib.rs'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const LIB = 'pub mod a;\nmod b;\n';

test('modules that need one another in one direction are no circle', () => {
  assert.deepEqual(problemsOf({ 'lib.rs': LIB, 'a.rs': 'use crate::b::B;', 'b.rs': 'pub struct B;' }), []);
});

test('two modules that need each other are named with the files', () => {
  const [problem, ...others] = problemsOf({ 'lib.rs': LIB, 'a.rs': 'use super::b::B;', 'b.rs': 'fn f() -> crate::a::A { todo!() }' });
  assert.deepEqual(others, []);
  assert.match(problem, /^2 modules/);
  assert.match(problem, /a\.rs needs b\.rs/);
  assert.match(problem, /b\.rs needs a\.rs/);
});

test('a circle of three is found, in braces and by a path', () => {
  const files = { 'lib.rs': `${LIB}mod c;`, 'a.rs': 'use crate::{b::{self, B}, x};', 'b.rs': 'use super::c as d;', 'c.rs': 'type A = crate::a::A;' };
  assert.match(problemsOf(files)[0], /^3 modules/);
});

test('what a module hands on is needed where it is named', () => {
  const facade = { 'lib.rs': 'mod a; mod b; mod c;', 'a.rs': 'pub use crate::c::C;', 'b.rs': 'use crate::a::C;', 'c.rs': 'pub struct C;' };
  assert.deepEqual(problemsOf({ ...facade, 'c.rs': 'pub struct C; use crate::b::B;' }).length, 1);
  assert.deepEqual(problemsOf({ ...facade, 'a.rs': `${facade['a.rs']} use crate::b::B;` }), []);
});

test('submodules are parts of their module, and may use what it defines', () => {
  const files = { 'lib.rs': 'mod a;', 'a.rs': 'mod part; use part::P; pub struct A;', 'a/part.rs': 'use super::A; pub struct P;' };
  assert.deepEqual(problemsOf(files), []);
});

test('a part that needs another module which needs the whole closes a circle', () => {
  const files = { 'lib.rs': 'mod a; mod b;', 'a.rs': 'mod part; pub struct A;', 'a/part.rs': 'use super::A; use crate::b::B;', 'b.rs': 'use crate::a::part::P;' };
  assert.match(problemsOf(files)[0], /^2 modules/);
});

test('tests, comments and strings need nothing', () => {
  const quiet = `
    //! See crate::a::A. A quote: " and more.
    const TEXT: &str = "crate::a::A"; const RAW: &str = r#"crate::a::A "quoted" "#; const QUOTE: char = '"';
    /* crate::a::A */
    #[cfg(test)]
    mod tests { use crate::a::A; fn f() { let a = { 1 }; } }
    #[cfg(test)]
    use crate::a::A;
    fn life<'a>(a: &'a str) -> &'a str { a }`;
  assert.deepEqual(problemsOf({ 'lib.rs': LIB, 'a.rs': 'use crate::b::TEXT;', 'b.rs': quiet }), []);
  const loud = `${quiet}\n const A: crate::a::A = 1;`;
  assert.equal(problemsOf({ 'lib.rs': LIB, 'a.rs': 'use crate::b::TEXT;', 'b.rs': loud }).length, 1);
});

test('a file that is missing is an error and no silence', () => {
  assert.throws(() => problemsOf({ 'lib.rs': 'mod gone;' }), /gone/);
});

test('use trees are read whole', () => {
  const paths = pathsOf('crate::{a::{self, B as C}, d::*}').map(({ names, alias }) => [names.join('::'), alias]);
  assert.deepEqual(paths, [['crate::a', 'a'], ['crate::a::B', 'C'], ['crate::d::*', '*']]);
});

test('blanking keeps the lines', () => {
  const source = 'let a = "x\\"y"; // "z\nlet b = \'{\';';
  assert.equal(blank(source).split('\n').length, 2);
  assert.doesNotMatch(blank(source), /[xyz{]/);
});

test('circles are found once', () => {
  const arrows = new Map(Object.entries({ a: ['b'], b: ['a', 'c'], c: ['d'], d: ['c'] }).map(([name, to]) => [name, new Set(to)]));
  assert.deepEqual(findCircles(arrows).map((circle) => circle.sort()), [['c', 'd'], ['a', 'b']]);
});
