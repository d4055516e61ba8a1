// RISC-V programs made by hand: an assembler of a dozen instructions and the ELF file around them.

export const REGISTER = {
  zero: 0,
  ra: 1,
  sp: 2,
  t0: 5,
  t1: 6,
  t2: 7,
  a0: 10,
  a1: 11,
  a4: 14,
  a5: 15,
} as const;

const I = (opcode: number, kind: number, rd: number, rs1: number, imm: number): number =>
  ((imm & 0xfff) << 20) | (rs1 << 15) | (kind << 12) | (rd << 7) | opcode;
const S = (kind: number, rs1: number, rs2: number, imm: number): number =>
  (((imm >> 5) & 0x7f) << 25) | (rs2 << 20) | (rs1 << 15) | (kind << 12) | ((imm & 31) << 7) | 0x23;
const B = (kind: number, rs1: number, rs2: number, imm: number): number =>
  (((imm >> 12) & 1) << 31) |
  (((imm >> 5) & 63) << 25) |
  (rs2 << 20) |
  (rs1 << 15) |
  (kind << 12) |
  (((imm >> 1) & 15) << 8) |
  (((imm >> 11) & 1) << 7) |
  0x63;

/** Instructions as words; distances in bytes. */
export const asm = {
  lui: (rd: number, page: number): number => (page << 12) | (rd << 7) | 0x37,
  auipc: (rd: number, page: number): number => (page << 12) | (rd << 7) | 0x17,
  addi: (rd: number, rs1: number, imm: number): number => I(0x13, 0, rd, rs1, imm),
  addiw: (rd: number, rs1: number, imm: number): number => I(0x1b, 0, rd, rs1, imm),
  andi: (rd: number, rs1: number, imm: number): number => I(0x13, 7, rd, rs1, imm),
  ori: (rd: number, rs1: number, imm: number): number => I(0x13, 6, rd, rs1, imm),
  add: (rd: number, rs1: number, rs2: number): number => (rs2 << 20) | (rs1 << 15) | (rd << 7) | 0x33,
  lbu: (rd: number, rs1: number, imm: number): number => I(0x03, 4, rd, rs1, imm),
  lw: (rd: number, rs1: number, imm: number): number => I(0x03, 2, rd, rs1, imm),
  sb: (rs2: number, rs1: number, imm: number): number => S(0, rs1, rs2, imm),
  sw: (rs2: number, rs1: number, imm: number): number => S(2, rs1, rs2, imm),
  beq: (rs1: number, rs2: number, distance: number): number => B(0, rs1, rs2, distance),
  bne: (rs1: number, rs2: number, distance: number): number => B(1, rs1, rs2, distance),
  jal: (rd: number, distance: number): number =>
    (((distance >> 20) & 1) << 31) |
    (((distance >> 1) & 0x3ff) << 21) |
    (((distance >> 11) & 1) << 20) |
    (((distance >> 12) & 0xff) << 12) |
    (rd << 7) |
    0x6f,
  jalr: (rd: number, rs1: number, imm: number): number => I(0x67, 0, rd, rs1, imm),
  /** csrrw rd, number, rs1 */
  csrw: (number: number, rs1: number): number => I(0x73, 1, 0, rs1, number),
  ret: (): number => I(0x67, 0, 0, 1, 0),
};

export const BASE = 0x8000_0000;

export interface Made {
  readonly words?: readonly number[];
  /** After the code. */
  readonly data?: Uint8Array;
  /** Bytes from BASE, and how many. */
  readonly symbols?: Readonly<Record<string, readonly [offset: number, size: number]>>;
  readonly machine?: number;
  readonly bits?: 32 | 64;
  readonly type?: number;
  /** Names of sections without contents that mean anything. */
  readonly sections?: readonly string[];
}

const HEADER = 64;

/** A program at BASE that begins with its first word. */
export function elfOf(made: Made): Buffer {
  const { words = [0x6f], data = new Uint8Array(), symbols = {}, machine = 243, bits = 64 } = made;
  const code = Buffer.concat([Buffer.from(Uint32Array.from(words.map(word => word >>> 0)).buffer), data]);
  const texts: string[] = ['']; // a string table begins with the empty name
  const nameAt = (name: string): number => {
    const at = Buffer.from(`${texts.join('\0')}\0`).length;
    texts.push(name);
    return at;
  };
  const entries = [Buffer.alloc(24)];
  for (const [name, [offset, size]] of Object.entries(symbols)) {
    const entry = Buffer.alloc(24);
    entry.writeUInt32LE(nameAt(name));
    entry.writeUInt8(0x12, 4);
    entry.writeUInt16LE(1, 6);
    entry.writeBigUInt64LE(BigInt(BASE + offset), 8);
    entry.writeBigUInt64LE(BigInt(size), 16);
    entries.push(entry);
  }
  const table = Buffer.concat(entries);
  const extra = (made.sections ?? []).map(name => nameAt(name));
  const strings = Buffer.from(`${texts.join('\0')}\0`);
  const codeAt = HEADER + 56;
  const tableAt = codeAt + code.length;
  const stringsAt = tableAt + table.length;
  const section = (name: number, type: number, at: number, size: number, link = 0): Buffer => {
    const header = Buffer.alloc(64);
    header.writeUInt32LE(name);
    header.writeUInt32LE(type, 4);
    header.writeBigUInt64LE(BigInt(at), 24);
    header.writeBigUInt64LE(BigInt(size), 32);
    header.writeUInt32LE(link, 40);
    return header;
  };
  const sections = [
    Buffer.alloc(64),
    section(0, 3, stringsAt, strings.length),
    ...(Object.keys(symbols).length === 0 ? [] : [section(0, 2, tableAt, table.length, 1)]),
    ...extra.map(name => section(name, 1, codeAt, code.length)),
  ];
  const header = Buffer.alloc(HEADER);
  header.write('\x7fELF', 'latin1');
  header.set([bits === 64 ? 2 : 1, 1, 1], 4);
  header.writeUInt16LE(made.type ?? 2, 16);
  header.writeUInt16LE(machine, 18);
  header.writeBigUInt64LE(BigInt(BASE), 24);
  header.writeBigUInt64LE(BigInt(HEADER), 32);
  header.writeBigUInt64LE(BigInt(stringsAt + strings.length), 40);
  header.set([56, 0, 1, 0, 64, 0, sections.length, 0, 1, 0], 54);
  const segment = Buffer.alloc(56);
  segment.writeUInt32LE(1);
  segment.writeUInt32LE(7, 4);
  segment.writeBigUInt64LE(BigInt(codeAt), 8);
  segment.writeBigUInt64LE(BigInt(BASE), 16);
  segment.writeBigUInt64LE(BigInt(BASE), 24);
  segment.writeBigUInt64LE(BigInt(code.length), 32);
  segment.writeBigUInt64LE(BigInt(code.length), 40);
  return Buffer.concat([header, segment, code, table, strings, ...sections]);
}

const { zero, t0, t1, t2, a0 } = REGISTER;
/** A word that programs pmpaddr0, as kernels from 2021 on do. */
export const PMP = asm.csrw(0x3b0, t0);

/** A kernel that prints `text` and then, as `after` says: stops, says back what is typed, or prints it again for ever. */
export function printing(text: string, after: 'stop' | 'echo' | 'again'): Buffer {
  const echo = [
    asm.lbu(t1, t0, 5),
    asm.andi(t1, t1, 1),
    asm.beq(t1, zero, -8),
    asm.lbu(t2, t0, 0),
    asm.beq(t2, zero, -16),
    asm.sb(t2, t0, 0),
    asm.jal(zero, -24),
  ];
  const end = after === 'stop' ? [asm.jal(zero, 0)] : after === 'echo' ? echo : [asm.jal(zero, -32)];
  const words = [
    asm.lui(t0, 0x10000),
    asm.addi(t1, zero, -1),
    (PMP & ~(t0 << 15)) | (t1 << 15),
    asm.auipc(a0, 0),
    asm.addi(a0, a0, 4 * (7 + end.length)),
    asm.lbu(t1, a0, 0),
    asm.beq(t1, zero, 16),
    asm.sb(t1, t0, 0),
    asm.addi(a0, a0, 1),
    asm.jal(zero, -16),
    ...end,
  ];
  return elfOf({ words, data: Buffer.from(`${text}\0`, 'latin1') });
}
