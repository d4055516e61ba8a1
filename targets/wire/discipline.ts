// Does a program keep to the lines: one answer for each, in order, whole, in ASCII, and none unasked?
import { type ConformityCheck, fault, sound } from '../../spec/conformity.ts';
import { RigError } from '../../spec/target.ts';
import type { World } from '../../spec/world.ts';
import type { Handshake } from './handshake.ts';
import { worldLines } from './lines.ts';
import type { Program, Stop } from './program.ts';
import { escaped } from './refusal.ts';
import { start, type WireOptions } from './start.ts';

/** Milliseconds in which an unasked line would come. */
const PAUSE = 60;
const GRACE = 1500;

interface Heard {
  readonly answers: readonly string[];
  /** Why there are fewer answers than lines, or more. */
  readonly stop: Stop | undefined;
}

/** Sends `lines` at once, or one by one, and hears what comes. */
async function hear(program: Program, lines: readonly string[], together: boolean): Promise<Heard> {
  const answers: string[] = [];
  const batches = together ? [lines] : lines.map(line => [line]);
  let stop: Stop | undefined;
  for (const batch of batches) {
    let left = batch.length;
    stop = await program.ask(`${batch.join('\n')}\n`, (bytes, from, to) => {
      answers.push(Buffer.from(bytes.subarray(from, to)).toString('latin1'));
      return --left > 0;
    });
    if (stop !== undefined) break;
  }
  await new Promise(resolve => setTimeout(resolve, PAUSE));
  return { answers, stop: stop ?? program.stop };
}

const printable = (line: string): boolean => /^[\x20-\x7e]*$/.test(line);

/** What is wrong with the answers to `lines`, whatever the lines mean; `order` tells whether they fit their lines. */
function amiss(
  id: string,
  lines: readonly string[],
  { answers, stop }: Heard,
  order: (answers: readonly string[]) => boolean,
): ConformityCheck | undefined {
  const shown = (line: string | undefined): string => `"${escaped(Buffer.from(line ?? '', 'latin1'), 80)}"`;
  const odd = answers.find(answer => !printable(answer));
  if (odd !== undefined)
    return fault(
      'text',
      `an answer holds bytes that are no printable ASCII: ${shown(odd)}`,
      'answer with the words and numbers of docs/protocol.md; what people may read goes to standard error',
    );
  const asked =
    id === 'order'
      ? `${answers.length} of ${lines.length} lines sent at once were answered`
      : `it was sent "${lines[answers.length] ?? 'nothing'}"`;
  if (stop?.why === 'exited' && stop.message.includes('in the middle of a line'))
    return fault(
      'half a line',
      `it ${stop.message}`,
      'end every answer with a line feed before anything else happens',
    );
  if (stop?.why === 'exited')
    return fault(
      'life',
      `it ${stop.message}; ${asked}`,
      'run it by hand and type the line; it must answer and go on',
    );
  if (stop?.why === 'hung')
    return fault(
      id === 'stepping' ? 'flush' : 'silence',
      `it ${stop.message}; ${asked}`,
      'answer every line, and flush when there is nothing more to read',
    );
  if (stop?.why === 'breach')
    return fault('limits', `it ${stop.message}`, 'use less, or allow more: --memory, --max-processes');
  if (stop?.why === 'protocol')
    return fault(
      'one answer a line',
      `it ${stop.message}`,
      'answer each line once; print nothing else on standard output',
    );
  const refused = answers.find(answer => answer.startsWith('error '));
  if (refused !== undefined)
    return fault(
      'capabilities',
      `it answered "${lines[answers.indexOf(refused)] ?? '?'}" with ${shown(refused)}`,
      'offer in ops= only what it has; every op offered has a reply in every state',
    );
  if (order(answers)) return undefined;
  const at = lines.findIndex((line, i) => line.startsWith('sync ') && answers[i] !== line);
  const mixed = lines.every(line => !line.startsWith('sync ') || answers.includes(line));
  return mixed
    ? fault(
        'order',
        `the answers come in another order than the lines: to ${lines.map(line => `"${line}"`).join(', ')} it said ${answers.map(shown).join(', ')}`,
        'answer strictly in order; one thread that reads and writes is enough',
      )
    : fault(
        'sync',
        `it answered "${lines[at] ?? '?'}" with ${shown(answers[at])}`,
        'answer sync N with sync N',
      );
}

/** The checks of the lines themselves, on programs of their own. Ends early where nothing more can be asked. */
export async function discipline(options: WireOptions, world: World): Promise<readonly ConformityCheck[]> {
  const checks: ConformityCheck[] = [];
  let program: Program;
  let said: Handshake;
  try {
    [program, said] = await start(options);
  } catch (cause) {
    if (!(cause instanceof RigError)) throw cause;
    return [fault('handshake', cause.message, cause.remedy)];
  }
  try {
    const seen = Object.entries(said.inspects).flatMap(([name, offered]) => (offered ? [name] : []));
    checks.push(
      sound(
        'handshake',
        `"${said.name}" offers ${said.ops.join(' ')}; inspects ${seen.join(' ') || 'nothing'}`,
      ),
    );
    for (const ask of [setUp, batch, stepping, version, strange]) {
      const check = await ask(program, said, world);
      checks.push(check);
      if (check.soundness === 'fault') return checks;
    }
  } finally {
    const ended = await endsWithInput(program);
    if (ended !== undefined && checks.every(check => check.soundness !== 'fault')) checks.push(ended);
    await program.close();
  }
  return checks;
}

async function setUp(program: Program, said: Handshake, world: World): Promise<ConformityCheck> {
  const lines = [...worldLines(world), 'reset', 'sync 1'];
  const looking = lines
    .map(line => (line.startsWith('world ') ? line.replace(/0$/, '1') : line))
    .slice(0, -1);
  const shows = Object.values(said.inspects).includes(true);
  const looked = await hear(program, looking, false);
  const told = async (): Promise<boolean> =>
    (await hear(program, ['inspect 1', 'reset'], false)).answers[1]?.startsWith('ok ; ') === true;
  // One that shows nothing either way is told so where its inspection is looked at.
  const blind =
    shows &&
    looked.stop === undefined &&
    looked.answers.at(-1)?.startsWith('ok ; ') !== true &&
    (await told())
      ? fault(
          'world',
          `after "${looking[0] ?? ''}" the answer to "reset" shows nothing: "${escaped(looked.answers.at(-1) ?? '', 80)}"`,
          'the last number of world switches inspection on: section 2 of docs/protocol.md',
        )
      : undefined;
  const heard = looked.stop === undefined ? await hear(program, lines, false) : looked;
  return (
    amiss('world', looking, looked, () => true) ??
    blind ??
    amiss('world', lines, heard, answers =>
      answers.every((answer, i) => answer === (i < lines.length - 1 ? 'ok' : 'sync 1')),
    ) ??
    sound('world', `takes a world of ${world.processes} processes, and resets`)
  );
}

/** Reads of one, two and three bytes: their answers cannot be mistaken for one another. */
function telling(said: Handshake, world: World): readonly string[] {
  const page = world.images[0]?.text === undefined ? 0 : world.images[0].text + (world.images[0].rodata ?? 0);
  return said.ops.includes('read')
    ? [1, 2, 3].map(length => `read 0 ${page} 0 ${length}`)
    : ['sync 11', 'sync 12', 'sync 13'];
}

function fits(lines: readonly string[], answers: readonly string[]): boolean {
  return lines.every((line, i) => {
    const answer = answers[i] ?? '';
    if (line.startsWith('sync ')) return answer === line;
    const bytes = /^bytes ([0-9a-f]*)$/i.exec(answer)?.[1];
    return bytes !== undefined && bytes.length === 2 * Number(line.split(' ')[4]);
  });
}

async function stepping(program: Program, said: Handshake, world: World): Promise<ConformityCheck> {
  const lines = [...telling(said, world), 'sync 2'];
  const heard = await hear(program, lines, false);
  return (
    amiss('stepping', lines, heard, answers => fits(lines, answers)) ??
    sound('stepping', 'one answer for each line, at once, and none unasked')
  );
}

async function batch(program: Program, said: Handshake, world: World): Promise<ConformityCheck> {
  const lines = [...telling(said, world), 'sync 3', ...telling(said, world), 'sync 4'];
  const heard = await hear(program, lines, true);
  return (
    amiss('order', lines, heard, answers => fits(lines, answers)) ??
    sound('order', `${lines.length} lines at once are answered in order`)
  );
}

const version = (program: Program): Promise<ConformityCheck> =>
  refused(
    program,
    'cowcheck 99',
    'versions',
    'a version it does not speak is',
    'answer any version but 1 with: error version 1 only',
  );

const strange = (program: Program): Promise<ConformityCheck> =>
  refused(
    program,
    'no-such-line 1 2 3',
    'unknown lines',
    'are',
    'answer a line it does not understand with: error TEXT',
  );

/** Is `line`, which is none that it could know, answered by an error? */
async function refused(
  program: Program,
  line: string,
  id: string,
  subject: string,
  remedy: string,
): Promise<ConformityCheck> {
  const { answers, stop } = await hear(program, [line], false);
  const [answer = ''] = answers;
  return stop === undefined && answer.startsWith('error ')
    ? sound(id, `${subject} refused: ${escaped(answer, 60)}`)
    : fault(
        id,
        `"${line}" was answered ${stop === undefined ? `"${escaped(answer, 80)}"` : `by nothing: it ${stop.message}`}`,
        remedy,
      );
}

async function endsWithInput(program: Program): Promise<ConformityCheck | undefined> {
  if (program.stop !== undefined) return undefined;
  const late = new Promise<boolean>(resolve => setTimeout(() => resolve(false), GRACE).unref());
  program.endInput();
  const ended = await Promise.race([program.ended.then(() => true), late]);
  return ended
    ? sound('end of input', 'it ends when its input does')
    : fault(
        'end of input',
        `it still runs ${GRACE / 1000} s after its input has ended`,
        'exit at the end of input',
      );
}
