// Takes the runtime's code out of a raw chain specification, so that what is left can be reviewed and
// compared.
//
// usage: node chain-specs.mjs FROM TO

import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** The storage key `:code`. */
export const CODE = '0x3a636f6465';

/**
 * The specification without the code, and with its storage in the order of the keys: the reader of a
 * difference should see what changed, not what moved.
 */
export function withoutCode(spec) {
  const top = spec?.genesis?.raw?.top;
  if (top === undefined) throw new Error('this is no raw chain specification: it has no genesis.raw.top');
  if (top[CODE] === undefined) throw new Error('this chain specification has no runtime');
  const kept = Object.entries(top)
    .filter(([key]) => key !== CODE)
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return { ...spec, genesis: { raw: { ...spec.genesis.raw, top: Object.fromEntries(kept) } } };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [from, to] = process.argv.slice(2);
  try {
    writeFileSync(to, `${JSON.stringify(withoutCode(JSON.parse(readFileSync(from, 'utf8'))), null, 2)}\n`);
  } catch (error) {
    console.error(`error: ${from}: ${error.message}`);
    process.exitCode = 1;
  }
}
