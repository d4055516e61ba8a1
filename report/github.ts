// The GitHub report: at most ten annotations, one a finding, as workflow commands.
import { forGithubMessage, forGithubProperty } from './escape.ts';
import type { ReportedResult } from './result.ts';
import { violationText } from './text.ts';

const MOST = 10;
/** GitHub's own limits of an annotation: characters of a title, bytes of a message before it is escaped. */
const LONGEST_TITLE = 255;
const LONGEST_MESSAGE = 60_000;

/** Lines for standard output of a GitHub job; empty if there is nothing to say. */
export function githubReport(result: ReportedResult): string {
  const lines = result.counterexamples.slice(0, MOST).map(found => {
    const title = forGithubProperty(cut(`rule ${found.rule}: ${found.invariant}`, LONGEST_TITLE));
    const file = found.file === '' ? '' : `file=${forGithubProperty(found.file)},`;
    return `::error ${file}title=${title}::${forGithubMessage(cut(violationText(found), LONGEST_MESSAGE))}`;
  });
  if (result.verdict === 'inconclusive')
    lines.push(
      `::warning title=${forGithubProperty('cowcheck: inconclusive')}::${forGithubMessage(cut(result.why.join('; '), LONGEST_MESSAGE))}`,
    );
  return lines.join('\n');
}

/** The first bytes of `text`, and a word that there was more. Never half a character. */
function cut(text: string, most: number): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= most) return text;
  const more = ' … (cut)';
  let end = most - more.length - 2;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${new TextDecoder().decode(bytes.subarray(0, end))}${more}`;
}
