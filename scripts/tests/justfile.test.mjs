// The justfile is the index of the scripts: none is missing, and none is named that does not exist.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

test('the justfile calls every script there is, and no other', () => {
  const called = readFileSync(join(root, 'justfile'), 'utf8').matchAll(/^\s+\.\/scripts\/([\w-]+)/gm);
  const named = new Set(Array.from(called, ([, script]) => script));
  const there = readdirSync(join(root, 'scripts'), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);
  assert.deepEqual([...named].sort(), there.sort());
});
