// A target that speaks the line protocol: any program, driven through its standard input and output.
import type { Target } from '../spec/target.ts';
import { Family } from './wire/family.ts';
import type { Handshake } from './wire/handshake.ts';
import { WireSession } from './wire/session.ts';
import { start, type WireOptions } from './wire/start.ts';

export { DEFAULT_DIALECT, type Handshake } from './wire/handshake.ts';
export type { Command } from './wire/program.ts';
export { limitsOf, type WireOptions } from './wire/start.ts';

/** A target around a program that speaks docs/protocol.md. */
export function wireTarget(options: WireOptions): Target {
  const family = new Family(options.kept === true);
  return {
    name: options.name,
    ...(options.limits !== undefined && { limits: options.limits }),
    ...(options.bail !== undefined && { bail: options.bail }),
    open: world => WireSession.open(options, world, family),
  };
}

/** Starts the program, shakes hands and ends it again: what it says of itself, before there is a world. */
export async function greet(options: WireOptions): Promise<Handshake> {
  const [program, handshake] = await start(options);
  await program.close();
  return handshake;
}
