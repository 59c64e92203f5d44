import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { checkFiles, findAnchors, findLinks } from '../lib/links.mjs';

const root = mkdtempSync(join(tmpdir(), 'qloak-links-'));
after(() => rmSync(root, { recursive: true }));

mkdirSync(join(root, 'docs'));
writeFileSync(join(root, 'docs/code.rs'), 'pub fn transfer() {}\n');
writeFileSync(join(root, 'docs/other.md'), '# A heading, with `code`\n\n## Twice\n\n## Twice\n');

const problemsOf = (markdown) => {
  writeFileSync(join(root, 'README.md'), markdown);
  return checkFiles(root, ['README.md']).problems;
};

test('links that lead somewhere are accepted', () => {
  const markdown = `# Title
[a](docs/other.md) [b](docs/other.md#a-heading-with-code) [c](#title) [d](docs) ![e](docs/code.rs)
[f](docs/other.md#twice-1) [\`transfer\`](docs/code.rs) [g](https://example.org/nowhere) [h]

[h]: docs/other.md
`;
  assert.deepEqual(problemsOf(markdown), []);
});

test('a missing file is named with its line', () => {
  assert.deepEqual(problemsOf('\n[a](docs/none.md)\n'), ['README.md:2: (docs/none.md) no such file']);
});

test('a missing anchor is named', () => {
  assert.deepEqual(problemsOf('[a](docs/other.md#none)'), [
    'README.md:1: (docs/other.md#none) no heading with the anchor #none',
  ]);
});

test('a function that has left the file is named', () => {
  assert.deepEqual(problemsOf('[`Wallet::send`](docs/code.rs)'), [
    'README.md:1: (docs/code.rs) the file does not mention `send`',
  ]);
});

test('a reference definition is checked', () => {
  assert.deepEqual(problemsOf('[a]\n\n[a]: docs/none.md'), ['README.md:3: (docs/none.md) no such file']);
});

test('a link out of the repository is refused', () => {
  assert.deepEqual(problemsOf('[a](../elsewhere.md)'), ['README.md:1: (../elsewhere.md) leads out of the repository']);
});

test('code is not searched for links', () => {
  assert.deepEqual(findLinks('```\n[a](none.md)\n```\n`[b](none.md)` ~~~'), []);
});

test('anchors are those of GitHub', () => {
  assert.deepEqual([...findAnchors('# One & two_three\n## `a::b` (c)\n<a id="own"></a>')], ['one--two_three', 'ab-c', 'own']);
});
