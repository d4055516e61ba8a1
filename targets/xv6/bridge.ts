// The program between cowcheck and a kernel in QEMU: docs/protocol.md on one side, the agent and guest memory on the other.
import { RigError } from '../../spec/target.ts';
import { escaped } from '../wire/refusal.ts';
import { arrive, type BridgeOptions } from './arrival.ts';
import { shownConsole } from './console.ts';
import { Died, diedAt } from './died.ts';
import { FRAMES_AT_LEAST, greeting, type Known } from './greeting.ts';
import { Guest } from './guest.ts';
import { Typist } from './typist.ts';
import type { Machine } from './machine.ts';
import { REQUEST_BYTES } from './mailbox.ts';
import { Sections } from './sections.ts';
import type { Seen } from './seen.ts';

/** Exit codes: the kernel under test died; the rig failed. */
const DIED = 70;
const RIG = 71;
/** Rules that an examination finds broken: frames counted, all back in the end, shared ones read-only. */
const COUNTED = 25;
const ALL_BACK = 26;
const SHARED = 29;
/** Without a request for so long, ms, the machine stands still. */
const IDLE = 25;
/** Frames on the free list below which a run might meet the end of memory by itself: boot anew. */
const SHORT = FRAMES_AT_LEAST + 140;
/** Bytes of a request in which many lines are sent at once. */
const BATCH = Math.min(REQUEST_BYTES, 8192);
/**
 * Most frames that one op takes: whatever fails beyond, memory may as well be there. The agent cannot tell a refusal for
 * want of memory from another, so it must not be asked where memory cannot run out. An sbrk takes its pages and tables for them.
 */
const TAKEN: Readonly<Record<string, number>> = {
  fork: 24,
  exec: 64,
  read: 3,
  write: 3,
  kread: 4,
  kwrite: 5,
  wait: 4,
};
const TABLES = 3;
/** A process is made larger for a fork in which an allocation with one of these numbers fails: where its page tables are built. */
const LARGE = { first: 6, last: 9 };

class Bridge {
  readonly #options: BridgeOptions;
  #machine: Machine | undefined;
  /** The kernel with the agent in it; what it died of if it did not live to see an op; undefined: not booted yet. */
  #guest: Guest | Typist | Died | undefined;
  #sections = new Sections(false);
  /** The lines that made the world, to make it again. */
  #world: string[] = [];
  #inspecting = false;
  /** The allocation that fails, counted from the next; 0: none. */
  #failing = 0;
  /** Frames free when the last op was over, as far as it was looked at. */
  #seenFree: number | undefined;
  #baseYear = '';

  constructor(options: BridgeOptions) {
    this.#options = options;
  }

  get machine(): Machine | undefined {
    return this.#machine;
  }

  async take(lines: readonly string[]): Promise<void> {
    for (let at = 0; at < lines.length; ) {
      const line = lines[at] ?? '';
      const guest = this.#guest;
      if (guest === undefined || guest instanceof Died) {
        this.#say(guest === undefined ? await this.#greet(line) : unreached(line, guest));
        at++;
        continue;
      }
      const together = this.#inspecting || this.#failing > 0 ? 1 : this.#run(lines, at);
      if (together > 1) {
        for (const answer of guest.ask(lines.slice(at, at + together))) this.#say(diedAt(answer));
        at += together;
      } else {
        this.#say(await this.#one(line, guest));
        at++;
      }
    }
  }

  /** How many lines from `at` on the agent can be given at once. */
  #run(lines: readonly string[], at: number): number {
    let bytes = 0;
    let end = at;
    for (; end < lines.length; end++) {
      const line = lines[end] ?? '';
      if (/^(cowcheck|world|image|inspect|reset|sync|failalloc)\b/.test(line)) break;
      bytes += line.length + 1;
      if (bytes > BATCH) break;
    }
    return Math.max(1, end - at);
  }

  #say(answer: string): void {
    process.stdout.write(`${answer}\n`);
  }

  async #greet(line: string): Promise<string> {
    if (line !== 'cowcheck 1')
      return line.startsWith('cowcheck ') ? 'error version 1 only' : 'error say cowcheck 1 first';
    const known = await this.#boot();
    return greeting(known);
  }

  async #one(line: string, guest: Guest | Typist): Promise<string> {
    const [word = '', first = ''] = line.split(' ');
    switch (word) {
      case 'sync':
        if (this.#options.smp > 1 && guest instanceof Guest) examined(guest);
        return line;
      case 'inspect':
        this.#inspecting = first === '1';
        return 'ok';
      case 'failalloc':
        this.#failing = Number(first);
        return this.#shown('ok', word, guest);
      case 'world':
        this.#inspecting = line.endsWith(' 1');
        this.#world = [line.replace(/ 1$/, ' 0')];
        return diedAt(guest.ask(this.#world)[0] ?? '');
      case 'image':
        this.#world.push(line);
        if (guest instanceof Guest) guest.image(Number(first), line.split(' ')[2] ?? '');
        return diedAt(guest.ask([line])[0] ?? '');
      case 'reset':
        return this.#reset(guest);
      case 'cowcheck':
        return 'error one handshake is enough';
      default:
        return this.#op1(line, word, guest);
    }
  }

  async #reset(guest: Guest | Typist): Promise<string> {
    this.#failing = 0;
    this.#sections.forget();
    const answer = diedAt(guest.ask(['reset'])[0] ?? '');
    if (!(guest instanceof Guest)) return answer.startsWith('error no memory') ? this.#again() : answer;
    const seen = guest.examine('reset');
    if (seen.damage.length > 0 || (seen.free ?? SHORT) < SHORT) return this.#again();
    guest.examination.rebase();
    return this.#shown(answer, 'reset', guest);
  }

  /** What the last run has left is no start for another: boots anew. */
  async #again(): Promise<string> {
    await this.#boot();
    const guest = this.#guest;
    if (guest === undefined || guest instanceof Died) throw guest ?? new Error('it has booted');
    const answer = diedAt(guest.ask([...this.#world, 'reset']).at(-1) ?? '');
    if (!(guest instanceof Guest)) return answer;
    guest.examine('reset');
    guest.examination.rebase();
    return this.#shown(answer, 'reset', guest);
  }

  #op1(line: string, word: string, guest: Guest | Typist): string {
    const free = this.#failing > 0 && guest instanceof Guest ? this.#free(word, guest) : undefined;
    if (free === undefined || !(guest instanceof Guest) || !this.#meets(line, free))
      return this.#shown(diedAt(guest.ask([line])[0] ?? ''), word, guest);
    const { took, answer } = this.#meet(line, guest);
    if (answer.includes(' injected') && took) this.#failing = 0;
    const shown = this.#shown(answer, word, guest);
    if (this.#failing > 0)
      this.#failing = Math.max(1, this.#failing - Math.max(0, free - (this.#free(word, guest) ?? free)));
    return shown;
  }

  /** The op with memory that ends in it; and whether it was made to. */
  #meet(line: string, guest: Guest): { readonly took: boolean; readonly answer: string } {
    const [word = '', by = '', child = ''] = line.split(' ');
    const large =
      word === 'fork' && this.#failing >= LARGE.first && this.#failing <= LARGE.last && guest.swell(by);
    const free = large ? (guest.free(word) ?? 0) : this.#free(word, guest);
    const [took = '', , answer = ''] = guest.ask([
      `ballast ${(free ?? 0) - (this.#failing - 1)}`,
      'armed 1',
      line,
    ]);
    const checked = diedAt(answer);
    if (large) {
      if (checked.startsWith('forked')) guest.unswell(child);
      guest.unswell(by);
      guest.reserve();
    }
    return { took: took.startsWith('ok'), answer: checked };
  }

  /** Frames free before or after `op`; undefined: not known. Looked for where no inspection has just shown it. */
  #free(op: string, guest: Guest): number | undefined {
    return this.#inspecting ? this.#seenFree : guest.free(op);
  }

  /** Does the end of memory meet this op? Kernels of 2019 panic by themselves where fork or exec find no memory. */
  #meets(line: string, free: number): boolean {
    const [word = '', , count] = line.split(' ');
    const most = word === 'sbrk' ? Math.max(0, Number(count)) + TABLES : (TAKEN[word] ?? 0);
    if (this.#failing > most || free < this.#failing) return false;
    return !(this.#baseYear.startsWith('2019') && (word === 'fork' || word === 'exec'));
  }

  /** `answer` with what the kernel shows, where that is asked for. */
  #shown(answer: string, op: string, guest: Guest | Typist): string {
    if (!this.#inspecting || !(guest instanceof Guest)) return answer;
    const seen = guest.examine(op);
    this.#seenFree = seen.free;
    unharmed(seen);
    return answer + this.#sections.of(seen.entries, seen, guest.examination);
  }

  /** Boots the kernel and starts the agent in it; a world that was made is made again by its lines. */
  async #boot(): Promise<Known> {
    await this.#machine?.close();
    const { guest, known } = await arrive(this.#options, machine => {
      this.#machine = machine;
    });
    this.#guest = guest;
    this.#baseYear = known.facts.base;
    if (guest instanceof Guest)
      for (const line of this.#world) {
        const [word, number = '', letters = ''] = line.split(' ');
        if (word === 'image') guest.image(Number(number), letters);
      }
    this.#sections = new Sections(known.facts.textProtected.value === true);
    return known;
  }
}

/** A kernel that died of the agent's start takes a world, which is only told, and dies of the first line that needs it alive. */
function unreached(line: string, died: Died): string {
  if (!/^(world|image|inspect)\b/.test(line)) throw died;
  return 'ok';
}

/** With several harts ops go on at once, and only what is left in the end can be examined. Throws Died. */
function examined(guest: Guest): void {
  const seen = guest.examine('run');
  unharmed(seen);
  const { examination } = guest;
  for (const mapped of seen.tests)
    for (let i = 0; i < mapped.count; i++) {
      const frame = mapped.frames[i] ?? 0;
      const count = examination.countOf(frame);
      const holders = examination.mappedOf(frame);
      if (count !== undefined && count !== holders)
        throw new Died(
          'a frame is counted wrong',
          `frame ${frame} has ${holders} page entries and is counted ${count}`,
          COUNTED,
        );
    }
  if (seen.lost.length > 0)
    throw new Died('a frame is lost', `nobody accounts for ${seen.lost.join(', ')}`, ALL_BACK);
}

/** Throws Died if a structure of the kernel cannot be so. */
function unharmed({ damage: [damage] }: Seen): void {
  if (damage !== undefined)
    throw new Died(damage.what, damage.detail, damage.what.includes('writable') ? SHARED : COUNTED);
}

async function serve(bridge: Bridge): Promise<void> {
  let rest = '';
  let idle: NodeJS.Timeout | undefined;
  for await (const chunk of process.stdin) {
    clearTimeout(idle);
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    await bridge.take(lines);
    idle = setTimeout(() => bridge.machine?.pause(), IDLE);
  }
  clearTimeout(idle);
}

function ends(code: number, words: string): never {
  process.stderr.write(`${words}\n`);
  process.exit(code);
}

const bridge = new Bridge(JSON.parse(process.argv[2] ?? '{}') as BridgeOptions);
try {
  process.stdin.setEncoding('latin1');
  await serve(bridge);
  await bridge.machine?.close();
} catch (cause) {
  const console = `the end of the console:\n${shownConsole(bridge.machine?.consoleTail(2000) ?? '')}`;
  await bridge.machine?.close();
  if (cause instanceof Died)
    ends(
      DIED,
      `${cause.detail === '' ? console : cause.detail}\ndied: ${cause.rule === 24 ? '' : `rule ${cause.rule}: `}${cause.message}`,
    );
  if (cause instanceof RigError)
    ends(RIG, `rig: ${JSON.stringify({ code: cause.code, message: cause.message, remedy: cause.remedy })}`);
  ends(
    RIG,
    `rig: ${JSON.stringify({ code: 'xv6-bridge', message: escaped(String((cause as Error).stack ?? cause), 600), remedy: 'this is a defect of cowcheck' })}`,
  );
}
