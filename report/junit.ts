// The JUnit report: a test case for every rule that was judged, a failure for every one that broke.
import { RULES } from '../spec/rule.ts';
import { forXml } from './escape.ts';
import type { ReportedResult } from './result.ts';
import { summaryText, violationText } from './text.ts';

/** A complete XML document, in the form that CI systems read. */
export function junitReport(result: ReportedResult): string {
  const broken = new Map(result.counterexamples.map(found => [found.rule, found]));
  const judged = RULES.filter(rule => result.rulesHit[rule.id] !== undefined || broken.has(rule.id));
  const inconclusive = result.verdict === 'inconclusive';
  const seconds = result.seconds.toFixed(3);
  const name = `cowcheck ${result.target}`;
  const cases = judged.map(rule => {
    const open = `    <testcase classname="${forXml(name)}" name="${forXml(`rule ${rule.id}: ${rule.statement}`)}" time="0">`;
    const found = broken.get(rule.id);
    if (found !== undefined)
      return `${open}\n      <failure type="violated" message="${forXml(found.invariant)}">${forXml(violationText(found))}</failure>\n    </testcase>`;
    if ((result.rulesHit[rule.id] ?? 0) === 0)
      return `${open}\n      <skipped message="its premise never came about"/>\n    </testcase>`;
    return `${open}</testcase>`;
  });
  const verdict = inconclusive
    ? `    <testcase classname="${forXml(name)}" name="verdict" time="0">\n      <error type="inconclusive" message="${forXml(result.why.join('; '))}"/>\n    </testcase>`
    : `    <testcase classname="${forXml(name)}" name="verdict" time="${seconds}"></testcase>`;
  const skipped = cases.filter(text => text.includes('<skipped')).length;
  const counts = `tests="${cases.length + 1}" failures="${broken.size}" errors="${inconclusive ? 1 : 0}" skipped="${skipped}" time="${seconds}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="cowcheck" ${counts}>`,
    `  <testsuite name="${forXml(name)}" ${counts}>`,
    '    <properties>',
    `      <property name="seed" value="${result.seed}"/>`,
    `      <property name="runs" value="${result.runs}"/>`,
    `      <property name="ops" value="${result.ops}"/>`,
    ...result.counterexamples.map(
      found => `      <property name="counterexample" value="${forXml(found.file)}"/>`,
    ),
    '    </properties>',
    ...cases,
    verdict,
    `    <system-out>${forXml(summaryText(result))}</system-out>`,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}
