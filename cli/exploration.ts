// What every kind of exploration is given: the flags, and where to report to.
import type { Bounds } from '../explorer/bounds.ts';
import type { Counterexample } from '../runner/investigation.ts';
import type { Store } from '../runner/store.ts';
import type { Trace } from '../spec/trace.ts';
import type { Console } from './console.ts';
import type { Interrupt } from './interrupt.ts';
import type { ProgramFlags } from './target.ts';

export interface ExploreFlags extends ProgramFlags {
  readonly procs?: number;
  readonly pages?: number;
  readonly frames?: number;
  readonly values?: number;
  readonly cpus?: number;
  readonly threads?: number;
  readonly depth?: number;
  /** Names of ops, of those that interleave too; all: those whose states a small world can be searched to the end with. */
  readonly ops?: readonly string[] | 'all';
  readonly time?: number;
  readonly states?: number;
  readonly bail?: number;
  readonly proveSymmetry?: boolean;
  readonly serve?: boolean;
  readonly port?: number;
  readonly output: string;
  readonly regressions: string;
  readonly json?: boolean;
}

/** What an exploration works with beside its flags. */
export interface Desk {
  readonly store: Store;
  readonly out: Console;
  readonly interrupt: Interrupt;
  readonly onFound: (found: Counterexample) => void;
  readonly onUnsaved: (trace: Trace, why: string) => void;
}

export function boundsInWords({ processes, pages, frames, values }: Bounds): string {
  return `${processes} processes, ${pages} pages of data, ${frames} frames, ${values} values`;
}
