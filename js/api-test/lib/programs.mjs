// The real programs: a node with a chain of its own, and the wallet.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { within } from './deadline.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const built = join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'release');
const NODE = process.env.QLOAK_NODE_BIN ?? join(built, 'qloak-node');
const WALLET = process.env.QLOAK_WALLET_BIN ?? join(built, 'qloak');

const START_SECONDS = 60;
const STOP_SECONDS = 20;
const WALLET_SECONDS = 60;

/** Starts a development chain on free ports; resolves once its RPC server listens. */
export async function startNode() {
  const options = ['--dev', '--tmp', '--rpc-port', '0', '--port', '0', '--no-prometheus'];
  const child = spawn(NODE, options, { stdio: ['ignore', 'ignore', 'pipe'] });
  const log = [];
  const lines = createInterface({ input: child.stderr });
  const listening = new Promise((resolveUrl, reject) => {
    lines.on('line', (line) => {
      log.push(line);
      const port = line.match(/Running JSON-RPC server: addr=127\.0\.0\.1:(\d+)/)?.[1];
      if (port) resolveUrl(`ws://127.0.0.1:${port}`);
    });
    child.once('error', (error) => reject(new Error(`cannot start ${NODE}: ${error.message}`)));
    child.once('exit', (code) => reject(new Error(`the node stopped with ${code}:\n${log.slice(-20).join('\n')}`)));
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await within(STOP_SECONDS, 'the node to stop', exited).catch((error) => {
      child.kill('SIGKILL');
      throw error;
    });
  };
  try {
    return { url: await within(START_SECONDS, 'the node to listen', listening), log, stop };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

/** Runs the wallet with `--json` against a node and returns what it printed. */
export async function wallet(url, home, ...command) {
  const child = spawn(WALLET, ['--json', '--node', url, ...command], {
    env: { ...process.env, QLOAK_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr']) child[stream].setEncoding('utf8').on('data', (part) => (text[stream] += part));
  const closed = once(child, 'close');
  const [code] = await within(WALLET_SECONDS, `qloak ${command.join(' ')}`, closed).catch((error) => {
    child.kill('SIGKILL');
    throw error;
  });
  if (code !== 0) throw new Error(`qloak ${command.join(' ')} ended with ${code}:\n${text.stderr}${text.stdout}`);
  return JSON.parse(text.stdout);
}
