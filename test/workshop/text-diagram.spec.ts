import { expect } from 'chai';
import { drawText } from '../../shared/workshop/flow/text-diagram';

const drawn = (...args: Parameters<typeof drawText>) => `\n${drawText(...args).join('\n')}\n`;

describe('a sequence diagram in characters', () => {
  it('has a lane for each party, and an arrow with its words above for each message', () => {
    const arrows = [
      { from: 0, to: 1, label: '1 GET /login', dashed: false },
      { from: 1, to: 0, label: '303 to /authorize', dashed: true },
    ];
    expect(drawn(['Browser', 'App'], arrows)).to.equal(`
┌─────────┐           ┌─────┐
│ Browser │           │ App │
└────┬────┘           └──┬──┘
     │   1 GET /login    │
     │──────────────────▶│
     │ 303 to /authorize │
     │◀╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌│
┌────┴────┐           ┌──┴──┐
│ Browser │           │ App │
└─────────┘           └─────┘
`);
  });

  it('leads an arrow across the lanes between, which make room for its words', () => {
    const label = 'words that are longer than the names are separate from each other';
    const lines = drawText(['Browser', 'App', 'Tenant', 'API'], [{ from: 0, to: 2, label, dashed: false }]);
    const [words = '', arrow = ''] = lines.slice(3, 5);
    expect(words).to.include(label);
    expect(arrow).to.match(/^ {5}│─+▶│ +│$/);
    expect(arrow.indexOf('▶') - arrow.indexOf('─')).to.be.at.least(label.length);
    expect(new Set(lines.slice(0, 3).map((line) => line.length)).size).to.equal(1);
  });

  it('draws the names where there are no messages', () => {
    expect(drawText(['Browser', 'App'], [])).to.have.length(6);
  });
});
