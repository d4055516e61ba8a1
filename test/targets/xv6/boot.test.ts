// How kernels are told apart by their code: a few instructions each, as the compiler writes them.
import { describe, expect, test } from 'vitest';
import { bootFacts } from '../../../targets/xv6/boot.ts';
import { readElf } from '../../../targets/xv6/elf.ts';
import { decode } from '../../../targets/xv6/riscv.ts';
import { asm, elfOf, type Made, PMP, REGISTER } from './made.ts';

const { zero, ra, t0, a0, a4, a5 } = REGISTER;
const facts = (made: Made) => bootFacts(readElf(elfOf(made), 'kernel'));
/** All functions one after the other, each with its name. */
function functions(bodies: Readonly<Record<string, readonly number[]>>): Made {
  const symbols: Record<string, readonly [number, number]> = {};
  const words: number[] = [];
  for (const [name, body] of Object.entries(bodies)) {
    symbols[name] = [4 * words.length, 4 * body.length];
    words.push(...body);
  }
  return { words, symbols };
}

const comparing = (version: number): readonly number[] => [
  asm.lui(a5, 0x10001),
  asm.lw(a5, a5, 4),
  asm.addiw(a5, a5, 0),
  asm.addi(a4, zero, version),
  asm.bne(a5, a4, 64),
  asm.ret(),
];

describe('the processor', () => {
  test('has memory protection for a kernel that programs it', () => {
    expect(facts({ words: [asm.ret(), PMP] }).pmp).toMatchInlineSnapshot(`
      {
        "evidence": "writes pmpaddr0 at 0x80000004",
        "value": true,
      }
    `);
    expect(facts({ words: [asm.ret(), asm.csrw(0x3a0, t0)] }).pmp).toMatchInlineSnapshot(`
      {
        "evidence": "never writes pmpaddr0",
        "value": false,
      }
    `);
  });
});

describe('the disk', () => {
  test('is of the version that the driver compares with', () => {
    expect(facts({ words: comparing(2) }).modernVirtio).toMatchInlineSnapshot(`
      {
        "evidence": "wants virtio version 2 (compares with it at 0x80000010)",
        "value": true,
      }
    `);
    expect(facts({ words: comparing(1) }).modernVirtio).toMatchInlineSnapshot(`
      {
        "evidence": "wants virtio version 1, legacy (compares with it at 0x80000010)",
        "value": false,
      }
    `);
  });

  test('also where the driver is told which disk, and computes its address', () => {
    const words = [
      asm.lui(a5, 0x10000),
      asm.add(a5, a5, a0),
      asm.lw(a5, a5, 4),
      asm.addi(a4, zero, 1),
      asm.bne(a4, a5, 64),
    ];
    expect(facts({ words }).modernVirtio.value).toBe(false);
  });

  test('is told by how its queue is set up, without a comparison', () => {
    const store = (register: number) => [asm.lui(a5, 0x10001), asm.sw(zero, a5, register)];
    expect(facts({ words: store(0x80) }).modernVirtio).toMatchInlineSnapshot(`
      {
        "evidence": "sets up a virtio version 2 queue at 0x80000004",
        "value": true,
      }
    `);
    expect(facts({ words: store(0x40) }).modernVirtio).toMatchInlineSnapshot(`
      {
        "evidence": "sets up a legacy virtio queue at 0x80000004",
        "value": false,
      }
    `);
  });

  test('is not guessed from another device, another register, or what a call left behind', () => {
    const unlike: readonly (readonly number[])[] = [
      [asm.lui(a5, 0x10000), asm.lw(a5, a5, 4), asm.addi(a4, zero, 1), asm.bne(a5, a4, 64)],
      [asm.lui(a5, 0x10001), asm.lw(a5, a5, 8), asm.addi(a4, zero, 2), asm.bne(a5, a4, 64)],
      [asm.lui(a5, 0x10001), asm.jal(ra, 64), asm.lw(a5, a5, 4), asm.addi(a4, zero, 2), asm.bne(a5, a4, 8)],
      [asm.lui(a5, 0x10001), asm.ret(), asm.lw(a5, a5, 4), asm.addi(a4, zero, 2), asm.bne(a5, a4, 8)],
    ];
    for (const words of unlike) expect(facts({ words }).modernVirtio.value).toBeUndefined();
  });
});

describe('the base', () => {
  const old = comparing(1);
  const modern = comparing(2);
  const body = [asm.ret()];
  const call = (distance: number) => asm.jal(ra, distance);
  const sbrk = {
    argint: body,
    growproc: body,
    sys_sbrk: [call(-8), call(-8), asm.ret()],
  };
  const lazy = { ...sbrk, sys_sbrk: [call(-8), call(-12), call(-12), asm.ret()] };

  test.each([
    ['2019–2020', { virtio_disk_init: old }],
    ['2021', { start: [PMP], virtio_disk_init: old }],
    ['2022–2023', { start: [PMP], virtio_disk_init: modern, timervec: body, ...sbrk }],
    ['2024', { start: [PMP], virtio_disk_init: modern, ...sbrk }],
    ['2025', { start: [PMP], virtio_disk_init: modern, vmfault: body, ...lazy }],
    ['2025', { start: [PMP], virtio_disk_init: modern, kfork: body, ...lazy }],
    ['2024', { start: [PMP], virtio_disk_init: modern, vmfault: body, ...sbrk }],
    ['unknown', { start: [PMP] }],
  ])('%s', (base, bodies) => {
    expect(facts(functions(bodies)).base).toBe(base);
  });

  test('without symbols', () => {
    const { base, textProtected, lazySbrk } = facts({ words: [...modern, PMP] });
    expect({ base, textProtected, lazySbrk }).toMatchInlineSnapshot(`
      {
        "base": "2022 or later",
        "lazySbrk": {
          "evidence": "has no symbols to tell by",
          "value": undefined,
        },
        "textProtected": {
          "evidence": "has no symbols to tell by",
          "value": undefined,
        },
      }
    `);
  });

  test('sbrk is lazy by choice, always, or not', () => {
    expect(facts(functions(sbrk)).lazySbrk).toMatchInlineSnapshot(`
      {
        "evidence": "allocates in sbrk (sys_sbrk reads one argument and calls growproc)",
        "value": false,
      }
    `);
    expect(facts(functions(lazy)).lazySbrk).toMatchInlineSnapshot(`
      {
        "evidence": "lets sbrk be lazy (sys_sbrk reads a second argument)",
        "value": true,
      }
    `);
    expect(facts(functions({ ...sbrk, sys_sbrk: [call(-8), asm.ret()] })).lazySbrk).toMatchInlineSnapshot(`
      {
        "evidence": "has a lazy sbrk (sys_sbrk never calls growproc)",
        "value": true,
      }
    `);
  });

  test('text is protected from the year in which exec looks at permissions', () => {
    expect(facts(functions({ flags2perm: body })).textProtected.value).toBe(true);
    expect(facts(functions({ uvmalloc: [asm.addi(a4, zero, 0x1e)] })).textProtected).toMatchInlineSnapshot(`
      {
        "evidence": "maps all pages of a process writable (uvmalloc at 0x80000000)",
        "value": false,
      }
    `);
    expect(facts(functions({ uvmalloc: [asm.ori(a4, a4, 0x12)] })).textProtected).toMatchInlineSnapshot(`
      {
        "evidence": "maps pages with the permissions asked for (uvmalloc at 0x80000000)",
        "value": true,
      }
    `);
    expect(facts(functions({ uvmalloc: body })).textProtected).toMatchInlineSnapshot(`
      {
        "evidence": "has no uvmalloc that says how text is mapped",
        "value": undefined,
      }
    `);
  });

  test('copyout looks at the write permission, itself or through a function of its own', () => {
    const test_ = (mask: number) => [asm.andi(a5, a5, mask), asm.ret()];
    const copyout = (...words: number[]) => facts(functions({ copyout: words })).copyoutChecksWrite;
    expect(copyout(...test_(0x15))).toMatchInlineSnapshot(`
      {
        "evidence": "tests PTE_W in copyout at 0x80000000",
        "value": true,
      }
    `);
    expect(copyout(...test_(0x104)).value).toBe(true);
    expect(copyout(...test_(0x11), ...test_(-5), ...test_(0x3ff))).toMatchInlineSnapshot(`
      {
        "evidence": "never tests PTE_W in copyout",
        "value": false,
      }
    `);
    expect(
      facts(functions({ cow: test_(4), copyout: [call(-8)] })).copyoutChecksWrite,
    ).toMatchInlineSnapshot(`
      {
        "evidence": "tests PTE_W in cow, which copyout calls",
        "value": undefined,
      }
    `);
    expect(facts(functions({ walk: test_(4), copyout: [call(-8)] })).copyoutChecksWrite.value).toBe(false);
  });
});

test('compressed instructions, as an assembler writes them', () => {
  const at = (half: number) => {
    const view = new DataView(new ArrayBuffer(2));
    view.setUint16(0, half, true);
    const found = decode(view, 0, 0x8000_0000);
    return found === undefined ? 'end' : [found.name, found.rd, found.rs1, found.rs2, found.imm];
  };
  // From the disassembly of: c.addi sp,-32; c.li a4,2; c.lui a5,0x1; c.mv a0,a5; c.lw a4,0(a5); c.lw a5,4(a5); c.sw a4,112(a5);
  // c.addiw a5,0; c.andi a5,4; c.jr ra; c.add a5,a4; c.addi16sp sp,-64; c.sdsp ra,24(sp).
  expect(
    [
      0x1101, 0x4709, 0x6785, 0x853e, 0x4398, 0x43dc, 0xdbb8, 0x2781, 0x8b91, 0x8082, 0x97ba, 0x7139, 0xec06,
    ].map(at),
  ).toMatchInlineSnapshot(`
    [
      [
        "addi",
        2,
        2,
        0,
        -32,
      ],
      [
        "addi",
        14,
        0,
        0,
        2,
      ],
      [
        "lui",
        15,
        0,
        0,
        4096,
      ],
      [
        "add",
        10,
        0,
        15,
        0,
      ],
      [
        "load",
        14,
        15,
        0,
        0,
      ],
      [
        "load",
        15,
        15,
        0,
        4,
      ],
      [
        "store",
        0,
        15,
        14,
        112,
      ],
      [
        "addiw",
        15,
        15,
        0,
        0,
      ],
      [
        "andi",
        15,
        15,
        0,
        4,
      ],
      [
        "register-jump",
        0,
        1,
        0,
        0,
      ],
      [
        "add",
        15,
        15,
        14,
        0,
      ],
      [
        "addi",
        2,
        2,
        0,
        -64,
      ],
      [
        "store",
        0,
        2,
        1,
        0,
      ],
    ]
  `);
});
