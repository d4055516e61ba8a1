// Mapping ops as lines of the protocol, and the replies only they have.
import { expect, test } from 'vitest';
import { SITE_SHIFT, Transcript } from '../../spec/transcript.ts';
import type { World } from '../../spec/world.ts';
import { Cursor } from '../../targets/wire/cursor.ts';
import { layoutLetters, opLine } from '../../targets/wire/lines.ts';
import { BadLine } from '../../targets/wire/refusal.ts';
import { readReply } from '../../targets/wire/replies.ts';
import { said, tape } from '../history.ts';

const WORLD: World = {
  pageSize: 8,
  processes: 4,
  images: [
    { name: 'one', text: 1, rodata: 1, data: 2, heap: 2, stack: 1 },
    { name: 'two', text: 1, data: 1, bss: 1, heap: 1, stack: 1 },
  ],
  spare: { heap: 1, map: 2 },
};

/** The reply `line` to `op`, in words, and the number of the site it names. */
function heard(op: string, line: string, sites: string[] = []): string {
  const seen = new Transcript();
  const asked = tape(WORLD, op);
  const cursor = new Cursor();
  const bytes = Buffer.from(line);
  cursor.set(bytes, 0, bytes.length);
  readReply(cursor, asked, 0, seen, sites);
  const site = sites.length > 0 ? ` ${(seen.replies[4] ?? 0) >> SITE_SHIFT}` : '';
  return said(seen, 0, asked.names) + site;
}

test('room for the heap and for mappings has letters of its own', () => {
  expect([layoutLetters(WORLD, 0), layoutLetters(WORLD, 1)]).toEqual(['trdd-hhkmmgs', 't-d-bhkkmmgs']);
});

test.each([
  ['mmap A map+0 pages 2 private rw', 'mmap 0 8 2 private rw'],
  ['mmap A map+8 pages 1 shared none', 'mmap 0 9 1 shared none'],
  ['mmap A map+0 pages 1 private-file rwx', 'mmap 0 8 1 private-file rwx'],
  ['mmap A map+0 pages 1 shared-file rx', 'mmap 0 8 1 shared-file rx'],
  ['mmap A map+3 pages 1 shared-file r', 'mmap 0 12 1 shared-file r'],
  ['munmap A text+0 pages 12', 'munmap 0 0 12'],
  ['munmap A size pages 1', 'munmap 0 13 1'],
  ['mprotect A stack+0 pages 4096 r', 'mprotect 0 11 4096 r'],
  ['sbrk A pages -3', 'sbrk 0 -3'],
  ['sbrk A pages 0', 'sbrk 0 0'],
  ['madvise A data+8 pages 1 dontneed', 'madvise 0 3 1 dontneed'],
])('%s', (op, line) => {
  expect(opLine(tape(WORLD, op), 0)).toBe(line);
});

test.each([
  ['mmap A map+0 pages 2 private rw', 'refused range', 'refused range'],
  ['mmap A map+0 pages 2 private rw', 'refused memory', 'refused memory'],
  ['munmap A map+0 pages 2', 'ok ; t 1 2', 'ok'],
  ['mprotect A map+0 pages 2 rw', 'suspended', 'suspended'],
  ['sbrk A pages 1', 'absent', 'absent'],
  ['madvise A map+0 pages 2 dontneed', 'ok', 'ok'],
  ['sbrk A pages 1', 'refused memory injected', 'refused memory !'],
  ['sbrk A pages 1', 'refused memory injected page-table', 'refused memory ! 0'],
  ['fork A -> B', 'refused memory injected space ; t 1 2', 'refused memory ! 0'],
  ['write A data+0 length 1 = 1', 'killed memory injected ; t 1 2', 'killed memory !'],
])('%s is answered %s', (op, line, reply) => {
  expect(heard(op, line)).toBe(reply);
});

test.each([
  ['munmap A map+0 pages 2', 'refused', 'memory, processes, missing or range'],
  ['munmap A map+0 pages 2', 'signalled', 'one of ok, refused, absent, suspended'],
  ['sbrk A pages 1', 'refused memory injected here and there', '" ; " and a section, or the end of the line'],
])('%s is not answered %s', (op, line, accepted) => {
  expect(() => heard(op, line)).toThrow(expect.objectContaining({ name: 'BadLine', accepted }) as BadLine);
});

test('allocation sites are numbered as they appear', () => {
  const sites: string[] = [];
  const reply = (site: string): string => heard('sbrk A pages 1', `refused memory injected ${site}`, sites);
  expect(['table', 'page', 'table', '', 'space'].map(reply)).toEqual(
    [0, 1, 0, 63, 2].map(site => `refused memory ! ${site}`),
  );
  expect(sites).toEqual(['table', 'page', 'space']);
});
