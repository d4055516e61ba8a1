// From a name on the command line to a target. Only the one that is meant is loaded.
import type { RacingTarget } from '../spec/race.ts';
import { isFileName } from './own/name.ts';

/** A name that is no target; the message lists what is. */
export class UnknownTarget extends Error {
  override readonly name = 'UnknownTarget';
}

/** What a target that runs in a machine of its own is given. */
export interface MachineFlags {
  readonly kernel?: string | undefined;
  readonly disk?: string | undefined;
  readonly smp?: number | undefined;
}

/** The target called `name`. Throws UnknownTarget, or RigError where a kernel is wanted and not given. */
export async function namedTarget(name: string, machine: MachineFlags = {}): Promise<RacingTarget> {
  const kernel = name === 'xv6' || name === 'calf' || name.startsWith('calf:');
  const lost = Object.entries(machine).find(
    ([flag, value]) => value !== undefined && !(kernel && (flag === 'smp' || name === 'xv6')),
  );
  if (lost !== undefined)
    throw new UnknownTarget(
      `--${lost[0]} is about a kernel in a machine of its own, and ${JSON.stringify(name.slice(0, 80))} takes none; type: cowcheck fuzz xv6 --kernel kernel/kernel --disk fs.img`,
    );
  const { smp = 1 } = machine;
  if (name === 'model') return (await import('./model/session.ts')).modelTarget();
  if (kernel) {
    const { calfTarget, xv6Target } = await import('./xv6/target.ts');
    if (name === 'xv6') return xv6Target({ kernel: machine.kernel, disk: machine.disk, smp });
    return calfTarget(name === 'calf' ? undefined : name.slice(5), smp);
  }
  if (name === 'linux' || name === 'linux:shared-arena') {
    const { linuxTarget } = await import('./linux/target.ts');
    return name === 'linux' ? linuxTarget() : linuxTarget('shared-arena');
  }
  if (name.startsWith('mutant:')) {
    const { mutants, mutantTarget } = await import('./model/mutants.ts');
    const all = await mutants();
    const found = all.find(mutant => `mutant:${mutant.name}` === name || `mutant:${mutant.bug}` === name);
    if (found !== undefined) return mutantTarget(found);
    throw new UnknownTarget(
      `there is no mutant "${name.slice(7)}": the mutants are ${all.map(mutant => mutant.name).join(', ')}; type: cowcheck mutants`,
    );
  }
  if (isFileName(name)) return (await import('./own/load.ts')).fileTarget(name);
  throw new UnknownTarget(
    `there is no target "${name}": the targets are model, mutant:NAME, linux, linux:shared-arena, xv6, calf, calf:DEFECT, a file such as ./my-cow.mjs, or --command '…'; type: cowcheck fuzz model`,
  );
}
