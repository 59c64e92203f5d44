// Runs zombienet on a network file, and shows the heights of its validators until stopped.
//
// usage: node testnet.mjs --config FILE --folder FOLDER [--blocks N] [--form table|plain|json]
//
// Called by ./scripts/testnet, which builds everything first and deletes the folder.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, watch, createWriteStream } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const root = resolve(fileURLToPath(import.meta.url), '../../..');

/** How long validators may take to start: they do so one after another. */
const START_LIMIT_MS = 300_000;
/** How long zombienet may take to end its processes, before we do. */
const STOP_LIMIT_MS = 20_000;
/** A validator that restarts is asked again after this time. */
const RECONNECT_MS = 2_000;

// --- What is known of the network ------------------------------------------------------------------

/** Heads of the validators, and what follows from them. */
export class Heads {
  constructor(names) {
    this.validators = new Map(names.map((name) => [name, { best: 0, final: 0, connected: false }]));
    this.firstSeen = new Map();
    this.finalHashes = new Map();
    this.announced = 0;
    this.fork = undefined;
  }

  best(name, number, now) {
    const validator = this.validators.get(name);
    validator.best = number;
    if (!this.firstSeen.has(number)) this.firstSeen.set(number, now);
  }

  /** Takes a final block, and remembers if another validator has a different one at its height. */
  final(name, number, parent) {
    this.validators.get(name).final = number;
    // A header names its parent's hash, which saves hashing here.
    const known = this.finalHashes.get(number - 1) ?? { parent, name };
    this.finalHashes.set(number - 1, known);
    if (known.parent !== parent) {
      this.fork = `two final blocks at height ${number - 1}: ${known.parent} (${known.name}), ${parent} (${name})`;
    }
  }

  /** The number of validators whose votes make a block final: more than two thirds. */
  get needed() {
    return Math.floor((2 * this.validators.size) / 3) + 1;
  }

  /** A sentence that says why nothing becomes final, or undefined while enough validators answer. */
  get stall() {
    const answering = [...this.validators.values()].filter((validator) => validator.connected).length;
    if (answering >= this.needed) return undefined;
    return `finality waits: ${answering} of ${this.validators.size} validators answer, ${this.needed} needed`;
  }

  /** The highest block that is final on every validator. */
  get settled() {
    return Math.min(...[...this.validators.values()].map((validator) => validator.final));
  }

  /** The blocks that became final everywhere since the last call, with the time that took. */
  takeSettled(now) {
    const blocks = [];
    while (this.announced < this.settled) {
      this.announced += 1;
      const seen = this.firstSeen.get(this.announced);
      this.firstSeen.delete(this.announced);
      // Kept no longer than needed: the network may run for weeks.
      this.finalHashes.delete(this.announced - 2);
      blocks.push({ block: this.announced, afterMs: seen === undefined ? null : now - seen });
    }
    return blocks;
  }
}

// --- How it is shown -------------------------------------------------------------------------------

const pad = (text, width) => String(text).padEnd(width);
const padLeft = (text, width) => String(text).padStart(width);

/** The table of all validators, as lines. */
export function table(heads, nodes) {
  const lines = [`${pad('validator', 12)}${padLeft('best', 8)}${padLeft('final', 8)}${padLeft('behind', 8)}   ${pad('process', 9)}rpc`];
  for (const node of nodes) {
    const { best, final, connected } = heads.validators.get(node.name);
    const numbers = connected
      ? `${padLeft(best, 8)}${padLeft(final, 8)}${padLeft(Math.max(best - final, 0), 8)}`
      : padLeft('does not answer', 24);
    lines.push(`${pad(node.name, 12)}${numbers}   ${pad(processOf(node) ?? '-', 9)}${node.url}`);
  }
  return lines;
}

/** Prints what happens, in one of the forms. */
export class Display {
  constructor(form, nodes, output = process.stdout) {
    Object.assign(this, { form, nodes, output, drawn: 0 });
  }

  started() {
    if (this.form === 'json') {
      this.line(JSON.stringify({ event: 'started', validators: this.nodes.map(({ name, url }) => ({ name, rpc: url })) }));
    } else if (this.form === 'plain') {
      for (const { name, url } of this.nodes) this.line(`${pad(name, 12)}${url}`);
    }
  }

  update(heads, settled) {
    if (this.form === 'table') return this.draw(heads);
    this.report(heads.stall);
    for (const { block, afterMs } of settled) {
      if (this.form === 'json') {
        this.line(JSON.stringify({ event: 'final', block, after_ms: afterMs }));
      } else {
        const after = afterMs === null ? '' : `, ${(afterMs / 1000).toFixed(1)} s after it was first seen`;
        this.line(`block ${block} is final on all ${this.nodes.length}${after}`);
      }
    }
  }

  /** Prints that finality waits, or goes on, when that changes. Validators connect one by one, so a stall before the first full house is none. */
  report(stall) {
    if (stall === undefined) this.complete = true;
    if (!this.complete || stall === this.stall) return;
    this.stall = stall;
    if (this.form === 'json') this.line(JSON.stringify({ event: 'finality', stalled: stall !== undefined, reason: stall ?? null }));
    else this.line(stall ?? 'enough validators answer again');
  }

  draw(heads) {
    const lines = [...table(heads, this.nodes), heads.stall ?? '', 'Ctrl-C stops the network and deletes it.'];
    // Back to the first line of the last drawing; each line is cleared before it is written.
    const back = this.drawn > 0 ? `\x1b[${this.drawn}F` : '';
    this.output.write(back + lines.map((line) => `\x1b[2K${line}\n`).join(''));
    this.drawn = lines.length;
  }

  line(text) {
    this.output.write(`${text}\n`);
  }
}

/** The process id of a validator, found by its data folder. */
function processOf(node) {
  if (!existsSync('/proc')) return undefined;
  // Looked for only when it is not the one of last time.
  if (!existsSync(`/proc/${node.process}`)) node.process = findProcess(node);
  return node.process;
}

function findProcess(node) {
  return readdirSync('/proc').find((id) => {
    if (!/^\d+$/.test(id)) return false;
    try {
      const words = readFileSync(join('/proc', id, 'cmdline'), 'utf8').split('\0');
      return words.includes(node.data) && words.includes('--base-path') && !/sh$/.test(words[0]);
    } catch {
      return false; // It has just ended.
    }
  });
}

// --- Following -------------------------------------------------------------------------------------

/** Subscribes to the heads of a validator; connects again when it comes back. */
function follow(node, heads, changed, WebSocket, stopped) {
  const socket = new WebSocket(node.url);
  const validator = heads.validators.get(node.name);
  const subscriptions = new Map();
  socket.on('open', () => {
    validator.connected = true;
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'chain_subscribeNewHeads', params: [] }));
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'chain_subscribeFinalizedHeads', params: [] }));
    changed();
  });
  socket.on('message', (data) => {
    const message = JSON.parse(data);
    if (message.id !== undefined) subscriptions.set(message.result, message.id);
    const header = message.params?.result;
    if (header?.number === undefined) return;
    const number = Number.parseInt(header.number, 16);
    if (subscriptions.get(message.params.subscription) === 1) heads.best(node.name, number, Date.now());
    else heads.final(node.name, number, header.parentHash);
    changed();
  });
  socket.on('error', () => {}); // 'close' follows.
  socket.on('close', () => {
    validator.connected = false;
    changed();
    if (!stopped.aborted) {
      const timer = setTimeout(() => follow(node, heads, changed, WebSocket, stopped), RECONNECT_MS);
      stopped.addEventListener('abort', () => clearTimeout(timer), { once: true });
    }
  });
  stopped.addEventListener('abort', () => socket.terminate(), { once: true });
}

/** Waits until zombienet has written where its nodes are. */
async function nodesIn(folder, zombienet, stopped) {
  const description = join(folder, 'zombie.json');
  const read = () => {
    try {
      return JSON.parse(readFileSync(description, 'utf8'));
    } catch {
      return undefined; // Not there, or half written.
    }
  };
  // Watched before the first look, so that nothing falls between the two.
  const stop = new AbortController();
  const ended = once(zombienet, 'exit', { signal: stop.signal }).then(() => {
    throw new Error('zombienet ended before the network was up');
  });
  const interrupted = once(stopped, 'abort', { signal: stop.signal }).then(() => {
    throw new Error('stopped');
  });
  const late = delay(START_LIMIT_MS, undefined, { signal: stop.signal }).then(() => {
    throw new Error(`the network was not up within ${START_LIMIT_MS / 1000} seconds`);
  });
  const written = new Promise((found) => {
    const watcher = watch(folder, () => {
      const network = read();
      if (network !== undefined) found(network);
    });
    stop.signal.addEventListener('abort', () => watcher.close());
    const network = read();
    if (network !== undefined) found(network);
  });
  try {
    const network = await Promise.race([written, ended, interrupted, late]);
    return network.relay.map(({ name, wsUri }) => ({ name, url: wsUri, data: join(folder, name, 'data') }));
  } finally {
    stop.abort();
    await Promise.allSettled([ended, interrupted, late]);
  }
}

// --- Starting and stopping -------------------------------------------------------------------------

function startZombienet(config, folder, log) {
  const program = join(root, 'zombienet/node_modules/.bin/zombienet');
  // A process group of its own: Ctrl-C reaches us only, and we can end all of it.
  const zombienet = spawn(program, ['--provider', 'native', '--logType', 'text', '--force', '--dir', folder, 'spawn', config], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  zombienet.stdout.pipe(log, { end: false });
  zombienet.stderr.pipe(log, { end: false });
  return zombienet;
}

async function stopZombienet(zombienet, nodes) {
  const running = () => zombienet.exitCode === null && zombienet.signalCode === null;
  if (running()) {
    const ended = once(zombienet, 'exit');
    zombienet.kill('SIGINT');
    const limit = setTimeout(() => signalGroup(zombienet.pid, 'SIGKILL'), STOP_LIMIT_MS);
    await ended;
    clearTimeout(limit);
  }
  // What it has left behind, if anything.
  signalGroup(zombienet.pid, 'SIGKILL');
  for (const node of nodes) {
    const id = processOf(node);
    if (id !== undefined) process.kill(Number(id), 'SIGKILL');
  }
}

function signalGroup(id, signal) {
  try {
    process.kill(-id, signal);
  } catch {
    // Nobody is left in the group.
  }
}

async function run({ config, folder, blocks, form }) {
  const require = createRequire(join(root, 'zombienet/package.json'));
  const WebSocket = require('ws');
  mkdirSync(folder, { recursive: true });
  const logFile = join(folder, 'zombienet.log');
  const log = createWriteStream(logFile);
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stopped.abort(signal));

  const zombienet = startZombienet(config, folder, log);
  let nodes = [];
  try {
    nodes = await nodesIn(folder, zombienet, stopped.signal);
    return await show(nodes, { blocks, form, WebSocket, stopped, zombienet });
  } catch (error) {
    if (stopped.signal.aborted) return 0;
    console.error(readFileSync(logFile, 'utf8').split('\n').slice(-40).join('\n'));
    console.error(`error: ${error.message}; the end of zombienet's log is above`);
    return 1;
  } finally {
    stopped.abort();
    await stopZombienet(zombienet, nodes);
    log.end();
  }
}

/** Shows the network until it is stopped, forks, ends, or has finalised enough. */
function show(nodes, { blocks, form, WebSocket, stopped, zombienet }) {
  const heads = new Heads(nodes.map((node) => node.name));
  const display = new Display(form, nodes);
  display.started();
  return new Promise((done, failed) => {
    const changed = () => {
      if (stopped.signal.aborted) return; // The last picture stays.
      display.update(heads, heads.takeSettled(Date.now()));
      if (heads.fork !== undefined) failed(new Error(heads.fork));
      if (blocks > 0 && heads.settled >= blocks) done(0);
    };
    stopped.signal.addEventListener('abort', () => done(0), { once: true });
    zombienet.once('exit', () => failed(new Error('zombienet ended by itself')));
    for (const node of nodes) follow(node, heads, changed, WebSocket, stopped.signal);
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({
    options: {
      config: { type: 'string' },
      folder: { type: 'string' },
      blocks: { type: 'string', default: '0' },
      form: { type: 'string', default: 'plain' },
    },
  });
  process.exitCode = await run({ ...values, blocks: Number(values.blocks) });
}
