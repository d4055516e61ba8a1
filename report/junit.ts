// The JUnit report: a test case for every rule that was judged, a failure for every one that broke.
import { RULES } from '../spec/rule.ts';
import { forXml } from './escape.ts';
import type { ReportedResult } from './result.ts';
import { summaryText, violationText } from './text.ts';

/** A complete XML document, in the form that CI systems read. */
export function junitReport(result: ReportedResult): string {
  const { counterexamples } = result;
  const judged = RULES.filter(
    rule => result.rulesHit[rule.id] !== undefined || counterexamples.some(found => found.rule === rule.id),
  );
  const inconclusive = result.verdict === 'inconclusive';
  const seconds = result.seconds.toFixed(3);
  const name = `cowcheck ${result.target}`;
  const open = (title: string): string =>
    `    <testcase classname="${forXml(name)}" name="${forXml(title)}" time="0">`;
  const cases = judged.flatMap(rule => {
    const title = `rule ${rule.id}: ${rule.statement}`;
    const found = counterexamples.filter(one => one.rule === rule.id);
    if (found.length > 0)
      return found.map(
        one =>
          `${open(found.length === 1 ? title : `${title} (${one.invariant})`)}\n      <failure type="violated" message="${forXml(one.invariant)}">${forXml(violationText(one))}</failure>\n    </testcase>`,
      );
    if ((result.rulesHit[rule.id] ?? 0) === 0)
      return `${open(title)}\n      <skipped message="its premise never came about"/>\n    </testcase>`;
    return `${open(title)}</testcase>`;
  });
  const verdict = inconclusive
    ? `    <testcase classname="${forXml(name)}" name="verdict" time="0">\n      <error type="inconclusive" message="${forXml(result.why.join('; '))}"/>\n    </testcase>`
    : `    <testcase classname="${forXml(name)}" name="verdict" time="${seconds}"></testcase>`;
  const skipped = cases.filter(text => text.includes('<skipped')).length;
  const counts = `tests="${cases.length + 1}" failures="${counterexamples.length}" errors="${inconclusive ? 1 : 0}" skipped="${skipped}" time="${seconds}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="cowcheck" ${counts}>`,
    `  <testsuite name="${forXml(name)}" ${counts}>`,
    '    <properties>',
    `      <property name="seed" value="${result.seed}"/>`,
    `      <property name="runs" value="${result.runs}"/>`,
    `      <property name="ops" value="${result.ops}"/>`,
    ...counterexamples.map(found => `      <property name="counterexample" value="${forXml(found.file)}"/>`),
    '    </properties>',
    ...cases,
    verdict,
    `    <system-out>${forXml(summaryText(result))}</system-out>`,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}
