const SIGNS = { ok: 'ok     ', note: 'note   ', warning: 'warning', wrong: 'wrong  ' };

/** Findings for a terminal, and a last line with their counts. */
function text(findings) {
  const count = (level) => findings.filter((one) => one.level === level).length;
  const inTheWay = count('wrong');
  const warnings = count('warning');
  const sum =
    inTheWay === 0
      ? 'Nothing stands in the way.'
      : `${inTheWay} ${inTheWay === 1 ? 'thing stands' : 'things stand'} in the way.`;
  const also = warnings > 0 ? ` ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}.` : '';
  return `${findings.map(shown).join('')}\n${sum}${also}\n`;
}

function shown({ level, seen, mend }) {
  const lines = seen.split('\n').join(`\n${' '.repeat(9)}`);
  return `${SIGNS[level]}  ${lines}\n${mend === undefined ? '' : `${' '.repeat(9)}fix: ${mend}\n`}`;
}

/** The same as one line of JSON. */
function json(findings) {
  return `${JSON.stringify({ healthy: findings.every(({ level }) => level !== 'wrong'), findings })}\n`;
}

module.exports = { text, json };
