// The GitHub report: at most ten annotations, one a finding, as workflow commands.
import { forGithubMessage, forGithubProperty } from './escape.ts';
import type { ReportedResult } from './result.ts';
import { violationText } from './text.ts';

const MOST = 10;

/** Lines for standard output of a GitHub job; empty if there is nothing to say. */
export function githubReport(result: ReportedResult): string {
  const lines = result.counterexamples.slice(0, MOST).map(found => {
    const title = forGithubProperty(`rule ${found.rule}: ${found.invariant}`);
    const file = found.file === '' ? '' : `file=${forGithubProperty(found.file)},`;
    return `::error ${file}title=${title}::${forGithubMessage(violationText(found))}`;
  });
  if (result.verdict === 'inconclusive')
    lines.push(
      `::warning title=${forGithubProperty('cowcheck: inconclusive')}::${forGithubMessage(result.why.join('; '))}`,
    );
  return lines.join('\n');
}
