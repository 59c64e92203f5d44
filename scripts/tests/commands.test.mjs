// The scripts as a user meets them: their help, their refusals, and what they count.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const folder = mkdtempSync(join(tmpdir(), 'qloak-commands-'));
after(() => rmSync(folder, { recursive: true }));

const run = (script, options, env = process.env) =>
  spawnSync(join(root, 'scripts', script), options, { cwd: folder, env, encoding: 'utf8', timeout: 60_000 });

for (const script of ['setup', 'run', 'test', 'testnet', 'chain-specs']) {
  test(`${script} --help shows how to use it, from any folder`, () => {
    const { status, stdout } = run(script, ['--help']);
    assert.equal(status, 0);
    assert.match(stdout, new RegExp(`usage: ./scripts/${script}`));
  });

  test(`${script} refuses an unknown option by name`, () => {
    const { status, stderr } = run(script, ['--no-such-option']);
    assert.equal(status, 1);
    assert.match(stderr, /unknown option '--no-such-option'/);
  });
}

test('test --only refuses a step that there is not, and lists those that there are', () => {
  const { status, stderr } = run('test', ['--only', 'everything']);
  assert.equal(status, 1);
  assert.match(stderr, /needs one of: scripts links architecture format lint build chains tests/);
});

test('run says which port is taken, and how to choose another', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  // In a child of its own, since this one has to go on answering.
  const script = spawnSync('bash', ['-c', `"$0" --port ${port}`, join(root, 'scripts/run')], { encoding: 'utf8', timeout: 60_000 });
  server.close();
  assert.equal(script.status, 1);
  assert.match(script.stderr, new RegExp(`port ${port} on 127.0.0.1 is in use`));
  assert.match(script.stderr, /run --port \d+/);
});

test('run refuses a port that is none', () => {
  for (const port of ['0', '65536', '-1', 'x', '']) {
    const { status, stderr } = run('run', ['--port', port]);
    assert.equal(status, 1, port);
    assert.match(stderr, /--port needs a number from 1 to 65535/);
  }
});

test('testnet refuses numbers of validators and blocks that there are not', () => {
  for (const [option, value] of [['--validators', '5'], ['--validators', ''], ['--blocks', '0'], ['--blocks', 'x']]) {
    const { status, stderr } = run('testnet', [option, value]);
    assert.equal(status, 1, `${option} ${value}`);
    assert.match(stderr, new RegExp(`${option} needs .*not '${value}'`));
  }
});

test('chain-specs says what to do where there is no node', () => {
  const { status, stderr } = run('chain-specs', ['--check'], { ...process.env, CARGO_TARGET_DIR: folder });
  assert.equal(status, 1);
  assert.match(stderr, /there is no node at .*\n.*cargo build --locked --release --workspace/);
});

test('setup names the packages that it cannot install, in a line to run', () => {
  const bare = mkdtempSync(join(folder, 'bin-'));
  for (const tool of ['bash', 'env', 'sed', 'dirname', 'cat']) {
    symlinkSync(execFileSync('which', [tool], { encoding: 'utf8' }).trim(), join(bare, tool));
  }
  const { status, stderr } = run('setup', [], { PATH: bare, HOME: folder });
  assert.equal(status, 1);
  assert.match(stderr, /apt-get install -y build-essential pkg-config libssl-dev protobuf-compiler git nodejs npm/);
});

/** What the counting functions make of a file with this content. */
const counted = (name, content) => {
  const file = join(folder, 'report');
  writeFileSync(file, content);
  const script = `source "${root}/scripts/lib/counting.sh"; ${name} "${file}"; print_total`;
  return execFileSync('bash', ['-euo', 'pipefail', '-c', script], { encoding: 'utf8' }).trim();
};

test('nextest is counted', () => {
  const report = (attributes) => `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="nextest-run" ${attributes} uuid="b6" time="0.1">
    <testsuite name="a" tests="99" skipped="0" errors="99" failures="99">
`;
  assert.equal(counted('count_nextest', report('tests="7" skipped="0" failures="1" errors="2"')), '4 passed, 3 failed');
  assert.equal(counted('count_nextest', report('tests="7" failures="0" errors="0"')), '7 passed, 0 failed');
});

test('cargo test is counted', () => {
  const output = `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
`;
  assert.equal(counted('count_cargo_test', output), '5 passed, 1 failed, 1 skipped');
});

test('node is counted', () => {
  const output = '# tests 6\n# pass 4\n# fail 1\n# cancelled 1\n# skipped 0\n# todo 0\n';
  assert.equal(counted('count_node', output), '4 passed, 2 failed');
});
