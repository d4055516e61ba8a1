// The report of a check of an adapter: a table, what stays unchecked, and the next step.
import type { ConformityCheck } from '../spec/conformity.ts';
import { forTerminal } from './escape.ts';

const MARK = { sound: 'sound', fault: 'FAULT', weak: 'weak', 'left out': '-' } as const;

/** `sound`, `unsound` or `weak`: the worst of all checks. */
export function conformVerdict(checks: readonly ConformityCheck[]): 'sound' | 'unsound' | 'weak' {
  if (checks.some(check => check.soundness === 'fault')) return 'unsound';
  return checks.some(check => check.soundness === 'weak') ? 'weak' : 'sound';
}

export function conformText(
  target: string,
  checks: readonly ConformityCheck[],
  unchecked: readonly string[],
  next: string,
): string {
  const width = Math.max(...checks.map(check => check.id.length));
  return [
    `${conformVerdict(checks)}  ${forTerminal(target)}`,
    ...checks.flatMap(({ id, soundness, detail, remedy }) => [
      `  ${id.padEnd(width)}  ${MARK[soundness].padEnd(5)}  ${forTerminal(detail)}`,
      ...(remedy === undefined ? [] : [`  ${' '.repeat(width)}         what to do: ${forTerminal(remedy)}`]),
    ]),
    ...(unchecked.length === 0 ? [] : ['stays unchecked']),
    ...unchecked.map(what => `  ${forTerminal(what)}`),
    `next  ${forTerminal(next)}`,
  ].join('\n');
}
