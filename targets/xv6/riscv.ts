// Decodes the RISC-V instructions that facts about a kernel are read from, and follows constants through straight code.

export type Name =
  | 'lui'
  | 'auipc'
  | 'addi'
  | 'addiw'
  | 'andi'
  | 'ori'
  | 'add'
  | 'load'
  | 'store'
  | 'branch'
  | 'jump'
  | 'register-jump'
  | 'csr'
  | 'atomic'
  | 'other';

export interface Instruction {
  readonly address: number;
  /** Bytes: 2 or 4. */
  readonly size: number;
  readonly name: Name;
  /** 0 where it writes none. Of an instruction that is not decoded: -1, it may write any. */
  readonly rd: number;
  readonly rs1: number;
  readonly rs2: number;
  /** Sign-extended; of a jump or branch the distance; of a csr instruction the register's number. */
  readonly imm: number;
  /** Bytes of a load or store; else 0. */
  readonly width: number;
}

/** The `bits` low bits of `value` as a signed number. */
const signed = (value: number, bits: number): number => (value << (32 - bits)) >> (32 - bits);

/** Bits of `word` gathered as `from`: each pair takes the bits high..low of the word to `at`. */
function gather(
  word: number,
  ...from: readonly (readonly [high: number, low: number, at: number])[]
): number {
  let value = 0;
  for (const [high, low, at] of from) value |= ((word >>> low) & ((1 << (high - low + 1)) - 1)) << at;
  return value;
}

type Fields = Partial<Omit<Instruction, 'address' | 'size' | 'name'>>;

/** The instruction at `at` of `code`, which lies at `address + at` in memory; undefined at the end. */
export function decode(code: DataView, at: number, address: number): Instruction | undefined {
  if (at + 2 > code.byteLength) return undefined;
  const half = code.getUint16(at, true);
  const size = (half & 3) === 3 ? 4 : 2;
  if (at + size > code.byteLength) return undefined;
  const [name, fields] = size === 2 ? compressed(half) : whole(code.getUint32(at, true));
  return { address: address + at, size, name, rd: 0, rs1: 0, rs2: 0, imm: 0, width: 0, ...fields };
}

function whole(word: number): readonly [Name, Fields] {
  const rd = (word >>> 7) & 31;
  const kind = (word >>> 12) & 7;
  const rs1 = (word >>> 15) & 31;
  const rs2 = (word >>> 20) & 31;
  const imm = word >> 20;
  switch (word & 127) {
    case 0x37:
      return ['lui', { rd, imm: word & ~0xfff }];
    case 0x17:
      return ['auipc', { rd, imm: word & ~0xfff }];
    case 0x13:
      if (kind === 0) return ['addi', { rd, rs1, imm }];
      if (kind === 7) return ['andi', { rd, rs1, imm }];
      return kind === 6 ? ['ori', { rd, rs1, imm }] : ['other', { rd }];
    case 0x1b:
      return kind === 0 ? ['addiw', { rd, rs1, imm }] : ['other', { rd }];
    case 0x33:
      return word >>> 25 === 0 && kind === 0 ? ['add', { rd, rs1, rs2 }] : ['other', { rd }];
    case 0x03:
      return ['load', { rd, rs1, imm, width: 1 << (kind & 3) }];
    case 0x23:
      return [
        'store',
        { rs1, rs2, imm: signed(gather(word, [31, 25, 5], [11, 7, 0]), 12), width: 1 << kind },
      ];
    case 0x2f:
      return ['atomic', { rd, rs1, rs2, width: 1 << kind }];
    case 0x63:
      return [
        'branch',
        { rs1, rs2, imm: signed(gather(word, [31, 31, 12], [7, 7, 11], [30, 25, 5], [11, 8, 1]), 13) },
      ];
    case 0x6f:
      return [
        'jump',
        { rd, imm: signed(gather(word, [31, 31, 20], [19, 12, 12], [20, 20, 11], [30, 21, 1]), 21) },
      ];
    case 0x67:
      return ['register-jump', { rd, rs1, imm }];
    case 0x73:
      return kind === 0 ? ['other', {}] : ['csr', { rd, rs1, imm: word >>> 20 }];
    default:
      return ['other', { rd }];
  }
}

function compressed(half: number): readonly [Name, Fields] {
  const rd = (half >>> 7) & 31;
  const low = ((half >>> 2) & 7) + 8;
  const middle = ((half >>> 7) & 7) + 8;
  const imm = signed(gather(half, [12, 12, 5], [6, 2, 0]), 6);
  const word = gather(half, [5, 5, 6], [12, 10, 3], [6, 6, 2]);
  const double = gather(half, [6, 5, 6], [12, 10, 3]);
  switch (((half & 3) << 3) | (half >>> 13)) {
    case 0o00:
      return half === 0
        ? ['other', {}]
        : ['addi', { rd: low, rs1: 2, imm: gather(half, [10, 7, 6], [12, 11, 4], [5, 5, 3], [6, 6, 2]) }];
    case 0o02:
      return ['load', { rd: low, rs1: middle, imm: word, width: 4 }];
    case 0o03:
      return ['load', { rd: low, rs1: middle, imm: double, width: 8 }];
    case 0o06:
      return ['store', { rs1: middle, rs2: low, imm: word, width: 4 }];
    case 0o07:
      return ['store', { rs1: middle, rs2: low, imm: double, width: 8 }];
    case 0o10:
      return ['addi', { rd, rs1: rd, imm }];
    case 0o11:
      return ['addiw', { rd, rs1: rd, imm }];
    case 0o12:
      return ['addi', { rd, rs1: 0, imm }];
    case 0o13:
      return rd === 2
        ? [
            'addi',
            {
              rd,
              rs1: 2,
              imm: signed(gather(half, [12, 12, 9], [4, 3, 7], [5, 5, 6], [2, 2, 5], [6, 6, 4]), 10),
            },
          ]
        : ['lui', { rd, imm: imm << 12 }];
    case 0o14:
      return ((half >>> 10) & 3) === 2
        ? ['andi', { rd: middle, rs1: middle, imm }]
        : ['other', { rd: middle }];
    case 0o15:
      return ['jump', { rd: 0, imm: near(half) }];
    case 0o16:
    case 0o17:
      return [
        'branch',
        {
          rs1: middle,
          imm: signed(gather(half, [12, 12, 8], [6, 5, 6], [2, 2, 5], [11, 10, 3], [4, 3, 1]), 9),
        },
      ];
    case 0o22:
    case 0o23:
      return ['load', { rd, rs1: 2, width: (half >>> 13) & 1 ? 8 : 4 }];
    case 0o24: {
      const rs2 = (half >>> 2) & 31;
      const second = (half >>> 12) & 1;
      if (rs2 === 0) return ['register-jump', { rd: second, rs1: rd }];
      return ['add', second === 0 ? { rd, rs1: 0, rs2 } : { rd, rs1: rd, rs2 }];
    }
    case 0o26:
    case 0o27:
      return ['store', { rs1: 2, rs2: (half >>> 2) & 31, width: (half >>> 13) & 1 ? 8 : 4 }];
    default:
      return ['other', { rd: (half & 3) === 2 ? rd : low }];
  }
}

const near = (half: number): number =>
  signed(
    gather(
      half,
      [12, 12, 11],
      [8, 8, 10],
      [10, 9, 8],
      [6, 6, 7],
      [7, 7, 6],
      [2, 2, 5],
      [11, 11, 4],
      [5, 3, 1],
    ),
    12,
  );

/** What is known of a register: a number, or a number plus something that is not known. */
export interface Known {
  readonly value: number;
  readonly plus: boolean;
}

/** A step through straight code: the instruction, and what is known before it; `known` and `source` only until the next step is taken. */
export interface Step {
  readonly instruction: Instruction;
  known(register: number): Known | undefined;
  /** The instruction that last gave the register its value, through copies and sign extensions. */
  source(register: number): Instruction | undefined;
  /** Where it jumps or branches to, if that is known. */
  readonly target: number | undefined;
  /** Does it call: jump and keep the way back? */
  readonly calls: boolean;
}

/** Registers that a call may change: ra, t0 to t2, a0 to a7, t3 to t6. */
const CHANGED = [1, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31];

/** Walks `code` at `address` in order. Branches fall through; what is known is forgotten after a jump. */
export function* walk(code: Uint8Array, address: number): Generator<Step> {
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  const values: (Known | undefined)[] = [];
  const sources: (Instruction | undefined)[] = [];
  const known = (register: number): Known | undefined =>
    register === 0 ? { value: 0, plus: false } : values[register];
  const source = (register: number): Instruction | undefined => sources[register];
  const set = (register: number, value: Known | undefined, from: Instruction | undefined): void => {
    if (register <= 0) return;
    values[register] = value;
    sources[register] = from;
  };
  for (let at = 0; ; ) {
    const i = decode(view, at, address);
    if (i === undefined) return;
    at += i.size;
    const one = known(i.rs1);
    const direct = i.name === 'jump' || i.name === 'branch';
    const target = direct
      ? i.address + i.imm
      : i.name === 'register-jump' && one !== undefined && !one.plus
        ? one.value + i.imm
        : undefined;
    const calls = (i.name === 'jump' || i.name === 'register-jump') && i.rd !== 0;
    yield { instruction: i, known, source, target, calls };

    const copies = (i.name === 'addi' || i.name === 'addiw') && i.imm === 0 && i.rs1 !== 0;
    if (copies) set(i.rd, one, source(i.rs1));
    else set(i.rd, result(i, one, known(i.rs2)), i);
    if (i.name === 'add' && i.rs1 === 0) set(i.rd, known(i.rs2), source(i.rs2));
    if (calls) for (const register of CHANGED) set(register, undefined, undefined);
    else if (i.name === 'jump' || i.name === 'register-jump') {
      values.length = 0;
      sources.length = 0;
    }
  }
}

function result(i: Instruction, one: Known | undefined, two: Known | undefined): Known | undefined {
  switch (i.name) {
    case 'lui':
      return { value: i.imm, plus: false };
    case 'auipc':
      return { value: i.address + i.imm, plus: false };
    case 'addi':
    case 'addiw':
      return one === undefined ? undefined : { value: one.value + i.imm, plus: one.plus };
    case 'add':
      if (one === undefined && two === undefined) return undefined;
      return {
        value: (one?.value ?? 0) + (two?.value ?? 0),
        plus: one === undefined || two === undefined || one.plus || two.plus,
      };
    default:
      return undefined;
  }
}
